"""Serving environments, inference services, and what they serve."""

import pytest

from model_registry.exceptions import DuplicateError, InvalidArgumentError, NotFoundError
from model_registry.types import (
    ExecutionState,
    InferenceService,
    InferenceServiceState,
    ModelVersion,
    Pager,
    ServeModel,
    ServingEnvironment,
)

NOBODY = "999999999"


@pytest.fixture
async def environment(client, unique):
    return await client.upsert_serving_environment(
        ServingEnvironment(f"{unique}env", external_id=f"{unique}env")
    )


@pytest.fixture
async def service(client, environment, model, version, unique):
    given = InferenceService(
        name="service",
        registered_model_id=model.id,
        model_version_id=version.id,
        runtime="mlserver",
        external_id=f"{unique}service",
    )
    return await client.upsert_inference_service(given, environment.id)


async def test_environment(client, environment, unique):
    assert await client.get_serving_environment_by_id(environment.id) == environment
    assert await client.get_serving_environment_by_params(f"{unique}env") == environment
    assert await client.get_serving_environment_by_params(external_id=f"{unique}env") == environment
    environment.description = "new"
    changed = await client.upsert_serving_environment(environment)
    assert (changed.id, changed.description) == (environment.id, "new")
    assert changed in [e async for e in Pager(client.get_serving_environments)]
    with pytest.raises(DuplicateError):
        await client.upsert_serving_environment(ServingEnvironment(f"{unique}env"))


async def test_service(client, environment, service, model, version, unique):
    assert (service.serving_environment_id, service.registered_model_id) == (environment.id, model.id)
    assert (service.runtime, service.desired_state) == ("mlserver", InferenceServiceState.DEPLOYED)
    assert await client.get_inference_service_by_id(service.id) == service
    assert await client.get_inference_service_by_params(environment.id, "service") == service
    assert await client.get_inference_service_by_params(external_id=f"{unique}service") == service
    assert await client.get_inference_services(environment.id) == [service]
    assert service in [s async for s in Pager(lambda o: client.get_inference_services(options=o))]
    assert await client.get_inference_service_model(service.id) == model
    assert await client.get_inference_service_version(service.id) == version

    service.desired_state = InferenceServiceState.UNDEPLOYED
    changed = await client.upsert_inference_service(service)
    assert (changed.id, changed.desired_state) == (service.id, InferenceServiceState.UNDEPLOYED)
    changed.runtime = "triton"
    assert (await client.upsert_inference_service(changed)).desired_state is InferenceServiceState.UNDEPLOYED


async def test_service_may_name_its_environment_itself(client, environment, model, version):
    given = InferenceService(registered_model_id=model.id, serving_environment_id=environment.id)
    made = await client.upsert_inference_service(given)
    assert made.name
    assert made.serving_environment_id == environment.id
    newest = await client.upsert_model_version(ModelVersion("2.0"), model.id)
    assert await client.get_inference_service_version(made.id) == newest


async def test_what_is_served(client, service, version):
    given = ServeModel(name="first", model_version_id=version.id, last_known_state=ExecutionState.RUNNING)
    made = await client.upsert_serve_model(given, service.id)
    assert (made.name, made.model_version_id, made.last_known_state) == (
        "first",
        version.id,
        ExecutionState.RUNNING,
    )
    assert await client.get_serve_models(service.id) == [made]
    with pytest.raises(InvalidArgumentError, match="cannot change what was served"):
        await client.upsert_serve_model(made, service.id)


async def test_what_is_not_there(client, environment, model, unique):
    assert await client.get_serving_environment_by_id(NOBODY) is None
    assert await client.get_serving_environment_by_params(f"{unique}nobody") is None
    assert await client.get_inference_service_by_id(NOBODY) is None
    assert await client.get_inference_service_by_params(environment.id, "nobody") is None
    assert await client.get_inference_service_model(NOBODY) is None
    assert await client.get_inference_service_version(NOBODY) is None
    with pytest.raises(NotFoundError):
        await client.upsert_inference_service(InferenceService(registered_model_id=model.id), NOBODY)
    with pytest.raises(NotFoundError):
        await client.upsert_serve_model(ServeModel(model_version_id="1"), NOBODY)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.upsert_serving_environment("e"), "serving_environment must be an instance of"),
        (
            lambda c: c.upsert_inference_service(InferenceService(), "1"),
            r"\.registered_model_id must be an id",
        ),
        (
            lambda c: c.upsert_inference_service(InferenceService(registered_model_id="1")),
            "serving_environment_id must be an id",
        ),
        (lambda c: c.upsert_serve_model(ServeModel(), "1"), r"serve_model\.model_version_id must be an id"),
        (lambda c: c.upsert_serve_model(ServeModel(model_version_id="1"), None), "inference_service_id"),
        (lambda c: c.get_serve_models(None), "inference_service_id must be an id"),
        (lambda c: c.get_inference_services("x"), "serving_environment_id must be an id"),
        (lambda c: c.get_inference_service_model("x"), "inference_service_id must be an id"),
    ],
)
async def test_wrong_arguments_are_refused_before_anything_is_sent(canned, canned_client, call, said):
    with pytest.raises(InvalidArgumentError, match=said):
        await call(canned_client)
    assert canned.requests == []
