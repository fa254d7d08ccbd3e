"""Serving: environments, services, and what they serve and served."""

from __future__ import annotations

import pytest

from model_registry.exceptions import DuplicateError, InvalidArgumentError, NotFoundError
from model_registry.types import (
    ExecutionState,
    InferenceService,
    InferenceServiceState,
    ModelVersion,
    RegisteredModel,
    ServingEnvironment,
)


async def served(registry, unique, version="1.0"):
    """A model with a version, an environment and a service."""
    done = await registry.register(f"{unique}m", version)
    place = await registry.register_environment(f"{unique}e")
    return done, place, await registry.register_service(f"{unique}s", environment=place, model=done.model)


async def names_of(pager):
    """Walk through a pager of either client."""
    try:
        return [each.name for each in pager]
    except InvalidArgumentError:
        return [each.name async for each in pager]


async def test_environments_are_registered_and_found(registry, unique):
    made = await registry.register_environment(
        f"{unique}e", description="D", properties={"region": "eu"}, external_id=f"{unique}x"
    )
    assert (made.description, made.custom_properties, made.external_id) == (
        "D",
        {"region": "eu"},
        f"{unique}x",
    )
    assert await registry.get_environment(f"{unique}e") == made
    assert await registry.get_environment(id=made.id) == made
    assert await registry.find_environment(external_id=f"{unique}x") == made
    assert await registry.find_environment(f"{unique}other") is None
    with pytest.raises(NotFoundError, match=f"no serving environment with name '{unique}other'"):
        await registry.get_environment(f"{unique}other")
    with pytest.raises(DuplicateError, match=f"ServingEnvironment '{unique}e' already exists"):
        await registry.register_environment(f"{unique}e")
    assert await registry.register_environment(f"{unique}e", if_exists="return") == made
    with pytest.raises(DuplicateError, match=f"the external id '{unique}x' already exists"):
        await registry.register_environment(f"{unique}f", external_id=f"{unique}x", if_exists="return")
    assert f"{unique}e" in await names_of(registry.list_environments().page_size(1000))


async def test_services_are_registered_and_found(registry, unique):
    done, place, made = await served(registry, unique)
    assert (made.registered_model_id, made.serving_environment_id) == (done.model.id, place.id)
    assert (made.model_version_id, made.desired_state) == (None, InferenceServiceState.DEPLOYED)
    named = await registry.register_service(
        f"{unique}t",
        environment=f"{unique}e",
        model=f"{unique}m",
        version="1.0",
        runtime="mlserver",
        desired_state="UNDEPLOYED",
        description="D",
        properties={"team": "x"},
        external_id=f"{unique}x",
    )
    assert (named.model_version_id, named.runtime, named.description) == (done.version.id, "mlserver", "D")
    assert (named.desired_state, named.custom_properties) == (
        InferenceServiceState.UNDEPLOYED,
        {"team": "x"},
    )
    assert await registry.get_service(f"{unique}t", environment=f"{unique}e") == named
    assert await registry.get_service(f"{unique}t", environment=place) == named
    assert await registry.get_service(id=named.id) == named
    assert await registry.find_service(external_id=f"{unique}x") == named
    assert await registry.find_service(f"{unique}t", environment=f"{unique}other") is None
    assert await registry.find_service(f"{unique}other", environment=place) is None
    with pytest.raises(NotFoundError, match=f"no inference service with name '{unique}o'"):
        await registry.get_service(f"{unique}o", environment=place)
    with pytest.raises(DuplicateError, match="already"):
        await registry.register_service(f"{unique}t", environment=place, model=done.model)
    again = await registry.register_service(
        f"{unique}t", environment=place, model=done.model, if_exists="return"
    )
    assert again == named


async def test_lists_of_services_and_records(registry, unique):
    _, place, service = await served(registry, unique)
    assert await names_of(registry.list_services(f"{unique}e")) == [f"{unique}s"]
    assert await names_of(registry.list_services(place)) == [f"{unique}s"]
    assert f"{unique}s" in await names_of(registry.list_services().page_size(1000))
    for number in range(3):
        await registry.record_serving(service, name=f"{unique}{number}")
    expected = [f"{unique}{number}" for number in range(3)]
    assert await names_of(registry.list_serve_models(service)) == expected
    by_name = registry.list_serve_models(f"{unique}s", environment=place).page_size(2)
    assert await names_of(by_name) == expected
    with pytest.raises(NotFoundError):
        await names_of(registry.list_services(f"{unique}other"))
    with pytest.raises(NotFoundError):
        await names_of(registry.list_serve_models(f"{unique}other", environment=place))


