"""The three-way rule: one's own changes, others' changes, and what was read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import mr_openapi as contract
from model_registry.changes.merge import Edit, Snapshot, apply, merge
from model_registry.types import RegisteredModel
from model_registry.types.diff import PROPERTIES
from model_registry.types.equality import equal

VALUES = st.one_of(
    st.booleans(), st.integers(0, 2), st.sampled_from([0.0, 1.0, "", "x", [1], [1.0], {"a": 1}, {}])
)
TEXTS = st.none() | st.sampled_from(["", "a", "b"])
MODELS = st.fixed_dictionaries(
    {
        "owner": TEXTS,
        "description": TEXTS,
        "tasks": st.none() | st.lists(st.sampled_from("ab"), max_size=2),
        PROPERTIES: st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    }
)


def answered(values):
    """Build a model as a registry answers it."""
    body = RegisteredModel("m", **values).as_basemodel()
    return RegisteredModel.from_basemodel(contract.RegisteredModel.model_validate(body.model_dump()))


def spots(model):
    fields = {(name, None): getattr(model, name) or None for name in ("owner", "description", "tasks")}
    return fields | {(PROPERTIES, key): value for key, value in model.custom_properties.items()}


@given(MODELS, MODELS, MODELS)
def test_each_spot_is_merged_on_its_own(base, mine, theirs):
    read, current = answered(base), answered(theirs)
    for name, value in mine.items():
        setattr(read, name, value)
    wanted, conflicts = merge(Edit.of(read), Snapshot.of(read), current)
    collided = {each.field for each in conflicts}
    before, now = spots(answered(base)), spots(answered(theirs))
    apply(wanted, current)
    merged = spots(current)
    for spot in before.keys() | now.keys() | merged.keys():
        old, new = before.get(spot), now.get(spot)
        own = mine[PROPERTIES].get(spot[1]) if spot[1] else mine[spot[0]]
        if not spot[1]:  # an empty field has no value
            own = own or None
        if spot[1] and equal(own, old):  # not changed by this side
            assert equal(merged.get(spot), new)
        else:
            assert equal(merged.get(spot), own)
        shown = spot[0] if spot[1] is None else f"{spot[0]}[{spot[1]!r}]"
        both = not equal(old, new) and not equal(own, new)
        if shown in collided:
            assert both
        elif both and spot[1]:
            assert equal(own, old)


@given(MODELS, MODELS)
def test_without_others_nothing_collides_and_all_arrives(base, mine):
    read, current = answered(base), answered(base)
    for name, value in mine.items():
        setattr(read, name, value)
    wanted, conflicts = merge(Edit.of(read), Snapshot(read.received_fields(), "1"), current)
    assert conflicts == []
    apply(wanted, current)
    assert equal(current.custom_properties, mine[PROPERTIES])
    assert (current.owner or None) == (mine["owner"] or None)


@given(MODELS)
def test_an_object_remembers_what_was_answered(base):
    read = answered(base)
    before = {name: getattr(read, name) for name in type(read).model_fields}
    read.owner, read.custom_properties = "x", {"y": 1}
    read.owner = "z"
    assert {
        name: equal(value, before[name]) for name, value in read.received_fields().items()
    } == dict.fromkeys(before, True)
    assert RegisteredModel("m", owner="ann").received_fields() == {}
