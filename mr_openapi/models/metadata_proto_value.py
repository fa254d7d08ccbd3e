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


class MetadataProtoValue(Model):
    """
    A protocol buffer message. The reference server does not take any.
    """

    type: str = Field(
        validation_alias="type",
        serialization_alias="type",
        description="Full name of the message type.",
    )
    proto_value: str = Field(
        validation_alias="proto_value",
        serialization_alias="proto_value",
        description="The encoded message, in base64.",
    )
    metadata_type: Literal["MetadataProtoValue"] = Field(
        default="MetadataProtoValue",
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
