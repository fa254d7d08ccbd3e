# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Dict, List, Optional

from pydantic import (
    Field,
    StrictStr,
)

from mr_openapi.base import Model
from mr_openapi.models.metadata_value import MetadataValue


class BaseModelFields(Model):
    """
    What describes a model to the people who look for one.
    """

    description: Optional[StrictStr] = Field(default=None, description="What it is, in words for people.")
    readme: Optional[StrictStr] = Field(
        default=None, description="The model's documentation, usually in Markdown."
    )
    maturity: Optional[StrictStr] = Field(
        default=None, description="How far the model is tried and tested, in the provider's own words."
    )
    language: Optional[List[StrictStr]] = Field(
        default=None,
        description="The languages that the model understands, preferably as BCP 47 tags such as `en`.",
    )
    tasks: Optional[List[StrictStr]] = Field(
        default=None, description="What the model can be used for, such as `text-generation`."
    )
    provider: Optional[StrictStr] = Field(default=None, description="Who made the model.")
    logo: Optional[StrictStr] = Field(
        default=None, description="URI of a picture of the model; a `data:` URI holds the picture itself."
    )
    license: Optional[StrictStr] = Field(
        default=None,
        description="The licence of the model, preferably as an SPDX identifier such as `apache-2.0`.",
    )
    license_link: Optional[StrictStr] = Field(
        default=None, description="URI of the licence text.", alias="licenseLink"
    )
    library_name: Optional[StrictStr] = Field(
        default=None,
        description="The library that the model is used with, such as `transformers`.",
        alias="libraryName",
    )
    custom_properties: Optional[Dict[str, MetadataValue]] = Field(
        default=None,
        description="Properties of one's own, by name. A name that is already a field, such as `owner`, is kept apart from it.",
        alias="customProperties",
    )
