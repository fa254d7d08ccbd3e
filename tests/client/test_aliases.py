"""Names that move from version to version."""

from __future__ import annotations

import datetime as dt

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import DocArtifact, ModelArtifact, ModelVersion, RegisteredModel
from model_registry.types.alias_names import ALIAS, MOVES


@pytest.fixture(params=["m", "a name_with '% and ümläuts/" + "x" * 150])
async def model(registry, unique, request):
    return await new_model(registry, unique + request.param)


async def new_model(registry, name):
    model = await registry.core.upsert_registered_model(RegisteredModel(name, custom_properties={"a": 1}))
    for version in ("1.0", "2.0"):
        await registry.core.upsert_model_version(ModelVersion(version), model.id)
    return model


async def test_set_move_list_and_remove(registry, model):
    assert await registry.list_aliases(model) == {}
    assert await registry.find_alias(model, "champion") is None
    move = await registry.set_alias(model.name, "champion", "1.0")
    version = await registry.get_version(model, "1.0")
    assert (move.previous, move.version, move.version_id, move.by) == (None, "1.0", version.id, "ann")
    assert (move.number, move.changed) == (1, True)
    assert abs(move.at - dt.datetime.now(dt.timezone.utc)) < dt.timedelta(minutes=1)
    await registry.set_alias(model, "production", version)
    assert await registry.list_aliases(model) == {"champion": "1.0", "production": "1.0"}
    assert await registry.get_alias(model.name, "champion") == version

    move = await registry.set_alias(model, "champion", "2.0")
    assert (move.previous, move.version, move.number) == ("1.0", "2.0", 3)
    assert (await registry.find_alias(model, "champion")).name == "2.0"
    removed = await registry.remove_alias(model, "champion")
    assert (removed.previous, removed.version, removed.version_id) == ("2.0", None, None)
    assert await registry.list_aliases(model.name) == {"production": "1.0"}
    with pytest.raises(NotFoundError, match="no alias 'champion'"):
        await registry.get_alias(model, "champion")

    history = await registry.alias_history(model)
    assert [(each.number, each.alias, each.previous, each.version) for each in history] == [
        (1, "champion", None, "1.0"),
        (2, "production", None, "1.0"),
        (3, "champion", "1.0", "2.0"),
        (4, "champion", "2.0", None),
    ]
    assert history[2] == move
    assert await registry.alias_history(model, "production") == [history[1]]


async def test_what_is_so_already_is_not_written(registry, model):
    assert not (await registry.remove_alias(model, "champion")).changed
    await registry.set_alias(model, "champion", "1.0")
    again = await registry.set_alias(model, "champion", "1.0")
    assert (again.changed, again.previous, again.version, again.number) == (False, "1.0", "1.0", None)
    assert len(await registry.alias_history(model)) == 1


async def test_the_view_is_custom_properties_that_others_leave_alone(registry, model):
    await registry.set_alias(model, "champion", "1.0")
    view = {"a": 1, f"{ALIAS}champion": "1.0", MOVES: 1}
    assert (await registry.get_model(id=model.id)).custom_properties == view
    await registry.set_properties(model, {"b": 2})
    model.custom_properties = {"c": 3}
    await registry.update(model)
    await registry.update(RegisteredModel(model.name, id=model.id, custom_properties={"d": 4}))
    replaced = await registry.replace_properties(model.name, {"e": 5})
    assert replaced.custom_properties == {"e": 5, f"{ALIAS}champion": "1.0", MOVES: 1}

    replaced.custom_properties[f"{ALIAS}champion"] = "2.0"
    for refused in (
        registry.update(replaced),
        registry.set_properties(model, {MOVES: 7}),
        registry.remove_properties(model, f"{ALIAS}champion"),
    ):
        with pytest.raises(InvalidArgumentError, match="the client itself"):
            await refused
    del replaced.custom_properties[f"{ALIAS}champion"]
    replaced = await registry.update(replaced)
    assert replaced.custom_properties == {"e": 5, f"{ALIAS}champion": "1.0", MOVES: 1}


async def test_programs_that_wipe_or_restore_properties_do_not_move_aliases(registry, model):
    await registry.set_alias(model, "champion", "1.0")
    before = await registry.get_model(id=model.id)
    await registry.set_alias(model, "champion", "2.0")
    for properties in ({}, before.custom_properties):
        read = await registry.get_model(id=model.id)
        read.custom_properties = properties
        await registry.core.upsert_registered_model(read)  # as another program does
        assert (await registry.get_alias(model, "champion")).name == "2.0"
    await registry.set_alias(model, "other", "1.0")
    now = await registry.get_model(id=model.id)
    assert now.custom_properties == {"a": 1, f"{ALIAS}champion": "2.0", f"{ALIAS}other": "1.0", MOVES: 3}


