"""How two resources differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.types import Metric, Missing, ModelVersion, OpaqueProperty, RegisteredModel
from model_registry.types.diff import FieldPath, diff, values_of
from model_registry.types.equality import equal
from tests.changes.values import VALUES

ABSENT = Missing.ABSENT
PROPERTIES = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


def test_a_difference_names_its_field_and_both_values():
    one = RegisteredModel("m", id="1", owner="ann", tasks=["a"], custom_properties={"x": 1, "old": ""})
    other = RegisteredModel("n", id="2", owner="bob", description="d", custom_properties={"x": True})
    assert {str(path): (before, after) for path, before, after in diff(one, other)} == {
        "name": ("m", "n"),
        "owner": ("ann", "bob"),
        "tasks": (["a"], ABSENT),
        "description": (ABSENT, "d"),
        "custom_properties['x']": (1, True),
        "custom_properties['old']": ("", ABSENT),
    }


def test_fields_come_before_custom_properties():
    one = RegisteredModel("m", custom_properties={"x": 1})
    other = RegisteredModel("m", owner="bob", custom_properties={"x": 2})
    assert [str(each.path) for each in diff(one, other)] == ["owner", "custom_properties['x']"]


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_field_has_no_value(empty):
    given = RegisteredModel("m")
    setattr(given, "tasks" if isinstance(empty, list) else "owner", empty)
    assert diff(given, RegisteredModel("m")) == []


def test_zero_and_an_empty_custom_property_are_values():
    assert FieldPath("step") in values_of(Metric(name="m", value=0.0))
    assert FieldPath("value") in values_of(Metric(name="m", value=0.0))
    changes = diff(ModelVersion("1", custom_properties={"x": ""}), ModelVersion("1"))
    assert [tuple(each) for each in changes] == [(FieldPath("custom_properties", "x"), "", ABSENT)]


def test_values_of_unknown_kinds_are_compared():
    one, other = (
        ModelVersion("1", custom_properties={"x": OpaqueProperty({**WIRE, "n": n})}) for n in (1, True)
    )
    assert [each.path.key for each in diff(one, other)] == ["x"]
    assert diff(one, one) == []


WIRE = {"metadataType": "MetadataNewValue"}


def test_a_registry_may_have_a_comparison_of_its_own():
    one, other = (ModelVersion("1", custom_properties={"x": value}) for value in ([1], [1.0]))
    assert diff(one, other)
    assert diff(one, other, same=lambda left, right: left == right) == []


@given(PROPERTIES, PROPERTIES)
def test_a_difference_is_the_same_from_both_sides(one, other):
    left, right = (ModelVersion("1", custom_properties=each) for each in (one, other))
    there = {path: (before, after) for path, before, after in diff(left, right)}
    back = {path: (after, before) for path, before, after in diff(right, left)}
    assert there.keys() == back.keys()
    assert all(equal(there[path], back[path]) for path in there)
    assert bool(there) == (not equal(one, other))
