"""References, and the latest version of a model."""

from __future__ import annotations

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import ModelVersion, Reference, RegisteredModel
from tests.support.servers import Proxy


async def model_of(registry, name, *versions, archived=()):
    model = await registry.core.upsert_registered_model(RegisteredModel(name))
    made = [
        ModelVersion(version, state="ARCHIVED" if version in archived else "LIVE") for version in versions
    ]
    return model, [await registry.core.upsert_model_version(each, model.id) for each in made]


async def test_references(registry, unique):
    model, (one, two) = await model_of(registry, f"{unique}a/b@c %", "1.0", "2/0")
    references = [Reference(model.name, "1.0"), Reference(id=one.id)]
    for reference in references:
        for written in (reference, str(reference), reference.uri):
            assert await registry.resolve(written) == one
    for reference in (Reference(model.name, "2/0"), Reference(model.name, alias="latest")):
        assert await registry.resolve(reference.uri) == two
    assert await registry.resolve(one) is one
    for reference in (Reference(model.name, "3"), Reference(f"{unique}x", "1.0"), "999999999"):
        with pytest.raises(NotFoundError):
            await registry.resolve(reference)
    with pytest.raises(InvalidArgumentError, match="not registered"):
        await registry.resolve(ModelVersion("1.0"))
    with pytest.raises(InvalidArgumentError, match=r"names the registry other\.example\.org"):
        await registry.resolve("model-registry://other.example.org/fraud/1.0")


async def test_the_registry_in_a_reference_is_compared(sqlite_url, unique):
    async with AsyncModelRegistry(sqlite_url, author="ann") as registry:
        model, (version,) = await model_of(registry, f"{unique}m", "1.0")
        port = sqlite_url.rpartition(":")[2]
        for host in (f"127.0.0.1:{port}", "127.0.0.1"):
            assert await registry.resolve(f"model-registry://{host}/{model.name}/1.0") == version
        with pytest.raises(InvalidArgumentError, match="use a client of that registry"):
            await registry.resolve(f"model-registry://127.0.0.1:1/{model.name}/1.0")


async def test_latest_by_creation(registry, unique):
    model, versions = await model_of(registry, f"{unique}m", "3", "1", "2", archived=["2"])
    assert await registry.latest(model) == versions[1]
    assert await registry.latest(model.name) == versions[1]
    assert await registry.latest(model, archived=True) == versions[2]
    assert await registry.find_latest(model.name) == versions[1]


async def test_latest_of_one_millisecond_is_the_one_with_the_greatest_id(registry, unique):
    model, versions = await model_of(registry, f"{unique}m", *(str(number) for number in range(25)))
    assert await registry.latest(model) == versions[-1]


async def test_latest_by_semantic_version(registry, unique):
    model, versions = await model_of(
        registry,
        f"{unique}m",
        "1.9.0",
        "v1.10",
        "1.10.0",
        "2.0.0-rc.1",
        "2.0.0-beta.2",
        "3",
        "newest",
        archived=["3"],
    )
    assert await registry.latest(model, by="semver") == versions[3]
    assert await registry.latest(model, by="semver", archived=True) == versions[5]
    model, versions = await model_of(registry, f"{unique}other", "1.10.0", "v1.10", "1.2")
    assert await registry.latest(model, by="semver") == versions[1]


async def test_models_without_such_versions(registry, unique):
    model, _ = await model_of(registry, f"{unique}m", "first", archived=["first"])
    assert await registry.find_latest(model) is None
    assert await registry.find_latest(model, by="semver", archived=True) is None
    assert await registry.find_latest(f"{unique}other") is None
    with pytest.raises(NotFoundError, match="has no version at all; archived versions count only"):
        await registry.latest(model)
    with pytest.raises(NotFoundError, match=r"whose name is a semantic version$"):
        await registry.latest(model.name, by="semver", archived=True)
    with pytest.raises(NotFoundError, match="no model"):
        await registry.latest(f"{unique}other")
    with pytest.raises(InvalidArgumentError, match="by must be 'created' or 'semver'"):
        await registry.latest(model, by="name")
    with pytest.raises(InvalidArgumentError, match="archived must be True or False"):
        await registry.latest(model, archived="no")


async def test_a_text_may_mean_a_model_or_a_version(registry, unique):
    team, (version,) = await model_of(registry, f"{unique}team", "fraud")
    text = f"{team.name}/fraud"
    assert (await registry.archive(text)).changed == [await registry.get_version(id=version.id)]
    assert (await registry.archive(team.name)).changed[0].id == team.id
    model, _ = await model_of(registry, text, "1.0")
    for verb in (registry.archive, registry.lineage, lambda text: registry.set_properties(text, {"a": 1})):
        with pytest.raises(InvalidArgumentError, match="is ambiguous") as caught:
            await verb(text)
        for spelling in (f"model-registry://{unique}team%2Ffraud", f"model-registry://{text}"):
            assert repr(spelling) in str(caught.value)
    changed = await registry.set_properties(f"model-registry://{unique}team%2Ffraud", {"of": "model"})
    assert (type(changed), changed.id) == (RegisteredModel, model.id)
    changed = await registry.set_properties(f"model-registry://{text}", {"of": "version"})
    assert (type(changed), changed.id) == (ModelVersion, version.id)
    alone, _ = await model_of(registry, f"{unique}a/b/c")
    assert (await registry.set_properties(alone.name, {"a": 1})).id == alone.id
    with pytest.raises(NotFoundError, match=f"no model '{unique}a/b', and the text refers to no version"):
        await registry.archive(f"{unique}a/b")


async def test_texts_that_can_mean_two_things_take_one_request_more(sqlite_url, unique):
    with Proxy(sqlite_url) as proxy:
        async with AsyncModelRegistry(proxy.url, api="v1") as registry:
            await model_of(registry, f"{unique}m", "1.0")
            for text, requests in ((f"{unique}m", 2), (f"{unique}m/1.0", 4)):
                before = len(proxy.requests)
                await registry.set_properties(text, {"a": text})
                assert len(proxy.requests) - before == requests


async def test_lineage_of_one_version(registry, unique):
    _, (one, two) = await model_of(registry, f"{unique}m", "1.0", "2.0")
    found = await registry.lineage(f"{unique}m/1.0")
    assert [each.version.id for each in found.versions] == [one.id]
    assert [each.version.id for each in (await registry.lineage(two)).versions] == [two.id]
