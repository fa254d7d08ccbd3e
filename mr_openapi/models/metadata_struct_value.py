# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Any, Dict, Literal

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from mr_openapi.base import Model


class MetadataStructValue(Model):
    """
    An object made of other values.
    """

    struct_value: str = Field(
        validation_alias="struct_value",
        serialization_alias="struct_value",
        description="The object as JSON text, encoded in base64. The reference server returns the JSON text itself.",
    )
    metadata_type: Literal["MetadataStructValue"] = Field(
        default="MetadataStructValue",
        validation_alias="metadataType",
        serialization_alias="metadataType",
        description="The kind of the value.",
    )

    @model_serializer(mode="wrap")
    def _with_metadata_type(
        self, write: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> Dict[str, Any]:
        """Write the kind also where only the fields that were set are written."""
        return {("metadataType" if info.by_alias else "metadata_type"): self.metadata_type, **write(self)}
