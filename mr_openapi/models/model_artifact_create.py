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


class ModelArtifactCreate(Model):
    """
    The fields that create  a model artifact.
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
    artifact_type: Literal["model-artifact"] = Field(
        default="model-artifact",
        validation_alias="artifactType",
        serialization_alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    model_format_name: Optional[str] = Field(
        default=None,
        validation_alias="modelFormatName",
        serialization_alias="modelFormatName",
        description="The format of the model, such as `onnx`.",
    )
    storage_key: Optional[str] = Field(
        default=None,
        validation_alias="storageKey",
        serialization_alias="storageKey",
        description="Name of the secret with the credentials of the storage.",
    )
    storage_path: Optional[str] = Field(
        default=None,
        validation_alias="storagePath",
        serialization_alias="storagePath",
        description="Path of the model within the storage that `storageKey` opens.",
    )
    model_format_version: Optional[str] = Field(
        default=None,
        validation_alias="modelFormatVersion",
        serialization_alias="modelFormatVersion",
        description="The version of the format.",
    )
    service_account_name: Optional[str] = Field(
        default=None,
        validation_alias="serviceAccountName",
        serialization_alias="serviceAccountName",
        description="The service account that may read the storage.",
    )
    model_source_kind: Optional[str] = Field(
        default=None,
        validation_alias="modelSourceKind",
        serialization_alias="modelSourceKind",
        description="The kind of source that the model comes from, such as `catalog`.",
    )
    model_source_class: Optional[str] = Field(
        default=None,
        validation_alias="modelSourceClass",
        serialization_alias="modelSourceClass",
        description="The class of the source within its kind.",
    )
    model_source_group: Optional[str] = Field(
        default=None,
        validation_alias="modelSourceGroup",
        serialization_alias="modelSourceGroup",
        description="The group, such as a namespace or project, within the source.",
    )
    model_source_id: Optional[str] = Field(
        default=None,
        validation_alias="modelSourceId",
        serialization_alias="modelSourceId",
        description="Id of the model within the source.",
    )
    model_source_name: Optional[str] = Field(
        default=None,
        validation_alias="modelSourceName",
        serialization_alias="modelSourceName",
        description="Name of the model within the source.",
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
