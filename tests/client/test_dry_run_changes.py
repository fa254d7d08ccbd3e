"""Dry runs of the verbs that change: the plan, and nothing written."""

from __future__ import annotations

import pytest

from model_registry.exceptions import StaleObjectError
from model_registry.types import ModelVersion, RegisteredModel
from model_registry.types.alias_names import ALIAS, MOVES


@pytest.fixture
async def model(registry, unique):
    model = await registry.core.upsert_registered_model(
        RegisteredModel(f"{unique}m", owner="ann", custom_properties={"a": 1})
    )
    await registry.core.upsert_model_version(ModelVersion("1.0"), model.id)
    return model


def fields(plan):
    return [
        (change.verb, change.kind, {name: values.after for name, values in change.fields.items()})
        for change in plan
    ]


async def plan_of(registry, call):
    async with registry.dry_run() as trial:
        await call(trial)
    return trial.plan


async def test_updates(registry, model):
    assert not await plan_of(registry, lambda trial: trial.update(model))
    model.owner = "bob"
    assert fields(await plan_of(registry, lambda trial: trial.update(model))) == [
        ("change", "RegisteredModel", {"owner": "bob"})
    ]
    theirs = await registry.core.get_registered_model_by_id(model.id)
    assert theirs.owner == "ann"
    theirs.owner = "eve"
    await registry.core.upsert_registered_model(theirs)
    with pytest.raises(StaleObjectError):
        await plan_of(registry, lambda trial: trial.update(model))
    with pytest.raises(StaleObjectError):  # what was only planned is not taken for an own write
        await registry.update(model)


async def test_updating_one_object_several_times(registry, model):
    async with registry.dry_run() as trial:
        for owner, value in (("bob", 2), ("eve", 3), ("ann", 4)):
            model.owner = owner
            assert (await trial.update(model)).owner == owner
            assert (await trial.set_properties(model, {"a": value})).custom_properties == {"a": value}
        assert fields(trial.plan) == [("change", "RegisteredModel", {"custom_properties": {"a": 4}})]
        model.owner = "eve"
        assert (await registry.update(model)).owner == "eve"  # for real, while the dry run is open


async def test_changes_of_others_are_found(registry, model):
    async with registry.dry_run() as trial:
        theirs = await registry.get_model(id=model.id)
        theirs.owner = "eve"
        await registry.update(theirs)
        model.owner = "bob"
        with pytest.raises(StaleObjectError):
            await trial.update(model)


async def test_properties(registry, model):
    for call in (
        lambda trial: trial.set_properties(model.name, {"b": 2}),
        lambda trial: trial.remove_properties(model, "a"),
        lambda trial: trial.replace_properties(f"{model.name}/1.0", {"c": 3}),
    ):
        assert [change.verb for change in await plan_of(registry, call)] == ["change"]
    assert await registry.get_model(id=model.id) == model
    assert not await plan_of(registry, lambda trial: trial.remove_properties(model, "b"))


async def test_archiving(registry, model):
    async with registry.dry_run() as trial:
        await trial.archive(model, with_versions=True)
        assert fields(trial.plan) == [
            ("change", "ModelVersion", {"state": "ARCHIVED"}),
            ("change", "RegisteredModel", {"state": "ARCHIVED"}),
        ]
        await trial.restore(model, with_versions=True)
        assert not trial.plan
    assert (await registry.get_model(id=model.id)).state.value == "LIVE"


async def test_aliases(registry, model):
    plan = await plan_of(registry, lambda trial: trial.set_alias(model, "champion", "1.0"))
    assert [(change.verb, change.kind) for change in plan] == [
        ("create", "DocArtifact"),
        ("change", "RegisteredModel"),
    ]
    assert f"{ALIAS}champion" in str(plan)
    assert MOVES in str(plan)
    assert await registry.list_aliases(model) == {}
    await registry.set_alias(model, "champion", "1.0")
    assert not await plan_of(registry, lambda trial: trial.set_alias(model, "champion", "1.0"))
    assert len(await plan_of(registry, lambda trial: trial.remove_alias(model, "champion"))) == 2
    assert await registry.list_aliases(model) == {"champion": "1.0"}


async def test_references_with_aliases(registry, model):
    await registry.set_alias(model, "champion", "1.0")
    assert (await registry.resolve(f"{model.name}@champion")).name == "1.0"
