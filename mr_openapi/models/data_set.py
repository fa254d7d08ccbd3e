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


class DataSet(Model):
    """
    A data set: which data a model was trained or tested with.
    """

    create_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="createTimeSinceEpoch",
        serialization_alias="createTimeSinceEpoch",
        description="Time of creation, in milliseconds since 1970-01-01T00:00:00Z.",
    )
    last_update_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="lastUpdateTimeSinceEpoch",
        serialization_alias="lastUpdateTimeSinceEpoch",
        description="Time of the last change, in milliseconds since 1970-01-01T00:00:00Z.",
    )
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
    id: Optional[str] = Field(
        default=None,
        validation_alias="id",
        serialization_alias="id",
        description="The id that the registry assigned, a decimal number.",
    )
    artifact_type: Literal["dataset-artifact"] = Field(
        default="dataset-artifact",
        validation_alias="artifactType",
        serialization_alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    digest: Optional[str] = Field(
        default=None,
        validation_alias="digest",
        serialization_alias="digest",
        description="Checksum of the data.",
    )
    source_type: Optional[str] = Field(
        default=None,
        validation_alias="sourceType",
        serialization_alias="sourceType",
        description="The kind of source of the data, such as `s3` or `git`.",
    )
    source: Optional[str] = Field(
        default=None,
        validation_alias="source",
        serialization_alias="source",
        description="The source of the data.",
    )
    var_schema: Optional[str] = Field(
        default=None,
        validation_alias="schema",
        serialization_alias="schema",
        description="The columns or features of the data and their types.",
    )
    profile: Optional[str] = Field(
        default=None,
        validation_alias="profile",
        serialization_alias="profile",
        description="Figures about the data, such as the number of rows.",
    )
    uri: Optional[str] = Field(
        default=None,
        validation_alias="uri",
        serialization_alias="uri",
        description="Location of the data.",
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
