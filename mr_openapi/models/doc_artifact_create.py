# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

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


class DocArtifactCreate(Model):
    """
    The fields that create  a document artifact.
    """

    custom_properties: Optional[Dict[str, MetadataValue]] = Field(
        default=None,
        validation_alias="customProperties",
        serialization_alias="customProperties",
        description="Custom properties by name. A property may have the name of a field, such as `owner`; the two are separate.",
    )
    description: Optional[str] = Field(
        default=None,
        validation_alias="description",
        serialization_alias="description",
        description="A description for people.",
    )
    external_id: Optional[str] = Field(
        default=None,
        validation_alias="externalId",
        serialization_alias="externalId",
        description="The id of the resource in another system. Unique among models, versions, serving environments and inference services; among artifacts; and among serve models. At most 255 characters.",
    )
    name: Optional[str] = Field(
        default=None,
        validation_alias="name",
        serialization_alias="name",
        description="The name, at most 255 characters. It cannot be changed.",
    )
    artifact_type: Literal["doc-artifact"] = Field(
        default="doc-artifact",
        validation_alias="artifactType",
        serialization_alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    uri: Optional[str] = Field(
        default=None,
        validation_alias="uri",
        serialization_alias="uri",
        description="Location of the file or folder, such as `s3://bucket/path`.",
    )
    state: Optional[ArtifactState] = Field(
        default=None,
        validation_alias="state",
        serialization_alias="state",
        description="The state: `UNKNOWN` when not given. In a change, null keeps the stored state.",
    )

    @model_serializer(mode="wrap")
    def _with_artifact_type(
        self, write: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> Dict[str, Any]:
        """Write the kind also where only the fields that were set are written."""
        return {("artifactType" if info.by_alias else "artifact_type"): self.artifact_type, **write(self)}
