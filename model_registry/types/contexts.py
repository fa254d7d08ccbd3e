"""Registered models and their versions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

import mr_openapi as contract
from mr_openapi import ModelVersionState, RegisteredModelState

from .base import BaseResourceModel, known_member


class RegisteredModel(
    BaseResourceModel[
        "contract.RegisteredModel", "contract.RegisteredModelCreate", "contract.RegisteredModelUpdate"
    ]
):
    """A model under a name, of which there are versions.

    Attributes:
        name: Unique among the registered models of a registry; cannot be changed. May be given by position.
        owner: Who answers for it.
        state: `LIVE` or `ARCHIVED`.
        readme: Long description, usually Markdown.
        maturity: How far it is, in your own words, such as `production`.
        language: Natural languages that it works with, such as `en`.
        tasks: What it does, such as `text-generation`.
        provider: Who made it.
        logo: URI of a picture, a `data:` one included.
        license: Name of its licence, best an SPDX identifier.
        license_link: URI of the licence's text.
        library_name: Library that runs it, such as `transformers`.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import RegisteredModel
        >>> RegisteredModel("fraud", owner="ann", tasks=["classification"]).name
        'fraud'
    """

    _containers: ClassVar[tuple[str, ...]] = ("custom_properties", "language", "tasks")
    _facts: ClassVar[tuple[str, ...]] = ("state", "owner")

    name: str = Field(kw_only=False, min_length=1)
    owner: str | None = None
    state: Annotated[RegisteredModelState, AfterValidator(known_member)] = RegisteredModelState.LIVE
    readme: str | None = None
    maturity: str | None = None
    language: list[str] | None = None
    tasks: list[str] | None = None
    provider: str | None = None
    logo: str | None = None
    license: str | None = None
    license_link: str | None = None
    library_name: str | None = None


class ModelVersion(
    BaseResourceModel["contract.ModelVersion", "contract.ModelVersionCreate", "contract.ModelVersionUpdate"]
):
    """One version of a registered model.

    Attributes:
        name: The version, unique within its model; cannot be changed. May be given by position.
        author: Who made it.
        state: `LIVE` or `ARCHIVED`.
        registered_model_id: Id of its model; set by the registry.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import ModelVersion
        >>> ModelVersion("1.0", author="ann", custom_properties={"accuracy": 0.93}).custom_properties
        {'accuracy': 0.93}
    """

    _facts: ClassVar[tuple[str, ...]] = ("state", "author", "registered_model_id")

    name: str = Field(kw_only=False, min_length=1)
    author: str | None = None
    state: Annotated[ModelVersionState, AfterValidator(known_member)] = ModelVersionState.LIVE
    registered_model_id: str | None = None

    def create(  # type: ignore[override]  # a version cannot be registered without its model
        self, *, registered_model_id: str, **kwargs: Any
    ) -> contract.ModelVersionCreate:
        """Build the contract's body for registering it under a model; keyword arguments override fields."""
        return super().create(registered_model_id=registered_model_id, **kwargs)

    def create_under_model(self, registered_model_id: str) -> contract.ModelVersion:
        """Build the contract's body for registering it at the address of a model."""
        values = self._create_values()
        values["registered_model_id"] = registered_model_id
        return contract.ModelVersion(**values)
