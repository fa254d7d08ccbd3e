"""The traps of the reference server, by their numbers: what the client does where the server is odd."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import AsyncModelRegistry, ModelRegistryAPIClient
from model_registry.core.paging import all_items
from model_registry.core.peculiarities.filters import adapted
from model_registry.doctor import examine
from model_registry.exceptions import (
    DuplicateError,
    InvalidArgumentError,
    NotFoundError,
    ServerError,
    StoreError,
    UnexpectedResponseError,
    UnsupportedType,
)
from model_registry.types import (
    DataSet,
    DocArtifact,
    F,
    InferenceService,
    ListOptions,
    Metric,
    ModelArtifact,
    ModelVersion,
    Pager,
    Parameter,
    RegisteredModel,
    ServingEnvironment,
    StoredFacts,
)
from model_registry.types.stored import stored_properties
from tests.support.backends import API, SyncHTTPBackend
from tests.support.clients import connect
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.reference import ReferenceServer
from tests.support.servers import CannedServer, Proxy, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.support.servers import Received

SUNSET = "Wed, 30 Jun 2027 00:00:00 GMT"


@pytest.fixture
def server() -> Iterator[ReferenceServer]:
    """A stand-in for the reference server, which no other test uses."""
    with ReferenceServer(sunset=SUNSET) as server:
        yield server


@pytest.fixture
def foreign(server: ReferenceServer) -> Iterator[Proxy]:
    """A proxy before it, which remembers requests."""
    with Proxy(server.url) as proxy:
        yield proxy


@pytest.fixture
async def core(foreign: Proxy) -> AsyncIterator[ModelRegistryAPIClient]:
    """A client of it."""
    async with connect(foreign.url) as client:
        yield client


@pytest.fixture
async def registry(foreign: Proxy) -> AsyncIterator[AsyncModelRegistry]:
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
async def test_f01_finds_names_exactly(foreign: Proxy, name: str, *, is_first_call: bool) -> None:
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


async def test_f16_recovery_looks_up_exactly(foreign: Proxy) -> None:
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
async def test_f20_finds_such_artifacts_by_reference(registry: AsyncModelRegistry, name: str) -> None:
    await registry.register("m", "1", "s3://b/f", artifacts=[DocArtifact(name=name)])
    assert (await registry.get_artifact("m/1", name)).name == name
    assert await registry.find_artifact("m/1", f"{name}'") is None


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


@pytest.mark.parametrize(
    ("state", "reason"), [("stopping", "is unavailable"), ("refused", "is unavailable|connection refused")]
)
async def test_f17_reports_a_database_that_is_away(
    server: ReferenceServer, core: ModelRegistryAPIClient, state: str, reason: str
) -> None:
    model = await core.upsert_registered_model(RegisteredModel("m"))
    server.database = state
    with pytest.raises(ServerError, match="database of the registry is unavailable"):
        await core.get_registered_model_by_id("1")
    with pytest.raises(ServerError, match=reason):
        await core.get_registered_model_by_params("m")
    with pytest.raises(ServerError, match=reason):
        await core.get_registered_models()
    model.description = "new"
    with pytest.raises(ServerError, match="database of the registry is unavailable"):
        await core.upsert_registered_model(model)


async def test_f17_waits_for_a_database_that_comes_back(server: ReferenceServer) -> None:
    def come_back(_: Received) -> Fault:
        if any("isDirty" in each.target for each in proxy.requests[:-1]):
            server.database = "up"
        return Fault.NONE

    with FaultProxy(server.url, come_back) as proxy:
        async with connect(proxy.url) as core:
            await core.upsert_registered_model(RegisteredModel("m"))
            server.database = "stopping"
            found = await core.get_registered_model_by_params("m")
    assert found is not None


async def test_f23_logs_a_deprecation_once(server: ReferenceServer, caplog: pytest.LogCaptureFixture) -> None:
    async with ModelRegistryAPIClient.connect(server.url, api="v1alpha3") as core:
        await core.get_registered_models()
        await core.get_registered_models()
    (message,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert "ends it on Wed, 30 Jun 2027" in message
    assert "/api/model_registry/v1/" in message


async def test_f02_overwrites_no_other_metric(core: ModelRegistryAPIClient, version: ModelVersion) -> None:
    for other, name in [("f1xscore", "f1_score"), ("val:loss", "loss"), ("top-1", "top_1")]:
        await core.upsert_model_version_artifact(Metric(name=other, value=1), version.id)
        with pytest.raises(DuplicateError, match=f"takes it for Metric '{other}'"):
            await core.upsert_model_version_artifact(Metric(name=name, value=2), version.id)
        await core.upsert_model_version_artifact(Parameter(name=f"p{other}", value="1"), version.id)
    with pytest.raises(DuplicateError, match="takes it for Parameter 'pval:loss'"):
        await core.upsert_model_version_artifact(Parameter(name="pval_loss", value="2"), version.id)
    values = {each.name: each.value for each in await _all(core, version) if isinstance(each, Metric)}
    assert values == {"f1xscore": 1, "val:loss": 1, "top-1": 1}


async def test_f02_orders_the_metrics_of_a_registration(registry: AsyncModelRegistry) -> None:
    artifacts = [Metric(name="val:loss", value=1), Metric(name="loss", value=2)]
    artifacts += [Metric(name="f1xscore", value=3), Metric(name="f1_score", value=4)]
    artifacts += [Parameter(name="lr-max", value="5"), Parameter(name="lr_max", value="6")]
    done = await registry.register("m", "1", "s3://b/f", artifacts=artifacts)
    again = await registry.register("m", "1", "s3://b/f", artifacts=artifacts, if_exists="resume")
    expected = {each.name: each.value for each in artifacts}
    for result in (done, again):
        listed = await _all(registry.core, result.version)
        assert {each.name: each.value for each in listed if hasattr(each, "value")} == expected


async def test_f02_refuses_before_anything_is_written(registry: AsyncModelRegistry, foreign: Proxy) -> None:
    artifacts = [Metric(name="a_b%", value=1), Metric(name="a%b_", value=2)]
    with pytest.raises(DuplicateError, match="takes it for"):
        await registry.register("m", "1", "s3://b/f", artifacts=artifacts)
    assert not any(each.method == "POST" for each in foreign.requests)


async def test_f02_changes_the_metric_of_the_name(
    core: ModelRegistryAPIClient, version: ModelVersion, foreign: Proxy
) -> None:
    for name in ("a\\b", "loss", "c_d"):
        first = await core.upsert_model_version_artifact(Metric(name=name, value=1), version.id)
        await core.upsert_model_version_artifact(Metric(name=f"x:{name}", value=3), version.id)
        foreign.requests.clear()
        second = await core.upsert_model_version_artifact(Metric(name=name, value=2), version.id)
        assert (second.id, second.name, second.value) == (first.id, name, 2)
        assert len(foreign.requests) == 2


async def test_f02_changes_the_type_of_a_parameter_with_its_value(
    core: ModelRegistryAPIClient, version: ModelVersion
) -> None:
    first = await core.upsert_model_version_artifact(Parameter(name="lr", value="auto"), version.id)
    for value in (2, True, {"max": 1}, "2"):
        again = await core.upsert_model_version_artifact(Parameter(name="lr", value=value), version.id)
        assert (again.id, again.value) == (first.id, value)


@pytest.mark.parametrize("artifact", [Metric(name="a\\", value=1), Parameter(name="a\\\\\\", value="1")])
async def test_f20_refuses_names_that_a_backslash_ends_before_anything_is_written(
    registry: AsyncModelRegistry, foreign: Proxy, artifact: Metric | Parameter
) -> None:
    with pytest.raises(UnsupportedType, match="ends in a backslash"):
        await registry.register("m", "1", "s3://b/f", artifacts=[Metric(name="b", value=1), artifact])
    assert not any(each.method == "POST" for each in foreign.requests)


REFUSED = {
    "f04 integers": (3_000_000_000, "whole numbers of 32 bits"),
    "f05 struct texts": ("mlmd-struct::x", "makes every list"),
    "f12 numbers in structs": ({"a": [2**60 + 1]}, "would round"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_f04_f05_f12_refuse_values_before_anything_is_written(
    registry: AsyncModelRegistry, foreign: Proxy, case: str
) -> None:
    value, reason = REFUSED[case]
    with pytest.raises(UnsupportedType, match=reason):
        await registry.register("m", "1", "s3://b/f", properties={"p": value})
    assert not any(each.method == "POST" for each in foreign.requests)


@pytest.mark.parametrize("name", ["experiment_id", "experiment_run_id"])
async def test_f06_refuses_properties_that_vanish(core: ModelRegistryAPIClient, name: str) -> None:
    with pytest.raises(UnsupportedType, match="would be lost"):
        await core.upsert_registered_model(RegisteredModel("m", custom_properties={name: 7}))


async def test_f03_refuses_steps_beyond_32_bits(core: ModelRegistryAPIClient, version: ModelVersion) -> None:
    metric = Metric(name="loss", value=1, step=3_000_000_000)
    with pytest.raises(UnsupportedType, match="step is 3000000000"):
        await core.upsert_model_version_artifact(metric, version.id)


async def test_f24_dry_run_knows_the_limits(registry: AsyncModelRegistry) -> None:
    async with registry.dry_run() as trial:
        with pytest.raises(UnsupportedType, match="32 bits"):
            await trial.register("m", "1", "s3://b/f", properties={"p": 2**31})
        with pytest.raises(UnsupportedType, match="shorten it"):
            await trial.register("m", "1" * 250, "s3://b/f", artifacts=[DocArtifact(name="d" * 254)])


async def test_values_of_64_bits_stay_with_our_registry(
    recorded: ModelRegistryAPIClient, proxy: Proxy, unique: str
) -> None:
    await recorded.get_registered_models()
    properties = {"p": 2**40, "experiment_id": 7, "s": "mlmd-struct::"}
    model = await recorded.upsert_registered_model(
        RegisteredModel(f"{unique}m", custom_properties=properties)
    )
    version = await recorded.upsert_model_version(ModelVersion("1"), model.id)
    await recorded.upsert_model_version_artifact(Metric(name="a_b", value=1, step=2**40), version.id)
    await recorded.upsert_model_version_artifact(DataSet(name="d"), version.id)
    assert model.custom_properties == properties
    assert len(proxy.requests) == 5


def test_f07_sizes_have_one_form() -> None:
    properties = stored_properties("sha256:ab", 2**40, {})
    assert properties["storage.size"] == float(2**40)
    assert isinstance(properties["storage.size"], float)
    for form in (2**40, float(2**40)):
        assert StoredFacts.of({"storage.size": form}).size == 2**40


async def test_f07_files_of_an_earlier_release_can_be_resumed(registry: AsyncModelRegistry) -> None:
    old = ModelArtifact(name="m", uri="s3://b/f", custom_properties={"storage.size": 7})
    await registry.register("m", "1", artifacts=[old])
    new = ModelArtifact(name="m", uri="s3://b/f", custom_properties={"storage.size": 7.0})
    await registry.register("m", "1", artifacts=[new], if_exists="resume")


async def test_f08_updates_what_has_a_struct(core: ModelRegistryAPIClient, version: ModelVersion) -> None:
    model = await core.upsert_registered_model(RegisteredModel("s", custom_properties={"p": {"a": 1}}))
    model.description = "new"
    changed = await core.upsert_registered_model(model)
    assert (changed.description, changed.custom_properties) == ("new", {"p": {"a": 1}})
    bare = await core.upsert_registered_model(RegisteredModel("s", id=model.id, owner="ann"))
    assert (bare.owner, bare.custom_properties) == ("ann", {"p": {"a": 1}})
    metric = Metric(name="net", value=1, custom_properties={"p": {"a": 1}})
    await core.upsert_model_version_artifact(metric, version.id)
    again = await core.upsert_model_version_artifact(Metric(name="net", value=2), version.id)
    assert (again.value, again.custom_properties) == (2, {"p": {"a": 1}})


async def test_f12_resumes_with_numbers_in_structs(registry: AsyncModelRegistry) -> None:
    properties = {"p": {"a": 1.0, "b": [2.0, 0.5]}}
    for _ in range(2):
        await registry.register("m", "1", "s3://b/f", properties=properties, if_exists="resume")


async def test_f14_keeps_the_first_of_equal_data_sets(
    core: ModelRegistryAPIClient, version: ModelVersion, caplog: pytest.LogCaptureFixture
) -> None:
    first = await core.upsert_model_version_artifact(DataSet(name="train", uri="s3://d"), version.id)
    again = await core.upsert_model_version_artifact(DataSet(name="train", uri="s3://d"), version.id)
    assert again.id == first.id
    assert "Several data sets have the name 'train'" in caplog.text
    with pytest.raises(DuplicateError, match="already exists with other values"):
        await core.upsert_model_version_artifact(DataSet(name="train", uri="s3://other"), version.id)


async def test_a_write_that_stored_something_else_is_reported(canned: CannedServer) -> None:
    canned.headers = {}
    canned.reply = Reply({"id": "1", "name": "other", "customProperties": {}}, 201)
    async with connect(canned.url) as core:
        with pytest.raises(UnexpectedResponseError, match="name was sent as 'm' and is 'other'"):
            await core.upsert_registered_model(RegisteredModel("m"))


async def test_f09_loses_no_rows_of_equal_times(core: ModelRegistryAPIClient, version: ModelVersion) -> None:
    for number in range(2, 26):
        await core.upsert_model_version(ModelVersion(str(number)), version.registered_model_id)
    expected = sorted(range(1, 26))
    for order in (ListOptions.order_by_creation_time, ListOptions.order_by_update_time):
        for is_asc in (True, False):
            options = order(limit=5, is_asc=is_asc)
            listed = [
                each
                async for each in Pager(
                    lambda each: core.get_model_versions(version.registered_model_id, each), options
                )
            ]
            assert sorted(int(each.name) for each in listed) == expected
            ids = [int(each.id or 0) for each in listed]
            assert ids == sorted(ids, reverse=not is_asc)


async def test_f10_refuses_filters_that_are_ignored(
    core: ModelRegistryAPIClient, version: ModelVersion
) -> None:
    environment = await core.upsert_serving_environment(ServingEnvironment("e"))
    service = InferenceService(name="s", registered_model_id=version.registered_model_id)
    service = await core.upsert_inference_service(service, environment.id)
    await core.upsert_model_artifact(ModelArtifact(name="a", uri="s3://b/f"))
    options = ListOptions(filter_query="name = 'none'")
    with pytest.raises(StoreError, match="ignores filters on its list of serving environments"):
        await core.get_serving_environments(options)
    with pytest.raises(StoreError, match="ignores filters on its list of inference services"):
        await core.get_inference_services(options=options)
    with pytest.raises(StoreError, match="ignores filters on its list of inference services"):
        await core.get_inference_services(environment.id, options)
    with pytest.raises(StoreError, match="ignores filters on its list of model artifacts"):
        await core.get_model_artifacts(options=options)


async def test_f18_counts_what_has_no_state_as_live(
    registry: AsyncModelRegistry, server: ReferenceServer
) -> None:
    done = await registry.register("m", "1", "s3://b/f")
    backend = SyncHTTPBackend(server.url)
    body = {"name": "2", "registeredModelId": done.model.id, "state": None}
    assert "state" not in backend.send("POST", f"{API}/model_versions", json.dumps(body).encode()).json
    backend.close()
    assert [each.name async for each in registry.list_versions("m", archived=False)] == ["1", "2"]
    assert (await registry.latest("m")).name == "2"
    async with AsyncModelRegistry(server.url) as first_call:
        assert [each.name async for each in first_call.list_versions(archived=False)] == ["1", "2"]


async def test_f19_checks_states_itself(registry: AsyncModelRegistry) -> None:
    done = await registry.register("m", "1", "s3://b/f")
    newer = await registry.register("m", "2", "s3://b/f", properties={"state": "LIVE"})
    await registry.archive(newer.version)
    assert [each.name async for each in registry.list_versions("m", archived=False)] == ["1"]
    assert [each.name async for each in registry.list_versions("m", archived=True)] == ["2"]
    assert (await registry.latest("m")).id == done.version.id


async def test_f19_returns_each_resource_once(registry: AsyncModelRegistry) -> None:
    await registry.register("m", "1", "s3://b/f", author="ann", properties={"author": "ann"})
    found = [each.name async for each in registry.list_versions("m", filter=F.author == "ann")]
    assert found == ["1"]


async def test_f21_finds_no_names_that_end_like_it(
    core: ModelRegistryAPIClient, version: ModelVersion
) -> None:
    for name in ("b", "a:b"):
        await core.upsert_model_version(ModelVersion(name), version.registered_model_id)
    found = await core.get_model_versions(version.registered_model_id, ListOptions(filter_query="name = 'b'"))
    assert [each.name for each in found] == ["b"]
    for query in ("name != 'b'", "name < 'b'", "name ILIKE 'B'", "name IN ('b')"):
        with pytest.raises(InvalidArgumentError, match="internal form"):
            await core.get_model_versions(version.registered_model_id, ListOptions(filter_query=query))


FILTERS = {
    "owner = 'a' and state = 'LIVE' or x like 'and%'": "owner = 'a' AND state = 'LIVE' OR x LIKE 'and%'",
    "ok = True": "ok = TRUE",
    "a <> 1": "a != 1",
    "n.int_value < 3000000000": "n.int_value <= 2147483647",
    "n.int_value >= 3000000000": "n.int_value > 2147483647",
    "n.int_value = 3000000000": "n.int_value > 2147483647",
    "n.int_value > -3000000000": "n.int_value >= -2147483648",
    "n.double_value > 3000000000": "n.double_value > 3000000000",
    "createTimeSinceEpoch > 1700000000000": "createTimeSinceEpoch > 1700000000000",
    "`in` = 'x'": "`in` = 'x'",
}


@pytest.mark.parametrize("text", FILTERS)
def test_f22_writes_what_the_server_reads(text: str) -> None:
    assert adapted(text, has_inner_names=True).text == FILTERS[text]


@pytest.mark.parametrize("text", ["n < 3000000000", "a = 'say \"hi\"'", 'a = "it\'"', "a LIKE '%\"'"])
def test_f22_refuses_what_the_server_misreads(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"32 bits|quotes at the ends"):
        adapted(text, has_inner_names=False)


async def test_f25_proxy_passes_chunks_on(foreign: Proxy) -> None:
    async with connect(foreign.url) as core:
        for number in range(20):
            await core.upsert_registered_model(RegisteredModel(f"m{number}"))
    with FaultProxy(foreign.url, lambda _: Fault.NONE) as proxy:
        async with connect(proxy.url) as core:
            for _ in range(2):
                assert len(await core.get_registered_models(ListOptions(limit=100))) == 20


async def _all(core: ModelRegistryAPIClient, version: ModelVersion) -> list[Any]:
    return await all_items(lambda options: core.get_model_version_artifacts(version.id or "", options))


def test_f17_doctor_reports_a_database_that_is_away(server: ReferenceServer) -> None:
    server.database = "stopping"
    finding = next(each for each in examine(server.url).findings if each.check == "answer")
    assert finding.verdict == "failed"
    assert "the database of the registry is unavailable" in finding.says


def test_f23_doctor_warns_of_a_deprecation(server: ReferenceServer) -> None:
    finding = next(each for each in examine(server.url, api="v1alpha3").findings if each.check == "api")
    assert finding.verdict == "warning"
    assert "30 Jun 2027" in finding.says
