# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Dict, List, Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model
from mr_openapi.models.metadata_value import MetadataValue


class BaseModelFields(Model):
    """
    The fields that describe a model to people who look for one.
    """

    description: Optional[str] = Field(
        default=None,
        validation_alias="description",
        serialization_alias="description",
        description="A description for people.",
    )
    readme: Optional[str] = Field(
        default=None,
        validation_alias="readme",
        serialization_alias="readme",
        description="The model's documentation, usually in Markdown.",
    )
    maturity: Optional[str] = Field(
        default=None,
        validation_alias="maturity",
        serialization_alias="maturity",
        description="Maturity of the model, in the provider's words.",
    )
    language: Optional[List[str]] = Field(
        default=None,
        validation_alias="language",
        serialization_alias="language",
        description="The languages that the model understands, preferably as BCP 47 tags such as `en`.",
    )
    tasks: Optional[List[str]] = Field(
        default=None,
        validation_alias="tasks",
        serialization_alias="tasks",
        description="Tasks that the model can be used for, such as `text-generation`.",
    )
    provider: Optional[str] = Field(
        default=None,
        validation_alias="provider",
        serialization_alias="provider",
        description="Who made the model.",
    )
    logo: Optional[str] = Field(
        default=None,
        validation_alias="logo",
        serialization_alias="logo",
        description="URI of a picture of the model; a `data:` URI contains the picture. Servers do not check it, and it may be empty.",
    )
    license: Optional[str] = Field(
        default=None,
        validation_alias="license",
        serialization_alias="license",
        description="The licence of the model, preferably as an SPDX identifier such as `apache-2.0`.",
    )
    license_link: Optional[str] = Field(
        default=None,
        validation_alias="licenseLink",
        serialization_alias="licenseLink",
        description="URI of the licence text. Servers do not check it, and it may be empty.",
    )
    library_name: Optional[str] = Field(
        default=None,
        validation_alias="libraryName",
        serialization_alias="libraryName",
        description="The library that the model is used with, such as `transformers`.",
    )
    custom_properties: Optional[Dict[str, MetadataValue]] = Field(
        default=None,
        validation_alias="customProperties",
        serialization_alias="customProperties",
        description="Custom properties by name. A property may have the name of a field, such as `owner`; the two are separate.",
    )
