"""Getting things: by id, by name, by external id."""

from __future__ import annotations

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import (
    DocArtifact,
    Metric,
    ModelArtifact,
    ModelVersion,
    Parameter,
    Reference,
    RegisteredModel,
)


async def test_one_rule_for_all_ways_to_name_a_model(registry, unique):
    await register(registry, f"{unique}m")
    model = await registry.get_model(f"{unique}m")
    assert await registry.get_model(id=model.id) == model
    assert await registry.find_model(f"{unique}m") == model
    assert await registry.find_model(f"{unique}other") is None
    assert await registry.find_model(external_id=f"{unique}x") is None
    with pytest.raises(NotFoundError, match=f"no model '{unique}other'"):
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
    with pytest.raises(InvalidArgumentError, match=r"version of 'm/1' is missing: .* use resolve\('m/1'\)"):
        await registry.get_version("m/1")
    with pytest.raises(InvalidArgumentError, match="give one of version, id, external_id, got none"):
        await registry.get_version()


async def register(registry, name):
    await registry.register_model(
        name, "s3://models/1", version="1.0", model_format_name="onnx", model_format_version="1"
    )


@pytest.mark.parametrize("name", ["c:\\tmp", "c:\\", "it's", "it'", 'say "hi"', '"', "\\'", '\\"', "a_b%"])
async def test_trap_20_an_artifact_is_found_by_every_name(registry, unique, name):
    await register(registry, f"{unique}m")
    version = await registry.get_version(f"{unique}m", "1.0")
    for other in ("", name.replace("_", "x"), f"x{name}x"):
        if other not in ("", name):
            await registry.core.upsert_model_version_artifact(DocArtifact(name=other, uri="u"), version.id)
    card = await registry.core.upsert_model_version_artifact(DocArtifact(name=name, uri="u"), version.id)
    assert await registry.get_artifact(version, name) == card


async def test_artifacts_are_found_by_version_and_name_by_id_and_by_external_id(registry, unique):
    await register(registry, f"{unique}m")
    version = await registry.get_version(f"{unique}m", "1.0")
    model_artifact = await registry.get_artifact(f"{unique}m/1.0", f"{unique}m")
    assert isinstance(model_artifact, ModelArtifact)
    card = await registry.core.upsert_model_version_artifact(
        DocArtifact(name="it's the \\ card", uri="https://x", external_id=f"{unique}card"), version.id
    )
    assert await registry.get_artifact(version, card.name) == card
    assert await registry.get_artifact(Reference(f"{unique}m", "1.0"), card.name, kind=DocArtifact) == card
    assert await registry.get_artifact(id=card.id) == card
    assert await registry.get_artifact(id=card.id, kind="doc-artifact") == card
    assert await registry.get_artifact(external_id=f"{unique}card") == card
    assert await registry.find_artifact(version, card.name, kind=Metric) is None
    assert await registry.find_artifact(version, "other") is None
    assert await registry.find_artifact(f"{unique}m/2.0", "card") is None
    assert await registry.find_artifact(id="999999999") is None
    with pytest.raises(NotFoundError, match=r"no artifact with version '1\.0' and name 'other'"):
        await registry.get_artifact(version, "other")
    with pytest.raises(NotFoundError, match=r"version '2\.0'"):
        await registry.get_artifact(f"{unique}m/2.0", "other")
    with pytest.raises(InvalidArgumentError, match="is a DocArtifact, no Metric"):
        await registry.get_artifact(id=card.id, kind=Metric)
    with pytest.raises(InvalidArgumentError, match="is a DocArtifact, no ModelArtifact"):
        await registry.find_artifact(external_id=f"{unique}card", kind="model-artifact")


async def test_artifacts_of_one_name_are_told_apart_by_their_kind(registry, unique):
    await register(registry, f"{unique}m")
    version = await registry.get_version(f"{unique}m", "1.0")
    for artifact in (Metric(name="rate", value=0.5), Parameter(name="rate", value=1)):
        await registry.core.upsert_model_version_artifact(artifact, version.id)
    assert (await registry.get_artifact(version, "rate", kind=Metric)).value == 0.5
    assert (await registry.get_artifact(version, "rate", kind="parameter")).value == 1
    with pytest.raises(
        InvalidArgumentError, match=r"several artifacts named 'rate': Metric \d+, Parameter \d+"
    ):
        await registry.get_artifact(version, "rate")


async def test_arguments_that_name_no_artifact_are_refused(registry):
    for arguments, said in (
        ({}, "give one of name, id, external_id, got none"),
        ({"name": "x"}, "needs its version"),
        ({"version": "m/1", "id": "1"}, "not with an id"),
        ({"version": "m/1", "name": ""}, "at least one character"),
        ({"id": "1", "kind": "models"}, r"kind must be one of ModelArtifact \('model-artifact'\)"),
        ({"version": "a/b/c", "name": "x"}, "does not name a version"),
        ({"version": ModelVersion("1"), "name": "x"}, "not registered"),
    ):
        with pytest.raises((InvalidArgumentError, NotFoundError), match=said):
            await registry.get_artifact(**arguments)


async def test_15_13_what_is_not_found_has_near_names(registry, unique):
    name = f"{unique}fraud"
    await registry.register(name, "1.0")
    await registry.register(name, "1.1")
    with pytest.raises(NotFoundError, match=f"no model '{name}s': did you mean '{name}'"):
        await registry.get_model(f"{name}s")
    with pytest.raises(NotFoundError, match=r"no version '2\.0'; its latest versions are '1\.1', '1\.0'"):
        await registry.get_version(name, "2.0")
    with pytest.raises(NotFoundError, match=f"no model '{name}s': did you mean '{name}'"):
        await registry.get_version(f"{name}s", "2.0")


async def test_15_13_aliases_artifacts_and_services_have_near_names(registry, unique):
    name = f"{unique}fraud"
    await registry.register(
        name, "1.0", "s3://models/fraud", artifact_name="weights", metrics={"accuracy": 1}
    )
    await registry.set_alias(name, "champion", "1.0")
    with pytest.raises(NotFoundError, match="has no alias 'champoin': did you mean 'champion'"):
        await registry.get_alias(name, "champoin")
    with pytest.raises(NotFoundError, match="has no alias 'champoin': did you mean 'champion'"):
        await registry.resolve(f"{name}@champoin")
    with pytest.raises(NotFoundError, match="'acuracy': did you mean 'accuracy'"):
        await registry.get_artifact(f"{name}/1.0", "acuracy")
    with pytest.raises(NotFoundError, match="'weight': did you mean 'weights'"):
        await registry.download(f"{name}/1.0", "unused", artifact="weight")
    environment = await registry.register_environment(f"{unique}prod")
    with pytest.raises(NotFoundError, match=f"'{unique}prd': did you mean '{unique}prod'"):
        await registry.get_environment(f"{unique}prd")
    with pytest.raises(NotFoundError, match="no inference service with name 'none'"):
        await registry.get_service("none", environment=environment)


@pytest.mark.parametrize(
    "address",
    ["registry.db", "./x.db", "~/x", "/data/x.sqlite", ":memory:", "sqlite:///x", "postgresql://h/x"],
)
async def test_15_13_an_address_of_a_database_is_for_local(address):
    for client in (ModelRegistry, AsyncModelRegistry):
        with pytest.raises(InvalidArgumentError, match=r"use ModelRegistry\.local\("):
            client(address)
