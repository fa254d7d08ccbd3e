"""The traps of the reference server, by their numbers: what the client does where the server is odd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry import AsyncModelRegistry, ModelRegistryAPIClient
from model_registry.exceptions import NotFoundError, ServerError
from model_registry.types import (
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    RegisteredModel,
    ServingEnvironment,
)
from tests.support.clients import connect
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.foreign_server import ForeignServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.servers import Proxy


@pytest.fixture
def foreign() -> Iterator[ForeignServer]:
    """A registry of another make."""
    with ForeignServer() as server:
        yield server


@pytest.fixture
async def core(foreign: ForeignServer) -> AsyncIterator[ModelRegistryAPIClient]:
    """A client of it."""
    async with connect(foreign.url) as client:
        yield client


@pytest.fixture
async def registry(foreign: ForeignServer) -> AsyncIterator[AsyncModelRegistry]:
    """The client in verbs of it."""
    async with AsyncModelRegistry(foreign.url, author="ann") as client:
        yield client


@pytest.fixture
async def version(core: ModelRegistryAPIClient) -> ModelVersion:
    """A version of a model named `m`."""
    model = await core.upsert_registered_model(RegisteredModel("m"))
    return await core.upsert_model_version(ModelVersion("1"), model.id)


NAMES = ["bert_base", "bert%", "bert\\base", "bert_", "ends\\", "it's", 'say "hi"', "a_b%c\\d", "%", "_"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_first_call", [True, False])
async def test_f01_finds_names_exactly(foreign: ForeignServer, name: str, *, is_first_call: bool) -> None:
    async with connect(foreign.url) as core:
        other = await core.upsert_registered_model(RegisteredModel("bert-base"))
        await core.upsert_registered_model(RegisteredModel("x"))
    async with connect(foreign.url) as core:
        if not is_first_call:
            await core.get_registered_models()
        assert await core.get_registered_model_by_params(name) is None
        created = await core.upsert_registered_model(RegisteredModel(name))
    async with connect(foreign.url) as core:
        found = await core.get_registered_model_by_params(name)
        assert found is not None
        assert (found.id, found.name) == (created.id, name)
        assert found.id != other.id


async def test_f01_acts_on_no_other(registry: AsyncModelRegistry) -> None:
    await registry.register("bert-base", "1-0", "s3://b/f")
    with pytest.raises(NotFoundError):
        await registry.archive("bert_base")
    with pytest.raises(NotFoundError):
        await registry.set_properties("bert-base/1_0", {"a": 1})
    both = await registry.register("bert_base", "1_0", "s3://b/f")
    assert (both.model.name, both.version.name) == ("bert_base", "1_0")
    again = await registry.register("bert_base", "1_0", "s3://b/f", if_exists="resume")
    assert again.version.id == both.version.id
    assert (await registry.get_version("bert_base", "1_0")).id == both.version.id


async def test_f11_finds_versions_services_and_artifacts_exactly(
    core: ModelRegistryAPIClient, version: ModelVersion
) -> None:
    model_id = version.registered_model_id
    await core.upsert_model_version(ModelVersion("a-b"), model_id)
    assert await core.get_model_version_by_params(model_id, "a_b") is None
    environment = await core.get_serving_environment_by_params("prod_eu")
    assert environment is None
    environment = await core.upsert_serving_environment(ServingEnvironment("prod-eu"))
    assert await core.get_serving_environment_by_params("prod_eu") is None
    for name in ("web-1", "x:web"):
        await core.upsert_inference_service(
            InferenceService(name=name, registered_model_id=model_id), environment.id
        )
    assert await core.get_inference_service_by_params(environment.id, "web_1") is None
    assert await core.get_inference_service_by_params(environment.id, "web") is None
    web = await core.upsert_inference_service(
        InferenceService(name="web", registered_model_id=model_id), environment.id
    )
    found = await core.get_inference_service_by_params(environment.id, "web")
    assert found is not None
    assert found.id == web.id
    await core.upsert_model_version_artifact(DocArtifact(name="read-me"), version.id)
    assert await core.get_artifact_by_params("read_me", version.id) is None


async def test_f15_finds_one_of_several_kinds(core: ModelRegistryAPIClient, version: ModelVersion) -> None:
    metric = await core.upsert_model_version_artifact(Metric(name="net", value=1), version.id)
    model = await core.upsert_model_version_artifact(ModelArtifact(name="net"), version.id)
    found = await core.get_model_artifact_by_params("net", version.id)
    assert found is not None
    assert found.id == model.id
    first = await core.get_artifact_by_params("net", version.id)
    assert first is not None
    assert first.id == metric.id


async def test_f16_recovery_looks_up_exactly(foreign: ForeignServer) -> None:
    async with connect(foreign.url) as core:
        await core.upsert_registered_model(RegisteredModel("bert-base"))
    faults = iter([Fault.RESET_AFTER])
    with FaultProxy(
        foreign.url, lambda each: next(faults, Fault.NONE) if each.method == "POST" else Fault.NONE
    ) as proxy:
        async with connect(proxy.url) as core:
            created = await core.upsert_registered_model(RegisteredModel("bert_base"))
    assert created.name == "bert_base"


@pytest.mark.parametrize("name", ['say "hi"', "c:\\tmp\\", "it's", "ends'"])
async def test_f20_finds_artifacts_with_quotes_and_backslashes(
    core: ModelRegistryAPIClient, version: ModelVersion, name: str
) -> None:
    assert await core.get_artifact_by_params(name, version.id) is None
    document = await core.upsert_model_version_artifact(DocArtifact(name=name), version.id)
    found = await core.get_artifact_by_params(name, version.id)
    assert found is not None
    assert found.id == document.id


async def test_our_registry_gets_no_further_requests(recorded: ModelRegistryAPIClient, proxy: Proxy) -> None:
    await recorded.get_registered_model_by_params("none_of_%this\\name")
    assert await recorded.get_registered_model_by_id("999999") is None
    assert len(proxy.requests) == 2


async def test_f17_reports_a_database_that_is_away(
    foreign: ForeignServer, core: ModelRegistryAPIClient
) -> None:
    model = await core.upsert_registered_model(RegisteredModel("m"))
    foreign.is_away = True
    with pytest.raises(ServerError, match="database of the registry is unavailable"):
        await core.get_registered_model_by_id("1")
    with pytest.raises(ServerError, match="unavailable"):
        await core.get_registered_model_by_params("m")
    with pytest.raises(ServerError, match="unavailable"):
        await core.get_registered_models()
    model.description = "new"
    with pytest.raises(ServerError, match="unavailable"):
        await core.upsert_registered_model(model)


async def test_f17_waits_for_a_database_that_comes_back(
    foreign: ForeignServer, core: ModelRegistryAPIClient
) -> None:
    await core.upsert_registered_model(RegisteredModel("m"))
    foreign.is_away = True
    foreign.comes_back = True
    found = await core.get_registered_model_by_params("m")
    assert found is not None


async def test_f23_logs_a_deprecation_once(
    foreign: ForeignServer, core: ModelRegistryAPIClient, caplog: pytest.LogCaptureFixture
) -> None:
    foreign.headers = {
        "Deprecation": "true",
        "Sunset": "Wed, 30 Jun 2027 00:00:00 GMT",
        "Link": '</api/model_registry/v1/>; rel="successor-version"',
    }
    await core.get_registered_models()
    await core.get_registered_models()
    (message,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert "ends it on Wed, 30 Jun 2027" in message
    assert "/api/model_registry/v1/" in message
