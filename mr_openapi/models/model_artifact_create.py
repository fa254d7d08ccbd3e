# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StrictStr,
    model_serializer,
)

from mr_openapi.base import Model
from mr_openapi.models.artifact_state import ArtifactState
from mr_openapi.models.metadata_value import MetadataValue


class ModelArtifactCreate(Model):
    """
    What creates a model artifact.
    """

    custom_properties: Optional[Dict[str, MetadataValue]] = Field(
        default=None,
        description="Properties of one's own, by name. A name that is already a field, such as `owner`, is kept apart from it.",
        alias="customProperties",
    )
    description: Optional[StrictStr] = Field(default=None, description="What it is, in words for people.")
    external_id: Optional[StrictStr] = Field(
        default=None,
        description="The id that it has in another system. Unique among models, versions, serving environments and inference services; among artifacts; and among serve models. At most 255 characters.",
        alias="externalId",
    )
    name: Optional[StrictStr] = Field(
        default=None, description="Its name, at most 255 characters. It cannot be changed."
    )
    artifact_type: Literal["model-artifact"] = Field(
        default="model-artifact",
        alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    model_format_name: Optional[StrictStr] = Field(
        default=None, description="The format of the model, such as `onnx`.", alias="modelFormatName"
    )
    storage_key: Optional[StrictStr] = Field(
        default=None, description="Name of the secret that opens the storage.", alias="storageKey"
    )
    storage_path: Optional[StrictStr] = Field(
        default=None,
        description="Path of the model within the storage that `storageKey` opens.",
        alias="storagePath",
    )
    model_format_version: Optional[StrictStr] = Field(
        default=None, description="The version of the format.", alias="modelFormatVersion"
    )
    service_account_name: Optional[StrictStr] = Field(
        default=None, description="The service account that may read the storage.", alias="serviceAccountName"
    )
    model_source_kind: Optional[StrictStr] = Field(
        default=None,
        description="The kind of source that the model comes from, such as `catalog`.",
        alias="modelSourceKind",
    )
    model_source_class: Optional[StrictStr] = Field(
        default=None, description="The class of the source within its kind.", alias="modelSourceClass"
    )
    model_source_group: Optional[StrictStr] = Field(
        default=None,
        description="The group, such as a namespace or project, within the source.",
        alias="modelSourceGroup",
    )
    model_source_id: Optional[StrictStr] = Field(
        default=None, description="Id of the model within the source.", alias="modelSourceId"
    )
    model_source_name: Optional[StrictStr] = Field(
        default=None, description="Name of the model within the source.", alias="modelSourceName"
    )
    uri: Optional[StrictStr] = Field(
        default=None, description="Where the file or folder lies, such as `s3://bucket/path`."
    )
    state: Optional[ArtifactState] = Field(
        default=None,
        description="How far it is: `UNKNOWN` when nobody said. In a change, null keeps the stored state.",
    )

    @model_serializer(mode="wrap")
    def _with_artifact_type(
        self, write: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> Dict[str, Any]:
        """The kind is written also where only what was set is written."""
        return {("artifactType" if info.by_alias else "artifact_type"): self.artifact_type, **write(self)}
