"""When two values are equal to a registry."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given

from model_registry.types import (
    Change,
    Metric,
    OpaqueProperty,
    Plan,
    RegisteredModel,
    RegisteredModelState,
    Values,
)
from model_registry.types.equality import equal
from tests.changes.values import VALUES

NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (1, 1.0),
        (0, False),
        ([True], [1]),
        ({"a": {"b": [1]}}, {"a": {"b": [1.0]}}),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([], {}),
        ("", None),
        ("1", 1),
        (RegisteredModelState.LIVE, "LIVE"),
        (OpaqueProperty({"x": 1}), OpaqueProperty({"x": True})),
    ],
)
def test_different_values(one, other):
    assert not equal(one, other)
    assert not equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NAN, float("nan")),
        ([{"a": NAN}], [{"a": float("nan")}]),
        ({"a": 1, "b": [2.0, None]}, {"b": [2.0, None], "a": 1}),
        (OpaqueProperty({"x": [1]}), OpaqueProperty({"x": [1]})),
    ],
)
def test_equal_values(one, other):
    assert equal(one, other)
    assert equal(other, one)


@given(VALUES, VALUES)
def test_values_are_equal_when_their_json_is(one, other):
    assert equal(one, copy.deepcopy(one))
    assert equal(one, other) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def test_resources_are_compared_by_the_same_rule():
    one, other = (RegisteredModel("m", custom_properties={"a": value}) for value in (1, True))
    assert one != other
    assert one == RegisteredModel("m", custom_properties={"a": 1})
    assert Metric(name="m", value=1) != RegisteredModel("m")


def test_plans_are_compared_by_the_same_rule():
    fields = [{"x": Values(None, value)} for value in (1, 1.0)]
    one, other = (Plan([Change("create", "Metric", "m", None, each)]) for each in fields)
    assert one != other
    assert one == Plan(list(one))
