"""Getting things: by id, by name, by external id."""

from __future__ import annotations

import pytest

from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import ModelVersion, RegisteredModel


async def test_one_rule_for_all_ways_to_name_a_model(registry, unique):
    await register(registry, f"{unique}m")
    model = await registry.get_model(f"{unique}m")
    assert await registry.get_model(id=model.id) == model
    assert await registry.find_model(f"{unique}m") == model
    assert await registry.find_model(f"{unique}other") is None
    assert await registry.find_model(external_id=f"{unique}x") is None
    with pytest.raises(NotFoundError, match=f"no model with name '{unique}other'"):
        await registry.get_model(f"{unique}other")


async def test_versions_are_found_by_their_model_and_name_or_by_id(registry, unique):
    await register(registry, f"{unique}m")
    version = await registry.get_version(f"{unique}m", "1.0")
    assert isinstance(version, ModelVersion)
    assert await registry.get_version(id=version.id) == version
    assert await registry.find_version(await registry.get_model(f"{unique}m"), "1.0") == version
    assert await registry.find_version(f"{unique}m", "2.0") is None
    assert await registry.find_version(f"{unique}other", "1.0") is None
    with pytest.raises(NotFoundError, match=r"version '2\.0'"):
        await registry.get_version(f"{unique}m", "2.0")


async def test_the_former_family_keeps_its_rules(registry, unique):
    await register(registry, f"{unique}m")
    assert isinstance(await registry.get_registered_model(f"{unique}m"), RegisteredModel)
    assert await registry.get_registered_model(f"{unique}other") is None
    assert (await registry.get_model_version(f"{unique}m", "1.0")).author == "ann"
    assert await registry.get_model_version(f"{unique}m", "2.0") is None
    assert (await registry.get_model_artifact(f"{unique}m", "1.0")).uri == "s3://models/1"
    for call in (
        registry.get_model_version(f"{unique}other", "1.0"),
        registry.get_model_artifact(f"{unique}other", "1.0"),
        registry.get_model_artifact(f"{unique}m", "2.0"),
        registry.get_model_versions(f"{unique}other"),
    ):
        with pytest.raises(NotFoundError):
            await call


async def test_arguments_that_name_nothing_or_two_things_are_refused(registry):
    with pytest.raises(InvalidArgumentError, match="give one of name, id, external_id, got none"):
        await registry.get_model()
    with pytest.raises(InvalidArgumentError, match="got name and id"):
        await registry.get_model("m", id="1")
    with pytest.raises(InvalidArgumentError, match="needs its model"):
        await registry.get_version(version="1.0")


async def register(registry, name):
    await registry.register_model(
        name, "s3://models/1", version="1.0", model_format_name="onnx", model_format_version="1"
    )
