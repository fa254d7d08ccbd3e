"""Registering: one call for model, version and artifacts, which can be repeated."""

from __future__ import annotations

import dataclasses
import json
import warnings

import pytest

from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    IgnoredArgumentWarning,
    InvalidArgumentError,
    NotFoundError,
    StoreError,
)
from model_registry.types import (
    DataSet,
    DocArtifact,
    Metric,
    ModelArtifact,
    Parameter,
    RegisteredModel,
)

ONNX = {"model_format_name": "onnx", "model_format_version": "1"}


async def test_model_version_and_artifact_in_one_call(registry, unique):
    done = await registry.register(
        f"{unique}m",
        "1.0",
        "s3://models/1",
        **ONNX,
        author="bob",
        description="of the version",
        properties={"auc": 0.9, "labels": ["a"]},
        external_id=f"{unique}v",
        owner="carl",
        model_description="of the model",
        model_properties={"team": "x"},
        model_external_id=f"{unique}m",
        readme="# Fraud",
        tasks=["t"],
        license="mit",
        storage_key="key",
        storage_path="path",
        service_account_name="sa",
        model_source_kind="hf",
        artifact_name="files",
        artifact_description="of the artifact",
        artifact_properties={"size": 1},
        artifact_external_id=f"{unique}a",
    )
    assert done.model == await registry.get_model(f"{unique}m")
    assert done.version == await registry.get_version(f"{unique}m", "1.0")
    model, version, artifact = done.model, done.version, done.artifact
    assert (model.owner, model.description, model.readme) == ("carl", "of the model", "# Fraud")
    assert (model.tasks, model.license, model.external_id) == (["t"], "mit", f"{unique}m")
    assert model.custom_properties == {"team": "x"}
    assert (version.author, version.description, version.external_id) == (
        "bob",
        "of the version",
        f"{unique}v",
    )
    assert version.custom_properties == {"auc": 0.9, "labels": ["a"]}
    assert version.registered_model_id == model.id
    assert (artifact.name, artifact.description, artifact.uri) == (
        "files",
        "of the artifact",
        "s3://models/1",
    )
    assert (artifact.model_format_name, artifact.model_format_version) == ("onnx", "1")
    assert (artifact.storage_key, artifact.storage_path, artifact.service_account_name) == (
        "key",
        "path",
        "sa",
    )
    assert (artifact.model_source_kind, artifact.custom_properties) == ("hf", {"size": 1})
    assert done.artifacts == (artifact,)
    assert (done.is_new, done.ignored) == (True, ())


async def test_little_is_enough(registry, unique):
    done = await registry.register(f"{unique}m", "1.0")
    assert (done.model.owner, done.version.author, done.artifact, done.artifacts) == ("ann", "ann", None, ())
    second = await registry.register(done.model, "1.1", "s3://models/1")
    assert second.model == done.model
    assert second.artifact.name == f"{unique}m"


async def test_artifacts_of_all_kinds_in_one_call(registry, unique):
    done = await registry.register(
        f"{unique}m",
        "1.0",
        "s3://models/1",
        artifacts=[
            DocArtifact(name="card", uri="https://example.org"),
            DataSet(name="train", digest="sha256:1"),
            Metric(name="auc", value=0.9),
            Parameter(name="depth", value=6),
            ModelArtifact(name="quantised", uri="s3://models/q"),
        ],
    )
    assert [type(each).__name__ for each in done.artifacts] == [
        "ModelArtifact",
        "DocArtifact",
        "DataSet",
        "Metric",
        "Parameter",
        "ModelArtifact",
    ]
    assert done.artifact.name == f"{unique}m"
    there = await registry.register(f"{unique}m", "1.0", if_exists="return")
    assert sorted(each.id for each in there.artifacts) == sorted(each.id for each in done.artifacts)
    assert there.artifact == done.artifact
    assert repr(done) == f"Registration({unique}m/1.0, s3://models/1, 5 further artifacts)"
    assert repr(there).endswith("existed already)")


async def test_a_registration_is_shown_and_sent(registry, unique):
    done = await registry.register(
        f"{unique}<m>", "1.0", "s3://models/1", artifacts=[Metric(name="auc", value=0.0)]
    )
    table = done._repr_html_()
    assert f"<tr><td>Model</td><td>{unique}&lt;m&gt;</td><td>ann</td><td>{done.model.id}</td></tr>" in table
    assert f"<tr><td>Metric</td><td>auc</td><td>0.0</td><td>{done.artifacts[1].id}</td></tr>" in table
    sent = json.loads(json.dumps(done.to_dict()))
    assert sent["model"]["name"] == f"{unique}<m>"
    assert sent["version"]["state"] == "LIVE"
    assert sent["artifact"]["uri"] == "s3://models/1"
    assert [(each["kind"], each["name"]) for each in sent["artifacts"]] == [
        ("ModelArtifact", f"{unique}<m>"),
        ("Metric", "auc"),
    ]
    assert (sent["is_new"], sent["ignored"]) == (True, [])


