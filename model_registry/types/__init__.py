"""The things that a registry keeps, as friendly types, and what lists and pages need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from mr_openapi import (
        ArtifactState,
        ArtifactTypeQueryParam,
        ExecutionState,
        InferenceServiceState,
        ModelVersionState,
        OrderByField,
        ParameterType,
        RegisteredModelState,
    )

    from .aliases import AliasMove
    from .archives import ArchiveReport
    from .artifacts import Artifact, ArtifactT, DataSet, DocArtifact, Metric, ModelArtifact, Parameter
    from .base import BaseResourceModel
    from .changes import FieldConflict
    from .comparison import Comparison
    from .contexts import ModelVersion, RegisteredModel
    from .copies import CopyReport
    from .filter_fields import F
    from .filters import Filter
    from .lineage import Lineage, ServedBy, VersionLineage
    from .manifest import Manifest
    from .missing import Missing
    from .options import ListOptions
    from .pager import AsyncPager, Pager
    from .pages import Page
    from .plan import Change, Plan, Values
    from .properties import OpaqueProperty, PropertyValue, SupportedTypes
    from .references import Reference
    from .registration import FailedRegistration, Registration, RegistrationProgress
    from .serving import InferenceService, ServeModel, ServingEnvironment
    from .stored import StoredFacts, stored_properties

__all__ = [
    "AliasMove",
    "ArchiveReport",
    "Artifact",
    "ArtifactState",
    "ArtifactT",
    "ArtifactTypeQueryParam",
    "AsyncPager",
    "BaseResourceModel",
    "Change",
    "Comparison",
    "CopyReport",
    "DataSet",
    "DocArtifact",
    "ExecutionState",
    "F",
    "FailedRegistration",
    "FieldConflict",
    "Filter",
    "InferenceService",
    "InferenceServiceState",
    "Lineage",
    "ListOptions",
    "Manifest",
    "Metric",
    "Missing",
    "ModelArtifact",
    "ModelVersion",
    "ModelVersionState",
    "OpaqueProperty",
    "OrderByField",
    "Page",
    "Pager",
    "Parameter",
    "ParameterType",
    "Plan",
    "PropertyValue",
    "Reference",
    "RegisteredModel",
    "RegisteredModelState",
    "Registration",
    "RegistrationProgress",
    "ServeModel",
    "ServedBy",
    "ServingEnvironment",
    "StoredFacts",
    "SupportedTypes",
    "Values",
    "VersionLineage",
    "stored_properties",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "mr_openapi": [
            "ArtifactState",
            "ArtifactTypeQueryParam",
            "ExecutionState",
            "InferenceServiceState",
            "ModelVersionState",
            "OrderByField",
            "ParameterType",
            "RegisteredModelState",
        ],
        f"{__name__}.aliases": ["AliasMove"],
        f"{__name__}.archives": ["ArchiveReport"],
        f"{__name__}.artifacts": [
            "Artifact",
            "ArtifactT",
            "DataSet",
            "DocArtifact",
            "Metric",
            "ModelArtifact",
            "Parameter",
        ],
        f"{__name__}.base": ["BaseResourceModel"],
        f"{__name__}.changes": ["FieldConflict"],
        f"{__name__}.copies": ["CopyReport"],
        f"{__name__}.contexts": ["ModelVersion", "RegisteredModel"],
        f"{__name__}.comparison": ["Comparison"],
        f"{__name__}.lineage": ["Lineage", "ServedBy", "VersionLineage"],
        f"{__name__}.filter_fields": ["F"],
        f"{__name__}.filters": ["Filter"],
        f"{__name__}.manifest": ["Manifest"],
        f"{__name__}.missing": ["Missing"],
        f"{__name__}.options": ["ListOptions"],
        f"{__name__}.pager": ["AsyncPager", "Pager"],
        f"{__name__}.pages": ["Page"],
        f"{__name__}.plan": ["Change", "Plan", "Values"],
        f"{__name__}.properties": ["OpaqueProperty", "PropertyValue", "SupportedTypes"],
        f"{__name__}.registration": ["FailedRegistration", "Registration", "RegistrationProgress"],
        f"{__name__}.references": ["Reference"],
        f"{__name__}.serving": ["InferenceService", "ServeModel", "ServingEnvironment"],
        f"{__name__}.stored": ["StoredFacts", "stored_properties"],
    },
)
