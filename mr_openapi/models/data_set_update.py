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


class DataSetUpdate(Model):
    """
    What can be changed of a data set.
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
    artifact_type: Literal["dataset-artifact"] = Field(
        default="dataset-artifact",
        alias="artifactType",
        description="The kind of the artifact. It cannot be changed.",
    )
    digest: Optional[StrictStr] = Field(default=None, description="Checksum of the data.")
    source_type: Optional[StrictStr] = Field(
        default=None,
        description="The kind of place that the data come from, such as `s3` or `git`.",
        alias="sourceType",
    )
    source: Optional[StrictStr] = Field(default=None, description="Where the data come from.")
    var_schema: Optional[StrictStr] = Field(
        default=None, description="The columns or features of the data and their types.", alias="schema"
    )
    profile: Optional[StrictStr] = Field(
        default=None, description="Figures about the data, such as the number of rows."
    )
    uri: Optional[StrictStr] = Field(default=None, description="Where the data lie.")
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
