# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Dict, Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model
from mr_openapi.models.metadata_value import MetadataValue


class ServingEnvironmentCreate(Model):
    """
    The fields that create  a serving environment.
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
