# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Dict, List, Optional

from pydantic import (
    Field,
    StrictStr,
)
from typing_extensions import Annotated

from mr_openapi.base import Model
from mr_openapi.models.metadata_value import MetadataValue
from mr_openapi.models.registered_model_state import RegisteredModelState


class RegisteredModelCreate(Model):
    """
    What creates a registered model.
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
    name: Annotated[str, Field(min_length=1, strict=True)] = Field(
        description="Its name, at most 255 characters. It cannot be changed."
    )
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
    owner: Optional[StrictStr] = Field(default=None, description="Who answers for the model.")
    state: Optional[RegisteredModelState] = Field(
        default=None,
        description="Whether it is in use. A new one is `LIVE` unless told otherwise. In a change, null keeps the stored state.",
    )
