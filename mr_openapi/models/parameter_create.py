# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from mr_openapi.base import Model
from mr_openapi.models.artifact_state import ArtifactState
from mr_openapi.models.metadata_value import MetadataValue
from mr_openapi.models.parameter_type import ParameterType


class ParameterCreate(Model):
    """
    What creates a parameter.
    """

    custom_properties: Optional[Dict[str, MetadataValue]] = Field(
        default=None,
        validation_alias="customProperties",
        serialization_alias="customProperties",
        description="Properties of one's own, by name. A name that is already a field, such as `owner`, is kept apart from it.",
    )
    description: Optional[str] = Field(
        default=None,
        validation_alias="description",
        serialization_alias="description",
        description="What it is, in words for people.",
    )
    external_id: Optional[str] = Field(
        default=None,
        validation_alias="externalId",
        serialization_alias="externalId",
        description="The id that it has in another system. Unique among models, versions, serving environments and inference services; among artifacts; and among serve models. At most 255 characters.",
    )
    name: Optional[str] = Field(
        default=None,
        validation_alias="name",
        serialization_alias="name",
        description="Its name, at most 255 characters. It cannot be changed.",
    )
    artifact_type: Literal["parameter"] = Field(
        default="parameter",
        validation_alias="artifactType",
        serialization_alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    value: Optional[str] = Field(
        default=None,
        validation_alias="value",
        serialization_alias="value",
        description="The value as text, to be read as `parameterType` says.",
    )
    parameter_type: Optional[ParameterType] = Field(
        default=None,
        validation_alias="parameterType",
        serialization_alias="parameterType",
        description="How the value is to be read: as `string` when nobody said.",
    )
    state: Optional[ArtifactState] = Field(
        default=None,
        validation_alias="state",
        serialization_alias="state",
        description="How far it is: `UNKNOWN` when nobody said. In a change, null keeps the stored state.",
    )

    @model_serializer(mode="wrap")
    def _with_artifact_type(
        self, write: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> Dict[str, Any]:
        """The kind is written also where only what was set is written."""
        return {("artifactType" if info.by_alias else "artifact_type"): self.artifact_type, **write(self)}
