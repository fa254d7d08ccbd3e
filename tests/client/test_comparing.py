"""Comparing versions, and telling where they came from and went."""

from __future__ import annotations

import json

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import (
    DataSet,
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    Parameter,
    RegisteredModel,
    ServingEnvironment,
)
from tests.support.servers import Proxy


@pytest.fixture
async def name(registry, unique):
    """A model with two versions that have artifacts; the second one is served as the newest."""
    core = registry.core
    model = await core.upsert_registered_model(RegisteredModel(f"{unique}fraud"))
    one = await core.upsert_model_version(
        ModelVersion("1.0", author="ann", custom_properties={"acc": 0.9, "old": True, "same": [1]}), model.id
    )
    two = await core.upsert_model_version(
        ModelVersion("2.0", author="bob", description="better", custom_properties={"acc": 1, "same": [1]}),
        model.id,
    )
    for version, artifacts in (
        (
            one,
            [
                ModelArtifact(name="a", uri="s3://m/1"),
                Metric(name="loss", value=0.3),
                DataSet(name="train", uri="d"),
            ],
        ),
        (
            two,
            [
                ModelArtifact(name="b", uri="s3://m/2"),
                Metric(name="loss", value=0.2),
                Parameter(name="rate", value=1),
            ],
        ),
    ):
        for artifact in artifacts:
            await core.upsert_model_version_artifact(artifact, version.id)
    environment = await core.upsert_serving_environment(ServingEnvironment(f"{unique}prod"))
    for service, version_id in (("first", one.id), ("newest", None)):
        await core.upsert_inference_service(
            InferenceService(name=service, registered_model_id=model.id, model_version_id=version_id),
            environment.id,
        )
    other = await core.upsert_registered_model(RegisteredModel(f"{unique}other"))
    await core.upsert_inference_service(
        InferenceService(name="other", registered_model_id=other.id), environment.id
    )
    return model.name


async def test_compare(registry, name):
    found = await registry.compare(f"{name}/1.0", await registry.get_version(name, "2.0"))
    assert str(found) == "\n".join(
        [
            f"--- {name}/1.0",
            f"+++ {name}/2.0",
            "- author: 'ann'",
            "+ author: 'bob'",
            "+ description: 'better'",
            *("- custom_properties.old: True", "- custom_properties.acc: 0.9", "+ custom_properties.acc: 1"),
            "- DataSet train",
            "  ModelArtifact a",
            "-     uri: 's3://m/1'",
            "+     uri: 's3://m/2'",
            "  Metric loss",
            "-     value: 0.3",
            "+     value: 0.2",
            "+ Parameter rate",
        ]
    )
    assert repr(found) == f"Comparison({name}/1.0 and {name}/2.0: fields 2, properties 2, artifacts 4)"
    assert not found.is_same
    told = json.loads(json.dumps(found.to_dict()))
    assert told["fields"]["changed"] == {"author": {"left": "ann", "right": "bob"}}
    assert told["fields"]["only_right"] == {"description": "better"}
    assert told["properties"] == {
        "only_left": {"old": True},
        "only_right": {},
        "changed": {"acc": {"left": 0.9, "right": 1}},
    }
    assert list(told["artifacts"]["only_right"]) == ["Parameter rate"]
    assert told["artifacts"]["changed"]["Metric loss"]["changed"] == {"value": {"left": 0.3, "right": 0.2}}
    assert "<td>custom_properties.acc</td><td>0.9</td><td>1</td>" in found._repr_html_()


async def test_what_is_the_same(registry, name):
    found = await registry.compare(f"{name}/1.0", f"{name}/1.0")
    assert found.is_same
    assert repr(found) == f"Comparison({name}/1.0 and {name}/1.0: no difference)"
    assert found.to_dict()["artifacts"] == {"only_left": {}, "only_right": {}, "changed": {}}


async def test_secrets_are_in_no_text_of_a_comparison(registry, unique):
    model = await registry.core.upsert_registered_model(RegisteredModel(f"{unique}m"))
    for number in "12":
        version = await registry.core.upsert_model_version(ModelVersion(number), model.id)
        for uri in (f"https://u:secret@h/{number}?sig=secret", f"https://u:secret@h/{number}b"):
            await registry.core.upsert_model_version_artifact(
                DocArtifact(name=f"d{uri[-1]}", uri=uri), version.id
            )
    found = await registry.compare(f"{model.name}/1", f"{model.name}/2")
    shown = await registry.lineage(model)
    for text in (str(found), found._repr_html_(), str(shown), shown._repr_html_()):
        assert "https://h/2" in text
        assert "secret" not in text


async def test_lineage(registry, name):
    found = await registry.lineage(name)
    assert found.model.name == name
    one, two = found.versions
    assert [each.version.name for each in found.versions] == ["1.0", "2.0"]
    assert [each.name for each in one.of_kind(DataSet)] == ["train"]
    assert [each.value for each in two.of_kind(Metric)] == [0.2]
    environment = one.served_by[0].environment
    assert [str(each) for each in one.served_by] == [f"{environment}/first"]
    assert [str(each) for each in two.served_by] == [f"{environment}/newest"]
    assert str(found).splitlines() == [
        name,
        "  1.0",
        *("    ModelArtifact a: 's3://m/1'", "    Metric loss: 0.3", "    DataSet train: 'd'"),
        f"    served by {environment}/first",
        "  2.0",
        *("    ModelArtifact b: 's3://m/2'", "    Metric loss: 0.2", "    Parameter rate: 1"),
        f"    served by {environment}/newest",
    ]
    assert repr(found) == f"Lineage({name}: 1.0 > 2.0)"
    told = json.loads(json.dumps(found.to_dict()))
    assert [each["kind"] for each in told["versions"][0]["artifacts"]] == [
        "ModelArtifact",
        "Metric",
        "DataSet",
    ]
    assert told["versions"][1]["served_by"][0]["environment"] == environment
    assert f"<td>{environment}/newest</td>" in found._repr_html_()


async def test_a_model_without_versions(registry, unique):
    model = await registry.core.upsert_registered_model(RegisteredModel(f"{unique}m"))
    assert repr(await registry.lineage(model)) == f"Lineage({model.name}: no versions)"


async def test_what_is_not_there(registry, unique):
    with pytest.raises(NotFoundError, match="no model"):
        await registry.lineage(f"{unique}m")
    with pytest.raises(NotFoundError, match="no model"):
        await registry.compare(f"{unique}m/1", f"{unique}m/2")
    with pytest.raises(InvalidArgumentError, match="not registered"):
        await registry.compare(ModelVersion("1"), ModelVersion("2"))


async def test_requests_are_few(sqlite_url, unique):
    with Proxy(sqlite_url) as proxy:
        async with AsyncModelRegistry(proxy.url, author="ann") as registry:
            model = await registry.core.upsert_registered_model(RegisteredModel(f"{unique}m"))
            for number in range(20):
                await registry.core.upsert_model_version(ModelVersion(f"{number}"), model.id)
            proxy.requests.clear()
            await registry.lineage(model.name)
            assert (
                len(proxy.requests) == 3 + 20
            )  # model, versions, services; and the artifacts of each version
            proxy.requests.clear()
            await registry.compare(f"{model.name}/1", f"{model.name}/2")
            assert len(proxy.requests) == 2 * 2 + 1 + 2