@pytest.mark.parametrize(
    "alias", ["", "1", "12.0", "-a", "a b", "a/b", "ä", "a@b", "x" * 65, "latest", "Latest", None]
)
async def test_names_that_are_no_alias(registry, alias):
    verbs = [registry.get_alias, registry.find_alias, registry.remove_alias]
    if alias is not None:
        verbs.append(registry.alias_history)
    for verb in verbs:
        with pytest.raises(InvalidArgumentError, match="alias"):
            await verb("nobody", alias)
    with pytest.raises(InvalidArgumentError, match="alias"):
        await registry.set_alias("nobody", alias, "1.0")


async def test_wrong_arguments(registry, unique):
    model = await new_model(registry, f"{unique}m")
    other = await new_model(registry, f"{unique}other")
    with pytest.raises(NotFoundError):
        await registry.set_alias(f"{unique}nobody", "champion", "1.0")
    with pytest.raises(NotFoundError):
        await registry.set_alias(model, "champion", "3.0")
    with pytest.raises(InvalidArgumentError, match=f"not one of model '{unique}m'"):
        await registry.set_alias(model, "champion", await registry.get_version(other, "1.0"))
    with pytest.raises(InvalidArgumentError, match="a model or its name"):
        await registry.set_alias(5, "champion", "1.0")
    with pytest.raises(InvalidArgumentError, match="a version or its name"):
        await registry.set_alias(model, "champion", 1.0)
    assert await registry.find_alias(f"{unique}nobody", "champion") is None
    await registry.set_alias(model, "champion", "1.0")
    with pytest.raises(InvalidArgumentError, match="the model has an alias 'champion'"):
        await registry.set_alias(model, "Champion", "1.0")
    assert await registry.list_aliases(model) == {"champion": "1.0"}
    assert await registry.list_aliases(other) == {}


async def test_17_what_only_has_the_external_id_of_a_move_is_skipped(registry, unique):
    name = f"{unique}m"
    model = await new_model(registry, name)

    async def take(number, kind=DocArtifact, **properties):
        claim = f"model-registry.alias-move/{name}/{number}"
        artifact = kind(name="x", external_id=claim, custom_properties=properties)
        await registry.core.upsert_artifact(artifact)

    whole = {"model": name, "alias": "champion", "version": "2.0", "by": "eve"}
    await take(1)
    assert await registry.list_aliases(model) == {}
    await registry.set_alias(model, "champion", "1.0")
    await take(3, ModelArtifact, **whole)
    await take(4, **{**whole, "model": "another"})
    await take("05", **whole)
    await take("\u00b2", **whole)
    await take("99999999999999999999", **whole)
    assert (await registry.get_alias(model, "champion")).name == "1.0"
    move = await registry.set_alias(model, "other", "2.0")
    assert (move.number, move.by) == (5, "ann")
    assert [each.number for each in await registry.alias_history(model)] == [2, 5]
    assert await registry.list_aliases(model) == {"champion": "1.0", "other": "2.0"}


async def test_a_copy_in_another_registry_keeps_its_aliases(registry, unique):
    model = await new_model(registry, f"{unique}m")
    await registry.set_alias(model, "champion", "1.0")
    await registry.set_alias(model, "champion", "2.0")
    async with AsyncModelRegistry.local(author="bob") as middle, AsyncModelRegistry.local() as other:
        await middle.core.upsert_registered_model(RegisteredModel("something"))
        made = await new_model(middle, "m")
        await middle.set_alias(made, "champion", "2.0")
        await middle.copy(to=other)
        assert (await other.get_alias("m", "champion")).name == "2.0"
        assert (await other.alias_history("m"))[0].by == "bob"
        assert (await other.alias_history("m"))[0].at == (await middle.alias_history("m"))[0].at
        await other.set_alias("m", "champion", "1.0")
        assert [each.version for each in await other.alias_history("m")] == ["2.0", "1.0"]
        # A model without its log goes on from where its properties are.
        await middle.copy("m", to=(third := AsyncModelRegistry.local()))
        assert (await third.get_alias("m", "champion")).name == "2.0"
        move = await third.set_alias("m", "champion", "1.0")
        assert (move.previous, move.number) == ("2.0", 2)
        await third.close()


def test_a_move_as_json():
    from model_registry.types import AliasMove

    at = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
    move = AliasMove("m", "champion", None, "1.0", "ann", at, 1, "2")
    assert move.to_dict()["at"] == "2026-01-02T03:04:05+00:00"
    assert str(move) == "champion of m: (none) -> 1.0 by ann at 2026-01-02 03:04:05 UTC"