async def test_a_version_that_exists_is_an_error_that_names_it_and_changes_nothing(registry, unique):
    first = await registry.register(f"{unique}m", "1.0", "s3://models/1")
    with pytest.raises(DuplicateError, match=rf"'1\.0' of model '{unique}m' already exists") as caught:
        await registry.register(f"{unique}m", "1.0", "s3://models/2", owner="bob")
    assert caught.value.status == 409
    assert await registry.register(f"{unique}m", "1.0", if_exists="return") == replaced(first)


async def test_return_gives_what_is_there_and_says_what_had_no_effect(registry, unique):
    first = await registry.register(
        f"{unique}m", "1.0", "s3://models/1", properties={"a": 1}, artifacts=[Metric(name="auc", value=0.9)]
    )
    same = await registry.register(f"{unique}m", "1.0", "s3://models/1", owner="ann", if_exists="return")
    assert same == replaced(first)
    with pytest.warns(IgnoredArgumentWarning, match=r"model_description, .*uri.* had no effect"):
        other = await registry.register(
            f"{unique}m",
            "1.0",
            "s3://models/2",
            model_description="x",
            properties={"a": 2},
            artifacts=[Metric(name="auc", value=0.8), Metric(name="f1", value=0.8)],
            if_exists="return",
        )
    assert other.ignored == ("model_description", "properties", "uri", "artifacts")
    assert other == replaced(first, ignored=other.ignored)
    half = await registry.register(f"{unique}n", "1.0")
    assert await registry.register(f"{unique}n", "1.0", "s3://models/1", if_exists="return") == replaced(half)


async def test_resume_completes_what_is_missing(registry, unique):
    first = await registry.register(f"{unique}m", "1.0", properties={"a": 1})
    arguments = {
        "model_format_name": "onnx",
        "description": "Text",
        "properties": {"a": 1, "b": 2},
        "artifacts": [DocArtifact(name="card", uri="https://example.org"), Metric(name="auc", value=0.9)],
        "if_exists": "resume",
    }
    done = await registry.register(f"{unique}m", "1.0", "s3://models/1", **arguments)
    assert not done.is_new
    assert done.version.id == first.version.id
    assert (done.version.description, done.version.custom_properties) == ("Text", {"a": 1, "b": 2})
    assert [each.name for each in done.artifacts] == [f"{unique}m", "card", "auc"]
    again = await registry.register(f"{unique}m", "1.0", "s3://models/1", **arguments)
    assert again.version == done.version
    assert sorted(each.id for each in again.artifacts) == sorted(each.id for each in done.artifacts)
    more = await registry.register(f"{unique}m", "1.0", model_format_version="1", if_exists="resume")
    assert (more.artifact.id, more.artifact.model_format_version) == (done.artifact.id, "1")


async def test_resume_refuses_what_contradicts_and_shows_both_sides(registry, unique):
    first = await registry.register(
        f"{unique}m", "1.0", "s3://models/1", properties={"a": 1}, artifacts=[Metric(name="auc", value=0.9)]
    )
    with pytest.raises(ConflictError) as caught:
        await registry.register(
            f"{unique}m",
            "1.0",
            "s3://models/2",
            author="bob",
            description="would be completed",
            properties={"a": True},
            artifacts=[Metric(name="auc", value=0.8)],
            if_exists="resume",
        )
    text = str(caught.value)
    assert "author of ModelVersion '1.0' is 'ann' in the registry, but 'bob' was given" in text
    assert "custom_properties['a'] of ModelVersion '1.0' is 1 in the registry, but True was given" in text
    assert (
        f"uri of ModelArtifact '{unique}m' is 's3://models/1' in the registry, but 's3://models/2' was given"
        in text
    )
    assert "value of Metric 'auc' is 0.9 in the registry, but 0.8 was given" in text
    there = await registry.register(f"{unique}m", "1.0", if_exists="return")
    assert there.version == first.version
    assert sorted(each.id for each in there.artifacts) == sorted(each.id for each in first.artifacts)


