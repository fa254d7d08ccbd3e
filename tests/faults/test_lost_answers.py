"""Every write whose answer is lost: the caller gets what was written, and it was written once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import DuplicateError, RegistryConnectionError, ServerError
from model_registry.types import (
    DataSet,
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    Parameter,
    RegisteredModel,
    ServeModel,
    ServingEnvironment,
)
from tests.support.backends import Server
from tests.support.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from tests.support.servers import Received

    Write = Callable[[ModelRegistryAPIClient, "Parents"], Awaitable[Any]]

NUMBERS = itertools.count()


class Parents:
    """What things are registered under."""

    model: RegisteredModel
    version: ModelVersion
    artifact: ModelArtifact
    environment: ServingEnvironment
    service: InferenceService


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(f"sqlite:///{tmp_path_factory.mktemp('faults') / 'registry.db'}")
    yield server.url
    server.stop()


@pytest.fixture
async def parents(server: str) -> Parents:
    made = Parents()
    async with ModelRegistryAPIClient.connect(server) as client:
        number = next(NUMBERS)
        made.model = await client.upsert_registered_model(RegisteredModel(f"parent-{number}"))
        made.version = await client.upsert_model_version(ModelVersion("1"), made.model.id)
        made.artifact = await client.upsert_model_artifact(ModelArtifact(name="files"), made.version.id)
        made.environment = await client.upsert_serving_environment(ServingEnvironment(f"env-{number}"))
        service = InferenceService(name="service", registered_model_id=made.model.id)
        made.service = await client.upsert_inference_service(service, made.environment.id)
    return made


class FirstWrite:
    """A fault for the first write, and none for anything else."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._happened = False

    def __call__(self, request: Received) -> Fault:
        if request.method == "GET" or self._happened:
            return Fault.NONE
        self._happened = True
        return self._fault


@pytest.fixture
async def broken(server: str, fault: Fault) -> AsyncIterator[tuple[ModelRegistryAPIClient, FaultProxy]]:
    with FaultProxy(server, FirstWrite(fault)) as proxy:
        async with ModelRegistryAPIClient.connect(proxy.url) as client:
            yield client, proxy


def changed(thing: Any) -> Any:
    """A copy that says something else."""
    return thing.model_copy(update={"description": "changed"})


WRITES: dict[str, Write] = {
    "model": lambda c, p: c.upsert_registered_model(RegisteredModel(f"new-{p.model.name}", tasks=["a"])),
    "version": lambda c, p: c.upsert_model_version(
        ModelVersion("2", custom_properties={"cfg": {"a": [1]}, "n": 2**40, "x": 1.0}), p.model.id
    ),
    "version by its own field": lambda c, p: c.upsert_model_version(
        ModelVersion("2", registered_model_id=p.model.id)
    ),
    "artifact": lambda c, p: c.upsert_model_artifact(ModelArtifact(uri="s3://a"), p.version.id),
    "document": lambda c, p: c.upsert_model_version_artifact(DocArtifact(name="it's %_"), p.version.id),
    "data set": lambda c, p: c.upsert_model_version_artifact(DataSet(name="d"), p.version.id),
    "metric": lambda c, p: c.upsert_model_version_artifact(Metric(name="m", value=1, step=3), p.version.id),
    "parameter": lambda c, p: c.upsert_model_version_artifact(Parameter(name="p", value=False), p.version.id),
    "stand-alone artifact": lambda c, p: c.upsert_model_artifact(ModelArtifact(name=p.model.name)),
    "stand-alone data set": lambda c, p: c.upsert_artifact(DataSet(name=p.model.name)),
    "environment": lambda c, p: c.upsert_serving_environment(ServingEnvironment(f"new-{p.model.name}")),
    "service": lambda c, p: c.upsert_inference_service(
        InferenceService(registered_model_id=p.model.id), p.environment.id
    ),
    "service by its own field": lambda c, p: c.upsert_inference_service(
        InferenceService(registered_model_id=p.model.id, serving_environment_id=p.environment.id)
    ),
    "served model": lambda c, p: c.upsert_serve_model(
        ServeModel(model_version_id=p.version.id), p.service.id
    ),
    "change of model": lambda c, p: c.upsert_registered_model(changed(p.model)),
    "change of version": lambda c, p: c.upsert_model_version(changed(p.version)),
    "change of artifact": lambda c, p: c.upsert_model_artifact(changed(p.artifact)),
    "change of any artifact": lambda c, p: c.upsert_artifact(changed(p.artifact)),
    "change under version": lambda c, p: c.upsert_model_version_artifact(changed(p.artifact), p.version.id),
    "change of environment": lambda c, p: c.upsert_serving_environment(changed(p.environment)),
    "change of service": lambda c, p: c.upsert_inference_service(changed(p.service)),
}


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.TRUNCATED, Fault.BAD_GATEWAY])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_a_write_that_landed_is_not_repeated(
    broken: tuple[ModelRegistryAPIClient, FaultProxy], parents: Parents, write: Write
) -> None:
    client, proxy = broken
    written = await write(client, parents)
    assert written.id
    assert sum(request.method != "GET" for request in proxy.requests) == 1


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.UNAVAILABLE, Fault.TOO_MANY])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_a_write_that_did_not_land_is_repeated_once(
    broken: tuple[ModelRegistryAPIClient, FaultProxy], parents: Parents, write: Write
) -> None:
    client, proxy = broken
    written = await write(client, parents)
    assert written.id
    assert sum(request.method != "GET" for request in proxy.requests) == 2


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE])
async def test_a_name_that_another_took_is_still_a_conflict(
    broken: tuple[ModelRegistryAPIClient, FaultProxy], parents: Parents
) -> None:
    client, _ = broken
    with pytest.raises(DuplicateError):
        await client.upsert_registered_model(RegisteredModel(parents.model.name, owner="somebody else"))


async def test_a_write_that_cannot_be_looked_up_says_so(server: str) -> None:
    """With the generated client, which makes no names up."""
    import mr_openapi

    with FaultProxy(server, FirstWrite(Fault.RESET_AFTER)) as proxy:
        async with ModelRegistryAPIClient.connect(proxy.url) as client, client.get_client() as api:
            with pytest.raises(RegistryConnectionError, match="may have been processed"):
                await api.create_model_artifact(mr_openapi.ModelArtifactCreate(uri="s3://a"))
            assert len(proxy.requests) == 1


async def test_reads_give_up_after_three_further_attempts(server: str) -> None:
    with FaultProxy(server, lambda _: Fault.UNAVAILABLE) as proxy:
        async with ModelRegistryAPIClient.connect(proxy.url) as client:
            with pytest.raises(ServerError, match="busy"):
                await client.get_registered_models()
    assert len(proxy.requests) == 4
