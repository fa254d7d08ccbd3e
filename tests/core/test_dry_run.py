"""A dry run returns what the registry would return, and writes nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import DuplicateError, InvalidRequestError, NotFoundError, StoreError
from model_registry.types import (
    DataSet,
    DocArtifact,
    InferenceService,
    ListOptions,
    Metric,
    ModelArtifact,
    ModelVersion,
    ModelVersionState,
    Parameter,
    RegisteredModel,
    ServeModel,
    ServingEnvironment,
    Values,
    limits,
)
from tests.support.script import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def registering(do: Script, model: RegisteredModel, version: ModelVersion, unique: str) -> None:
    client = do.client
    await do(client.upsert_registered_model(RegisteredModel(model.name)))
    await do(
        client.upsert_registered_model(RegisteredModel(f"{unique}a", external_id=f"{unique}x", owner="bob"))
    )
    await do(client.upsert_registered_model(RegisteredModel(f"{unique}a")))
    await do(client.upsert_registered_model(RegisteredModel(f"{unique}b", external_id=f"{unique}x")))
    made = await do(client.get_registered_model_by_params(f"{unique}a"))
    await do(client.get_registered_model_by_id(made.id))
    await do(client.get_registered_model_by_params(external_id=f"{unique}x"))
    await do(client.get_registered_model_by_params(f"{unique}nobody"))
    await do(client.get_model_versions(made.id))
    await do(client.upsert_model_version(ModelVersion("1.0"), model.id))
    for parent in (made, model):
        await do(client.upsert_model_version(ModelVersion("2.0", author="bob"), parent.id))
        await do(client.upsert_model_version(ModelVersion("2.0"), parent.id))
        await do(client.upsert_model_version(ModelVersion("2.1", external_id=f"{unique}x"), parent.id))
        await do(client.get_model_version_by_params(parent.id, "2.0"))
        await do(client.get_model_versions(parent.id))
    await do(client.upsert_model_version(ModelVersion("1.0"), "899999999"))


async def artifacts(do: Script, model: RegisteredModel, version: ModelVersion, unique: str) -> None:
    client = do.client
    new = await do(client.upsert_model_version(ModelVersion("2.0"), model.id))
    for parent in (version, new):
        for each in (
            ModelArtifact(name="m", uri="s3://m", external_id=f"{unique}{parent.name}"),
            ModelArtifact(name="m"),
            DocArtifact(name="m", external_id=f"{unique}{parent.name}"),
            DocArtifact(name="m", uri="s3://d"),
            DataSet(name="m", digest="sha256:1"),
            DataSet(name="m"),
            Metric(name="m", value=1.0, custom_properties={"a": 1}),
            Metric(name="m", value=2.0),
            Parameter(name="m", value=True),
            Parameter(name="m", value={"a": 1}),
        ):
            await do(client.upsert_model_version_artifact(each, parent.id))
        await do(client.get_model_version_artifacts(parent.id))
        await do(client.get_model_version_artifacts(parent.id, ListOptions.artifact_type("metric")))
        await do(client.get_model_artifacts(parent.id))
        await do(client.get_model_artifact_by_params("m", parent.id))
        await do(client.get_model_artifact_by_params("n", parent.id))
    found = await do(client.get_model_artifact_by_params("m", version.id))
    found.model_format_name = "onnx"
    await do(client.upsert_model_artifact(found))
    await do(client.upsert_model_version_artifact(found, new.id))
    await do(client.get_model_artifact_by_id(found.id))
    await do(client.upsert_model_artifact(ModelArtifact(name="m")))
    await do(client.upsert_artifact(ModelArtifact(name="m", uri="s3://m")))
    await do(client.upsert_artifact(DataSet(name="m", external_id=f"{unique}2.0")))


async def changing(do: Script, model: RegisteredModel, version: ModelVersion, unique: str) -> None:
    client = do.client
    made = await do(client.upsert_registered_model(RegisteredModel(f"{unique}a", external_id=f"{unique}x")))
    made.owner = "eve"
    await do(client.upsert_registered_model(made))
    await do(client.get_registered_model_by_id(made.id))
    model.description = "new"
    model.custom_properties = {"a": 1, "s": {"x": [1]}}
    changed = await do(client.upsert_registered_model(model))
    await do(client.get_registered_model_by_params(model.name))
    changed.external_id = f"{unique}x"
    await do(client.upsert_registered_model(changed))
    changed.external_id = f"{unique}y"
    await do(client.upsert_registered_model(changed))
    await do(client.get_registered_model_by_params(external_id=f"{unique}y"))
    version.state = ModelVersionState.ARCHIVED
    await do(client.upsert_model_version(version))
    await do(client.get_model_versions(model.id))
    await do(client.upsert_registered_model(RegisteredModel(name="x", id="899999999", owner="eve")))


async def serving(do: Script, model: RegisteredModel, version: ModelVersion, unique: str) -> None:
    client = do.client
    new = await do(client.upsert_registered_model(RegisteredModel(f"{unique}a")))
    place = await do(client.upsert_serving_environment(ServingEnvironment(f"{unique}e")))
    await do(client.upsert_serving_environment(ServingEnvironment(f"{unique}e")))
    await do(client.get_serving_environment_by_params(f"{unique}e"))
    for each in (model, new):
        given = InferenceService(name=each.name, registered_model_id=each.id)
        service = await do(client.upsert_inference_service(given, place.id))
        await do(client.upsert_inference_service(given, place.id))
        await do(client.get_inference_service_by_params(place.id, each.name))
        await do(client.get_inference_service_model(service.id))
        await do(client.get_inference_service_version(service.id))
        later = await do(client.upsert_model_version(ModelVersion("3.0"), each.id))
        await do(client.get_inference_service_version(service.id))
        service.model_version_id = version.id
        await do(client.upsert_inference_service(service))
        await do(client.get_inference_service_version(service.id))
        await do(client.upsert_serve_model(ServeModel(name="s", model_version_id=later.id), service.id))
        await do(client.upsert_serve_model(ServeModel(name="s", model_version_id=later.id), service.id))
        await do(client.get_serve_models(service.id))
    await do(client.get_inference_services(place.id))
    wrong = InferenceService(name="w", registered_model_id="899999999")
    await do(client.upsert_inference_service(wrong, place.id))


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(registering, marks=pytest.mark.deviation(15)),
        pytest.param(artifacts, marks=pytest.mark.deviation(24)),
        changing,
        pytest.param(serving, marks=pytest.mark.deviation(15)),
    ],
)
async def test_a_dry_run_returns_what_the_registry_returns(
    client: ModelRegistryAPIClient, unique: str, script: Callable[..., Awaitable[None]]
) -> None:
    before = await everything(client)
    model = await client.upsert_registered_model(RegisteredModel(f"{unique}model", owner="ann"))
    version = await client.upsert_model_version(ModelVersion("1.0", author="ann"), model.id)
    async with client.dry_run() as trial:
        planned = Script(trial)
        await script(planned, model.model_copy(), version.model_copy(), unique)
    assert len(await everything(client)) == len(before) + 2
    assert len(trial.plan) > 2
    real = Script(client)
    await script(real, model, version, unique)
    assert planned.notes == real.notes


async def everything(client: ModelRegistryAPIClient) -> list[object]:
    options = ListOptions(limit=1000)
    return [
        *await client.get_registered_models(options),
        *await client.get_model_versions(options=options),
        *await client.get_artifacts(options=options),
        *await client.get_serving_environments(options),
        *await client.get_inference_services(options=options),
    ]


async def test_a_plan_tells_what_differs(client, model, version):
    async with client.dry_run() as trial:
        model.owner = "ann"
        await trial.upsert_registered_model(model)
        assert not trial.plan
        model.owner = "bob"
        model.custom_properties = {"a": 1}
        changed = await trial.upsert_registered_model(model)
        assert trial.plan[0].fields == {
            "owner": Values("ann", "bob"),
            "custom_properties": Values({}, {"a": 1}),
        }
        changed.custom_properties = {"a": 1.0}
        await trial.upsert_registered_model(changed)
        assert str(trial.plan) == (
            f"~ RegisteredModel {model.name}\n"
            "-     owner: 'ann'\n"
            "+     owner: 'bob'\n"
            "+     custom_properties.a: 1.0"
        )
        changed.owner = "ann"
        changed.custom_properties = {}
        await trial.upsert_registered_model(changed)
        assert trial.plan.to_dict() == {"changes": []}
        new = await trial.upsert_model_version(ModelVersion("2.0", author="bob"), model.id)
        await trial.upsert_model_version_artifact(ModelArtifact(name="m", uri="s3://m"), new.id)
    assert [change.to_dict() for change in trial.plan] == [
        {
            "verb": "create",
            "kind": "ModelVersion",
            "name": "2.0",
            "parent": model.name,
            "fields": {"author": {"before": None, "after": "bob"}},
        },
        {
            "verb": "create",
            "kind": "ModelArtifact",
            "name": "m",
            "parent": f"{model.name}/2.0",
            "fields": {"uri": {"before": None, "after": "s3://m"}},
        },
    ]
    assert repr(trial.plan) == (
        f"Plan(create ModelVersion {model.name}/2.0, create ModelArtifact {model.name}/2.0/m)"
    )


async def test_ids_of_new_things_are_told_as_what_they_stand_for(client, unique):
    async with client.dry_run() as trial:
        model = await trial.upsert_registered_model(RegisteredModel(f"{unique}a"))
        place = await trial.upsert_serving_environment(ServingEnvironment(f"{unique}e"))
        await trial.upsert_inference_service(
            InferenceService(name="s", registered_model_id=model.id), place.id
        )
    service = trial.plan[2]
    assert service.path == f"{unique}e/s"
    assert service.fields == {"registered_model_id": Values(None, f"<id of {unique}a>")}


async def test_a_dry_run_that_is_closed_refuses_calls(client):
    async with client.dry_run() as trial:
        pass
    with pytest.raises(StoreError, match="is closed"):
        await trial.get_registered_models()
    assert await client.get_registered_models() is not None


async def test_refusals_say_what_would_be_refused(client, model, unique):
    async with client.dry_run() as trial:
        with pytest.raises(
            DuplicateError, match="would refuse this write: RegisteredModel with name"
        ) as taken:
            await trial.upsert_registered_model(RegisteredModel(model.name))
        with pytest.raises(InvalidRequestError, match="bytes, and a registry accepts at most") as too_long:
            await trial.upsert_registered_model(RegisteredModel(f"{unique}n", readme="x" * limits.MAX_BODY))
        assert (taken.value.status, too_long.value.status) == (409, 413)
        new = await trial.upsert_registered_model(RegisteredModel(f"{unique}n"))
        with pytest.raises(NotFoundError, match="would not find this: there is no model version with"):
            await trial.api.find_model_version(name="1.0", parent_resource_id=new.id)
    assert len(trial.plan) == 1


async def test_a_dry_run_of_a_closed_client_is_refused():
    async with ModelRegistryAPIClient.local() as client:
        trial = client.dry_run()
        await trial.get_registered_models()
    with pytest.raises(StoreError, match="is closed"):
        await trial.get_registered_models()


async def test_no_made_up_id_is_in_the_plan(client, model, version):
    artifact = await client.upsert_model_version_artifact(ModelArtifact(name="m", uri="s3://m"), version.id)
    async with client.dry_run() as trial:
        new = await trial.upsert_model_version(ModelVersion("2.0"), model.id)
        await trial.upsert_model_version_artifact(artifact, new.id)
    assert [each.fields for each in trial.plan][1:] == [
        {"model_version_id": Values(None, f"<id of {model.name}/2.0>")}
    ]
    assert new.id not in trial.plan.to_json()


async def test_names_are_taken_once_by_calls_at_the_same_time(client, unique):
    async with client.dry_run() as trial:
        results = await asyncio.gather(
            *(trial.upsert_registered_model(RegisteredModel(f"{unique}n")) for _ in range(5)),
            return_exceptions=True,
        )
    assert sorted(type(each).__name__ for each in results) == ["DuplicateError"] * 4 + ["RegisteredModel"]
    assert len(trial.plan) == 1