async def test_arguments_without_effect_on_an_existing_model_are_told(registry, unique):
    await registry.register(f"{unique}m", "1.0", model_properties={"a": 1, "b": 2}, tasks=["t"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = await registry.register(
            f"{unique}m", "1.1", owner="ann", model_properties={"a": 1}, tasks=["t"]
        )
    assert same.ignored == ()
    with pytest.warns(IgnoredArgumentWarning, match="owner, license, model_properties had no effect"):
        done = await registry.register(
            f"{unique}m", "1.2", owner="bob", model_properties={"a": 2}, license="mit", author="bob"
        )
    assert done.ignored == ("owner", "license", "model_properties")
    assert done.model == same.model
    assert done.version.author == "bob"


async def test_external_ids_that_are_taken_are_told_as_such(registry, unique):
    await registry.register(f"{unique}m", "1.0", external_id=f"{unique}x", artifact_external_id=f"{unique}x")
    with pytest.raises(DuplicateError, match=f"model '{unique}n'.*external id '{unique}x'"):
        await registry.register(f"{unique}n", "1.0", model_external_id=f"{unique}x")
    assert await registry.find_model(f"{unique}n") is None
    with pytest.raises(DuplicateError, match=r"version '1\.1'.*external id"):
        await registry.register(f"{unique}m", "1.1", external_id=f"{unique}x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": ""}, "invalid argument: name: "),
        ({"name": 5}, "invalid argument: name: "),
        ({"version": ""}, "invalid argument: version: "),
        ({"owner": 5}, "invalid argument: owner: .*got 5"),
        ({"artifact_description": 5}, "invalid argument: artifact_description: "),
        (
            {"metadata": {}, "metric": {}, "tag": []},
            "'metadata'.*'properties'.*'metric'.*'metrics'.*'tags'",
        ),
        ({"version": 1.0}, "version must be a text"),
        ({"properties": {"a": object()}}, "'a'"),
        ({"uri": "\ud800"}, "uri"),
        ({"uri": 1}, "uri"),
        ({"if_exists": "ignore"}, "if_exists must be one of error, return, resume"),
        ({"discription": "x"}, "no argument 'discription'.*did you mean 'description'"),
        ({"artifacts": DocArtifact(name="d")}, "artifacts must be a list"),
        ({"artifacts": ["d"]}, r"artifacts\[0\]"),
        ({"artifacts": [DocArtifact()]}, "needs a name"),
        ({"artifacts": [DocArtifact(name="d", id="1")]}, "has the id '1'"),
        ({"artifacts": [DocArtifact(name="d"), DocArtifact(name="d")]}, "two artifacts"),
        ({"name": RegisteredModel("m")}, "is not registered"),
        ({"name": RegisteredModel("m", id="999999999")}, "another registry"),
    ],
)
async def test_wrong_arguments_are_refused_before_anything_is_sent(registry, unique, arguments, message):
    with pytest.raises(StoreError, match=message) as caught:
        await registry.register(**{"name": f"{unique}m", "version": "1.0", **arguments})
    assert "Traceback" not in str(caught.value)
    assert await registry.find_model(f"{unique}m") is None


async def test_a_model_of_another_registry_is_refused(registry, unique):
    model = (await registry.register(f"{unique}m", "1.0")).model
    with pytest.raises(InvalidArgumentError, match="another registry"):
        await registry.register(RegisteredModel(f"{unique}other", id=model.id), "1.0")


async def test_the_plan_of_a_registration(registry, unique):
    async with registry.dry_run() as trial:
        await trial.register(f"{unique}m", "1.0", "s3://models/1", artifacts=[Metric(name="auc", value=0.9)])
    assert str(trial.plan) == (
        f"+ RegisteredModel {unique}m\n"
        "+     owner: 'ann'\n"
        f"+ ModelVersion {unique}m/1.0\n"
        "+     author: 'ann'\n"
        f"+ ModelArtifact {unique}m/1.0/{unique}m\n"
        "+     uri: 's3://models/1'\n"
        f"+ Metric {unique}m/1.0/auc\n"
        "+     value: 0.9"
    )
    assert await registry.find_model(f"{unique}m") is None
    await registry.register(f"{unique}m", "1.0", "s3://models/1")
    async with registry.dry_run() as trial:
        with pytest.raises(DuplicateError):
            await trial.register(f"{unique}m", "1.0")
        await trial.register(f"{unique}m", "1.0", if_exists="return")
        assert not trial.plan
        await trial.register(f"{unique}m", "1.0", model_format_name="onnx", if_exists="resume")
    assert str(trial.plan) == f"~ ModelArtifact {unique}m\n+     model_format_name: 'onnx'"


async def test_the_former_verb(registry, unique):
    arguments = {"version": "1.0", **ONNX}
    model = await registry.register_model(
        f"{unique}m",
        "s3://models/1",
        **arguments,
        storage_key="key",
        description="D",
        metadata={"a": 1},
        owner="bob",
    )
    assert isinstance(model, RegisteredModel)
    assert (model.name, model.owner) == (f"{unique}m", "bob")
    version = await registry.get_model_version(f"{unique}m", "1.0")
    assert (version.description, version.custom_properties, version.author) == ("D", {"a": 1}, "ann")
    assert (await registry.get_model_artifact(f"{unique}m", "1.0")).storage_key == "key"
    with pytest.raises(StoreError, match="already"):
        await registry.register_model(f"{unique}m", "s3://models/1", **arguments)
    arguments["version"] = "1.1"
    assert await registry.register_model(f"{unique}m", "s3://models/1", **arguments, owner="carl") == model


def replaced(registration, **values):
    """The same registration, as another call gives it."""
    return dataclasses.replace(registration, **{"is_new": False, **values})


async def test_15_15_the_artifact_of_a_registration_is_returned_or_raises(registry, unique):
    done = await registry.register(f"{unique}m", "1", "s3://models/m")
    assert done.get_artifact() is done.artifact
    done = await registry.register(f"{unique}m", "2")
    with pytest.raises(NotFoundError, match=r"m/2 has no artifact for the model's files"):
        done.get_artifact()