async def test_what_a_service_serves(registry, unique):
    done, place, service = await served(registry, unique)
    assert await registry.get_service_model(service) == done.model
    assert await registry.get_service_version(service) == done.version
    newer = await registry.register(done.model, "1.1")
    assert await registry.get_service_version(f"{unique}s", environment=f"{unique}e") == newer.version
    record = await registry.record_serving(
        service, "1.0", "FAILED", name="first", description="D", properties={"node": 1}
    )
    assert (record.model_version_id, record.last_known_state) == (done.version.id, ExecutionState.FAILED)
    assert (record.description, record.custom_properties) == ("D", {"node": 1})
    current = await registry.record_serving(f"{unique}s", environment=place)
    assert (current.model_version_id, current.last_known_state) == (newer.version.id, ExecutionState.RUNNING)
    by_object = await registry.record_serving(service, done.version, ExecutionState.COMPLETE)
    assert by_object.model_version_id == done.version.id
    empty = await registry.register_service(
        f"{unique}n",
        environment=place,
        model=await registry.core.upsert_registered_model(RegisteredModel(f"{unique}n")),
    )
    with pytest.raises(NotFoundError, match="no version"):
        await registry.get_service_version(empty)


async def test_wrong_arguments_are_refused_before_anything_is_written(registry, unique):
    done, place, service = await served(registry, unique)
    other = await registry.register(f"{unique}other", "9.0")
    here = {"environment": place, "model": done.model}
    for arguments, kind, message in [
        ({"environment": f"{unique}x"}, NotFoundError, "no serving environment"),
        ({"environment": ServingEnvironment(f"{unique}e")}, InvalidArgumentError, "not registered"),
        ({"environment": ServingEnvironment(f"{unique}x", id=place.id)}, InvalidArgumentError, "another"),
        ({"environment": done.model}, InvalidArgumentError, "environment must be an instance"),
        ({"model": f"{unique}x"}, NotFoundError, "no model"),
        ({"model": place}, InvalidArgumentError, "a model or its name is needed"),
        ({"model": RegisteredModel(f"{unique}x", id=done.model.id)}, InvalidArgumentError, "another"),
        ({"version": "7.0"}, NotFoundError, r"version '7\.0'"),
        ({"version": other.version}, InvalidArgumentError, "is not one of model"),
        ({"version": ModelVersion("8.0", id=done.version.id)}, InvalidArgumentError, "another"),
        ({"desired_state": "GONE"}, InvalidArgumentError, "desired_state"),
        ({"if_exists": "resume"}, InvalidArgumentError, "if_exists"),
        ({"properties": {"a": object()}}, Exception, "'a'"),
    ]:
        with pytest.raises(kind, match=message):
            await registry.register_service(f"{unique}new", **{**here, **arguments})
    for arguments, kind, message in [
        ({"service": f"{unique}s"}, InvalidArgumentError, "needs its environment"),
        ({"service": service, "environment": place}, InvalidArgumentError, "goes with the name"),
        ({"service": InferenceService(name="x", id=service.id)}, InvalidArgumentError, "another"),
        ({"service": service, "version": "9.0"}, NotFoundError, r"version '9\.0'"),
        ({"service": service, "state": "LOST"}, InvalidArgumentError, "last_known_state"),
    ]:
        with pytest.raises(kind, match=message):
            await registry.record_serving(**arguments)
    with pytest.raises(InvalidArgumentError, match="give one of name, id, external_id"):
        await registry.get_service()
    assert await names_of(registry.list_services(place)) == [f"{unique}s"]
    assert await names_of(registry.list_serve_models(service)) == []


async def test_plans(registry, unique):
    done, place, service = await served(registry, unique)
    async with registry.dry_run() as trial:
        await trial.register_environment(f"{unique}f", description="D")
        await trial.register_service(f"{unique}t", environment=place, model=done.model, runtime="mlserver")
        await trial.record_serving(service, "1.0", name="first")
    assert str(trial.plan) == (
        f"+ ServingEnvironment {unique}f\n+     description: 'D'\n"
        f"+ InferenceService {unique}e/{unique}t\n"
        f"+     registered_model_id: '{done.model.id}'\n"
        "+     runtime: 'mlserver'\n"
        f"+ ServeModel {unique}e/{unique}s/first\n"
        f"+     model_version_id: '{done.version.id}'\n"
        "+     last_known_state: 'RUNNING'"
    )
    assert await registry.find_environment(f"{unique}f") is None
    assert await registry.find_service(f"{unique}t", environment=place) is None
