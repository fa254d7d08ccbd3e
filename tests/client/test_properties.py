"""Custom properties: merged, replaced, removed."""

from __future__ import annotations

import pytest

from model_registry.exceptions import InvalidArgumentError, NotFoundError, StaleObjectError, UnsupportedType
from model_registry.types import DocArtifact, ModelVersion, RegisteredModel


@pytest.fixture
async def model(registry, unique):
    return await registry.core.upsert_registered_model(
        RegisteredModel(f"{unique}m", owner="ann", custom_properties={"a": 1, "b": "x"})
    )


@pytest.fixture
async def version(registry, model):
    return await registry.core.upsert_model_version(ModelVersion("1.0", custom_properties={"v": 1}), model.id)


async def theirs(registry, model, **properties):
    """Set the properties of a model past the client under test."""
    read = await registry.core.get_registered_model_by_id(model.id)
    read.custom_properties = properties
    return await registry.core.upsert_registered_model(read)


async def test_by_name(registry, model, version):
    changed = await registry.set_properties(model.name, {"a": 2, "c": [1]})
    assert changed.custom_properties == {"a": 2, "b": "x", "c": [1]}
    assert (changed.id, changed.owner) == (model.id, "ann")
    changed = await registry.set_properties(f"{model.name}/1.0", {"w": 1.5})
    assert (changed.id, changed.custom_properties) == (version.id, {"v": 1, "w": 1.5})
    assert (await registry.remove_properties(model.name, "a", "no")).custom_properties == {"b": "x", "c": [1]}
    assert (await registry.replace_properties(model.name, {"d": True})).custom_properties == {"d": True}
    assert (await registry.replace_properties(f"{model.name}/1.0", {})).custom_properties == {}
    with pytest.raises(NotFoundError):
        await registry.set_properties(f"{model.name}-other", {"a": 1})
    with pytest.raises(NotFoundError):
        await registry.remove_properties(f"{model.name}/2.0", "a")


async def test_by_object(registry, model, version):
    card = await registry.core.upsert_model_version_artifact(DocArtifact(name="card"), version.id)
    card = await registry.set_properties(card, {"pages": 3})
    assert (type(card), card.custom_properties) == (DocArtifact, {"pages": 3})

    model.owner = "not written"
    changed = await registry.set_properties(model, {"a": 2})
    assert (changed.owner, changed.custom_properties) == ("ann", {"a": 2, "b": "x"})
    assert model.custom_properties == {"a": 1, "b": "x"}
    changed = await registry.remove_properties(model, "b")  # an own write is nobody else's
    assert changed.custom_properties == {"a": 2}


async def test_a_conflict_is_about_the_same_properties_only(registry, model):
    await theirs(registry, model, a=5, b="x", n=1)
    assert (await registry.set_properties(model, {"b": "y"})).custom_properties == {"a": 5, "b": "y", "n": 1}
    with pytest.raises(StaleObjectError, match=r"\['a'\]: read 1, mine 2, theirs 5"):
        await registry.set_properties(model, {"a": 2})
    with pytest.raises(StaleObjectError, match=r"\['a'\]: read 1, mine \(nothing\), theirs 5"):
        await registry.remove_properties(model, "a")
    with pytest.raises(StaleObjectError) as raised:
        await registry.replace_properties(model, {"z": 1})
    assert [each.field for each in raised.value.conflicts] == [
        "custom_properties['a']",
        "custom_properties['n']",
    ]
    assert (await registry.replace_properties(model, {"z": 1}, overwrite=True)).custom_properties == {"z": 1}


async def test_wrong_arguments(registry, model):
    with pytest.raises(UnsupportedType, match="'a'"):
        await registry.set_properties(model, {"a": object()})
    with pytest.raises(UnsupportedType, match="must map names"):
        await registry.replace_properties(model, ["a"])
    with pytest.raises(InvalidArgumentError, match="removed by name, got 1"):
        await registry.remove_properties(model, 1)
    with pytest.raises(InvalidArgumentError, match="no id"):
        await registry.set_properties(RegisteredModel("x"), {"a": 1})
    assert await registry.get_model(id=model.id) == model
