# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Any, Dict, Literal

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    StrictFloat,
    model_serializer,
)

from mr_openapi.base import Model


class MetadataDoubleValue(Model):
    """
    A floating-point number.
    """

    double_value: StrictFloat = Field(
        validation_alias="double_value",
        serialization_alias="double_value",
        description="The value, a 64-bit floating-point number.",
    )
    metadata_type: Literal["MetadataDoubleValue"] = Field(
        default="MetadataDoubleValue",
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
