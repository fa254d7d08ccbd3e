# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Dict, Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model
from mr_openapi.models.metadata_value import MetadataValue
from mr_openapi.models.model_version_state import ModelVersionState


class ModelVersion(Model):
    """
    A version of a registered model.
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
    name: str = Field(
        validation_alias="name",
        serialization_alias="name",
        min_length=1,
        description="The name, at most 255 characters. It cannot be changed.",
    )
    state: Optional[ModelVersionState] = Field(
        default=None,
        validation_alias="state",
        serialization_alias="state",
        description="Whether it is in use: `LIVE` when not given. In a change, null keeps the stored state.",
    )
    author: Optional[str] = Field(
        default=None,
        validation_alias="author",
        serialization_alias="author",
        description="Who made the version.",
    )
    registered_model_id: str = Field(
        validation_alias="registeredModelId",
        serialization_alias="registeredModelId",
        min_length=1,
        description="Id of the registered model. It cannot be changed.",
    )
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
    id: Optional[str] = Field(
        default=None,
        validation_alias="id",
        serialization_alias="id",
        description="The id that the registry assigned, a decimal number.",
    )
