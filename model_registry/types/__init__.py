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

    from .artifacts import (
        Artifact,
        ArtifactT,
        DataSet,
        DocArtifact,
        Metric,
        ModelArtifact,
        Parameter,
        ParameterValue,
    )
    from .base import BaseResourceModel
    from .contexts import ModelVersion, RegisteredModel
    from .filter_fields import F
    from .filters import Filter
    from .missing import Missing
    from .options import ListOptions
    from .page import Page
    from .pager import AsyncPager, Pager
    from .properties import OpaqueProperty, PropertyValue, SupportedTypes
    from .references import Reference
    from .results.account import Account
    from .results.alias_move import AliasMove
    from .results.archive_report import ArchiveReport
    from .results.comparison import Comparison
    from .results.copy_report import CopyReport
    from .results.downloaded_path import DownloadedPath, Verified
    from .results.field_conflict import FieldConflict
    from .results.lineage import Lineage, ServedBy, VersionLineage
    from .results.manifest import Manifest
    from .results.plan import Change, Plan, Values
    from .results.registration import FailedRegistration, Registration, RegistrationProgress
    from .serving import InferenceService, ServeModel, ServingEnvironment
    from .stored import StoredFacts, stored_properties

__all__ = [
    "Account",
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
    "DownloadedPath",
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
    "ParameterValue",
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
    "Verified",
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
        f"{__name__}.results.account": ["Account"],
        f"{__name__}.results.alias_move": ["AliasMove"],
        f"{__name__}.results.archive_report": ["ArchiveReport"],
        f"{__name__}.artifacts": [
            "Artifact",
            "ArtifactT",
            "DataSet",
            "DocArtifact",
            "Metric",
            "ModelArtifact",
            "Parameter",
            "ParameterValue",
        ],
        f"{__name__}.base": ["BaseResourceModel"],
        f"{__name__}.results.downloaded_path": ["DownloadedPath", "Verified"],
        f"{__name__}.results.field_conflict": ["FieldConflict"],
        f"{__name__}.results.copy_report": ["CopyReport"],
        f"{__name__}.contexts": ["ModelVersion", "RegisteredModel"],
        f"{__name__}.results.comparison": ["Comparison"],
        f"{__name__}.results.lineage": ["Lineage", "ServedBy", "VersionLineage"],
        f"{__name__}.filter_fields": ["F"],
        f"{__name__}.filters": ["Filter"],
        f"{__name__}.results.manifest": ["Manifest"],
        f"{__name__}.missing": ["Missing"],
        f"{__name__}.options": ["ListOptions"],
        f"{__name__}.pager": ["AsyncPager", "Pager"],
        f"{__name__}.page": ["Page"],
        f"{__name__}.results.plan": ["Change", "Plan", "Values"],
        f"{__name__}.properties": ["OpaqueProperty", "PropertyValue", "SupportedTypes"],
        f"{__name__}.results.registration": ["FailedRegistration", "Registration", "RegistrationProgress"],
        f"{__name__}.references": ["Reference"],
        f"{__name__}.serving": ["InferenceService", "ServeModel", "ServingEnvironment"],
        f"{__name__}.stored": ["StoredFacts", "stored_properties"],
    },
)
