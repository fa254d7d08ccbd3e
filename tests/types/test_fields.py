"""Fields of the contract: the friendly types have them all, and everything else follows from these types."""

from __future__ import annotations

import inspect

import pytest

import mr_openapi as contract
from model_registry import AsyncModelRegistry, types
from model_registry.registration.arguments import (
    MEASUREMENTS,
    UPLOAD,
    FurtherFields,
    RegisterArguments,
    field_arguments,
)
from model_registry.types.filter_fields import Fields

KINDS = [
    types.RegisteredModel,
    types.ModelVersion,
    types.ModelArtifact,
    types.DocArtifact,
    types.DataSet,
    types.Metric,
    types.Parameter,
    types.ServingEnvironment,
    types.InferenceService,
    types.ServeModel,
]

SHORT_IN_FILTERS = {
    "create_time_since_epoch": "created",
    "last_update_time_since_epoch": "updated",
    "registered_model_id": "model_id",
    "model_version_id": "version_id",
    "serving_environment_id": "environment_id",
}
"""Fields that have another name in `F`."""

NOT_IN_FILTERS = {"custom_properties", "language", "tasks", "logo", "schema"}
"""Lists, documents and pictures, and custom properties, which are `F.property`."""


@pytest.mark.parametrize("kind", KINDS)
def test_friendly_types_have_the_fields_of_the_contract(kind):
    fields = set(getattr(contract, kind.__name__).model_fields) - {"artifact_type"}  # the class says it
    renamed = {"var_schema": "schema"}  # the generator renames what hides a method of pydantic
    assert {renamed.get(name, name) for name in fields} == set(kind.model_fields)


def test_arguments_of_register_are_the_fields_of_the_types():
    derived = {*field_arguments().names, *UPLOAD, *MEASUREMENTS, "name", "version", "artifacts", "if_exists"}
    assert set(get_annotations(RegisterArguments)) == derived
    signature = set(inspect.signature(AsyncModelRegistry.register).parameters) - {"self", "fields"}
    assert signature | set(get_annotations(FurtherFields)) == derived


def get_annotations(kind):
    return {name for each in kind.__mro__ for name in getattr(each, "__annotations__", {})}


def test_filters_have_the_fields_of_the_types():
    expected = {name for kind in KINDS for name in kind.model_fields} - NOT_IN_FILTERS
    fields = {name for name in vars(Fields) if not name.startswith("_")} - {"metric", "property"}
    assert fields == {SHORT_IN_FILTERS.get(name, name) for name in expected}
