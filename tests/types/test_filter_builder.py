"""Filters built in Python: the text that they give, and what they refuse."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry import F, ModelRegistry
from model_registry.exceptions import InvalidArgumentError
from model_registry.server.filters.query import And, Operator, Or, PropertyComparison, parse
from model_registry.types import ArtifactState, Filter, RegisteredModelState

NOON = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
MS = 1777636800000


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (F.name == "fraud", "name = 'fraud'"),
        (F.name != "it's", r"name != 'it\'s'"),
        (F.owner < "b", "owner < 'b'"),
        (F.owner >= "b", "owner >= 'b'"),
        (F.owner.in_(["ann", "bob"]), "owner IN ('ann', 'bob')"),
        (F.name.in_(["a", "b"]), "name = 'a' OR name = 'b'"),
        (F.name.in_(each for each in ["a"]), "name = 'a'"),
        (F.state == RegisteredModelState.LIVE, "state = 'LIVE'"),
        (F.state.in_([ArtifactState.LIVE]), "state = 'LIVE'"),
        (F.external_id == "x", "externalId = 'x'"),
        (F.name.like("fraud%"), "name LIKE 'fraud%'"),
        (F.name.ilike("%FRAUD"), "name ILIKE '%FRAUD'"),
        (F.name.startswith("a_b"), r"name LIKE 'a\\_b%'"),
        (F.name.endswith("50%"), r"name LIKE '%50\\%'"),
        (F.name.contains("\\"), r"name LIKE '%\\\\%'"),
        (F.id == "7", "id = 7"),
        (F.id.in_([1, "2"]), "id = 1 OR id = 2"),
        (F.model_id > 3, "registeredModelId > 3"),
        (F.value > 1, "value > 1.0"),
        (F.value == "adam", "value.string_value = 'adam'"),
        (F.value.in_([0.5, "x"]), "value = 0.5 OR value.string_value = 'x'"),
        (F.step <= 10, "step <= 10"),
        (F.created >= NOON, f"createTimeSinceEpoch >= {MS}"),
        (F.created < MS, f"createTimeSinceEpoch < {MS}"),
        (F.updated > NOON + timedelta(microseconds=1), f"lastUpdateTimeSinceEpoch > {MS}"),
        (F.updated >= NOON + timedelta(microseconds=1), f"lastUpdateTimeSinceEpoch >= {MS + 1}"),
        (F.updated < NOON + timedelta(microseconds=1), f"lastUpdateTimeSinceEpoch < {MS + 1}"),
        (F.updated <= NOON + timedelta(microseconds=1), f"lastUpdateTimeSinceEpoch <= {MS}"),
        (F.created == NOON.astimezone(timezone(timedelta(hours=5))), f"createTimeSinceEpoch = {MS}"),
        (F.timestamp > NOON, f"timestamp.string_value > '{MS}'"),
        (F.property("team") == "x", "team = 'x'"),
        (F.property("team").in_(["x", "y"]), "team IN ('x', 'y')"),
        (F.property("n").in_([1, "y"]), "n = 1 OR n = 'y'"),
        (F.property("good") != True, "good != true"),  # noqa: E712
        (F.property("n") == 5, "n = 5"),
        (F.property("n") > 5.0, "n > 5"),
        (F.property("n") > 0.9, "n > 0.9 OR n >= 1"),
        (F.property("n") <= -0.5, "n <= -0.5 OR n <= -1"),
        (F.property("n") == 0.5, "n = 0.5"),
        (F.property("n") != 0.5, "n != 0.5 OR n >= 1 OR n <= 0"),
        (F.property("n") > 1e300, "n > 1e+300"),
        (F.property("n") < 1e300, "n < 1e+300 OR n <= 9223372036854775807"),
        (F.property("top-1 accuracy") == 1, "`top-1 accuracy` = 1"),
        (F.property("a.b") == 1, "`a.b` = 1"),
        (F.property("or") == 1, "`or` = 1"),
        (F.property("`\\") == 1, "`\\`\\\\` = 1"),
        (F.property("owner") == "x", "owner.string_value = 'x'"),
        (F.property("step") > 0.5, "step.double_value > 0.5 OR step.int_value >= 1"),
        (F.property("n").as_int == 1, "n.int_value = 1"),
        (F.property("n").as_double == 1, "n.double_value = 1.0"),
        (F.property("n").as_string.like("x%"), "n.string_value LIKE 'x%'"),
        (F.property("n").as_bool == False, "n.bool_value = false"),  # noqa: E712
        ((F.name == "a") & (F.id == 1) & (F.id == 2), "name = 'a' AND id = 1 AND id = 2"),
        ((F.id == 1) & ((F.id == 2) | (F.id == 3)), "id = 1 AND (id = 2 OR id = 3)"),
        (((F.id == 1) & (F.id == 2)) | (F.id == 3), "(id = 1 AND id = 2) OR id = 3"),
        (F.name.in_(["a", "b"]) & (F.id == 1), "(name = 'a' OR name = 'b') AND id = 1"),
    ],
    ids=str,
)
def test_text(built, text):
    assert str(built) == text
    assert repr(built) == f"Filter({text!r})"
    assert parse(text) is not None


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: F.name == 5, "name is compared with a text, got 5"),
        (lambda: F.name == None, "got None; the query language cannot search for missing values"),  # noqa: E711
        (lambda: F.name == b"x", "compared with a text"),
        (lambda: F.name == "\0", r"cannot store the character U\+0000"),
        (lambda: F.name == "\ud800", r"cannot store the character U\+D800"),
        (lambda: F.name.like("a\\"), "its last backslash escapes nothing"),
        (lambda: F.name.in_([]), r"name\.in_\(\) takes at least one value"),
        (lambda: F.name.in_("fraud"), "takes a list of values, got 'fraud'"),
        (lambda: F.id == "x", "id is compared with a whole number, got 'x'"),
        (lambda: F.id == 1.5, "whole number"),
        (lambda: F.id == True, "a number, got True"),  # noqa: E712
        (lambda: F.value > math.nan, "a finite number, got nan"),
        (lambda: F.property("n") > math.inf, "a finite number, got inf"),
        (lambda: F.property("n") == 2**63, "more than 64 bits"),
        (lambda: F.property("n") == None, "missing"),  # noqa: E711
        (lambda: F.property("n") == NOON, "a number, got datetime"),
        (lambda: F.property("n") < True, "booleans have no order"),
        (lambda: F.property("n").as_bool == 1, "True or False, got 1"),
        (lambda: F.property(""), "a text of at least one character"),
        (lambda: F.created > datetime(2026, 5, 1), "no time zone"),  # noqa: DTZ001
        (lambda: F.created > date(2026, 5, 1), "a datetime with a time zone"),
        (lambda: F.created == NOON + timedelta(microseconds=1), "whole milliseconds"),
        (lambda: F.created > "2026-05-01", "a datetime with a time zone"),
        (lambda: bool(F.name), "has no truth value"),
        (lambda: F.name == "a" and F.id == 1, "join filters with & and |"),
        (lambda: 0 < F.id < 5, "chains"),
        (lambda: not F.id.in_([1]), "cannot build a filter"),
        (lambda: ~(F.id == 1), "the query language has no NOT"),
        (lambda: F.name == "a" & F.id, "compare it first, in parentheses"),
        (lambda: "a" in F.name, r"\.in_\(\[\.\.\.\]\)"),
        (lambda: F.name in ["a", "b"], "has no truth value"),
        (lambda: (F.id == 1) & "name = 'x'", "cannot be joined with \"name = 'x'\""),
        (lambda: True & (F.id == 1), "cannot be joined with True"),
    ],
)
def test_what_cannot_be_said_is_refused(build, said):
    with pytest.raises(InvalidArgumentError, match=said):
        build()


def test_custom_properties_are_no_attributes():
    with pytest.raises(AttributeError, match=r"write F\.property\('accuracy'\)"):
        _ = F.accuracy


def test_equal_texts_are_equal_filters():
    assert len({F.id == 1, F.id == "1", F.id == 2}) == 2
    assert isinstance(F.id == 1, Filter)


STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(text=STORABLE)
def test_any_text_is_read_as_itself(text):
    assert parse(str(F.owner == text)) == PropertyComparison("owner", None, Operator.EQ, (text,))


@given(name=STORABLE.filter(bool))
def test_any_name_is_read_as_itself(name):
    found = parse(str(F.property(name) == 1))
    names = [each.name for each in found.terms] if isinstance(found, Or) else [found.name]
    assert set(names) == {name}


@given(number=st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_read_as_itself(number):
    assert parse(str(F.property("n") == number)) == PropertyComparison("n", None, Operator.EQ, (number,))
    assert parse(str(F.value == number)).values == (float(number),)


@given(st.recursive(st.integers(0, 9), lambda inner: st.lists(inner, min_size=2, max_size=3)))
def test_joints_mean_what_the_operators_mean(tree):
    """Lists alternate between AND and OR."""

    def built(node, level=0):
        if isinstance(node, int):
            return F.id == node
        first, *others = [built(each, level + 1) for each in node]
        for other in others:
            first = first & other if level % 2 else first | other
        return first

    def value(node, truth):
        if isinstance(node, PropertyComparison):
            return node.values[0] in truth
        return (all if isinstance(node, And) else any)(value(each, truth) for each in node.terms)

    def expected(node, truth, level=0):
        if isinstance(node, int):
            return node in truth
        return (all if level % 2 else any)(expected(each, truth, level + 1) for each in node)

    parsed = parse(str(built(tree)))
    for truth in ([0, 2, 4, 6, 8], [1, 3, 5, 7, 9], [0, 1, 2, 3]):
        assert value(parsed, truth) == expected(tree, truth)


def test_a_filter_on_a_field_that_nothing_matches_is_no_unknown_property() -> None:
    with ModelRegistry.local() as registry:
        registry.register("fraud", "1.0", "s3://models/fraud")
        registry.register_environment("production")
        registry.register_service("fraud", environment="production", model="fraud")
        assert list(registry.list_services(filter=F.version_id == 999)) == []
        assert list(registry.list_versions(filter=F.model_id == 999)) == []
