# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Dict, Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model
from mr_openapi.models.inference_service_state import InferenceServiceState
from mr_openapi.models.metadata_value import MetadataValue


class InferenceServiceCreate(Model):
    """
    The fields that create  an inference service.
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
    name: Optional[str] = Field(
        default=None,
        validation_alias="name",
        serialization_alias="name",
        description="The name, at most 255 characters. It cannot be changed.",
    )
    model_version_id: Optional[str] = Field(
        default=None,
        validation_alias="modelVersionId",
        serialization_alias="modelVersionId",
        description="Id of the model version to serve; without one, the newest version of the registered model.",
    )
    runtime: Optional[str] = Field(
        default=None,
        validation_alias="runtime",
        serialization_alias="runtime",
        description="The runtime of the model, such as `triton`.",
    )
    desired_state: Optional[InferenceServiceState] = Field(
        default=None,
        validation_alias="desiredState",
        serialization_alias="desiredState",
        description="Whether it is to be deployed: `DEPLOYED` when not given. In a change, null keeps the stored state.",
    )
    registered_model_id: str = Field(
        validation_alias="registeredModelId",
        serialization_alias="registeredModelId",
        min_length=1,
        description="Id of the registered model. It cannot be changed.",
    )
    serving_environment_id: str = Field(
        validation_alias="servingEnvironmentId",
        serialization_alias="servingEnvironmentId",
        min_length=1,
        description="Id of the serving environment. It cannot be changed.",
    )
