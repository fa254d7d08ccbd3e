# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Dict, Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model
from mr_openapi.models.metadata_value import MetadataValue


class BaseResource(Model):
    """
    What everything in the registry has in common.
    """

    create_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="createTimeSinceEpoch",
        serialization_alias="createTimeSinceEpoch",
        description="When it was created, in milliseconds since 1970-01-01T00:00:00Z.",
    )
    last_update_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="lastUpdateTimeSinceEpoch",
        serialization_alias="lastUpdateTimeSinceEpoch",
        description="When it was last changed, in milliseconds since 1970-01-01T00:00:00Z.",
    )
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
    name: Optional[str] = Field(
        default=None,
        validation_alias="name",
        serialization_alias="name",
        min_length=1,
        description="Its name, at most 255 characters. It cannot be changed.",
    )
    id: Optional[str] = Field(
        default=None,
        validation_alias="id",
        serialization_alias="id",
        description="The id that the registry gave it, a decimal number.",
    )
