# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StrictFloat,
    model_serializer,
)

from mr_openapi.base import Model
from mr_openapi.models.artifact_state import ArtifactState
from mr_openapi.models.metadata_value import MetadataValue


class MetricUpdate(Model):
    """
    What can be changed of a metric.
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
    artifact_type: Literal["metric"] = Field(
        default="metric",
        validation_alias="artifactType",
        serialization_alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    value: Optional[StrictFloat] = Field(
        default=None,
        validation_alias="value",
        serialization_alias="value",
        description="The number that was measured. Needed to create a metric.",
    )
    timestamp: Optional[str] = Field(
        default=None,
        validation_alias="timestamp",
        serialization_alias="timestamp",
        description="When it was measured, in milliseconds since 1970-01-01T00:00:00Z.",
    )
    step: Optional[int] = Field(
        default=None,
        validation_alias="step",
        serialization_alias="step",
        description="At which step of the training it was measured. Written as a number; a text is read too.",
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
