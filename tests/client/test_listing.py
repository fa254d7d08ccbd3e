"""Walking through lists."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import time

import pytest

from model_registry import AsyncModelRegistry, F, ModelRegistry, time_limit
from model_registry.exceptions import InvalidArgumentError, NotFoundError, RegistryTimeoutError, StoreError
from model_registry.types import Metric, ModelVersion, Parameter, Reference, RegisteredModel
from tests.support.servers import CannedServer, Proxy, Reply


async def things(pager):
    """What is on a list, in either colour."""
    items = pager.to_list()
    return await items if inspect.isawaitable(items) else items


async def names(pager):
    return [item.name for item in await things(pager)]


async def first(pager):
    item = pager.first()
    return await item if inspect.isawaitable(item) else item


async def pages(registry, pager):
    if hasattr(registry, "blocking"):
        return list(pager.pages())
    return [page async for page in pager.pages()]


@pytest.fixture
async def models(registry, unique):
    """Five models, the second of them archived; and a filter that finds these."""
    made = [
        RegisteredModel(f"{unique}{number}", owner="ab"[number % 2], state=state)
        for number, state in enumerate(["LIVE", "ARCHIVED", "LIVE", "LIVE", "LIVE"])
    ]
    for each in made:
        await registry.core.upsert_registered_model(each)
    return F.name.startswith(unique)


async def test_models(registry, unique, models):
    everything = [f"{unique}{number}" for number in range(5)]
    assert await names(registry.list_models(filter=models)) == everything
    assert await names(registry.list_models(filter=str(models), page_size=2)) == everything
    assert await names(registry.list_models(filter=models, descending=True)) == everything[::-1]
    assert await names(registry.list_models(filter=models, archived=True)) == [everything[1]]
    live = [everything[number] for number in (0, 2, 3, 4)]
    assert await names(registry.list_models(filter=models, archived=False)) == live
    either = (F.owner == "b") | (F.owner == "a")
    assert await names(registry.list_models(filter=models & either, archived=False)) == live
    text = f"{models} AND owner = 'a' OR name = '{unique}1' -- with a comment"
    assert await names(registry.list_models(filter=text, archived=False)) == [live[0], live[1], live[3]]
    assert await names(registry.list_models(filter=models, archived=False).filter(models)) == everything
    assert (await first(registry.list_models(filter=models, descending=True))).name == everything[-1]
    assert await first(registry.list_models(filter=F.name == f"{unique}other")) is None
    assert await names(registry.get_registered_models(filter=models)) == everything
    assert f"{unique}0" in await names(registry.list_models(archived=False))


async def test_order(registry, unique, models):
    model = await registry.get_model(f"{unique}1")
    model.description = "changed"
    await registry.core.upsert_registered_model(model)
    everything = [f"{unique}{number}" for number in range(5)]
    for order_by in ("id", "created"):
        assert await names(registry.list_models(filter=models, order_by=order_by)) == everything
    updated = await things(registry.list_models(filter=models, order_by="updated"))
    # Deviation 27: the order of those that were changed at the same time is open.
    assert updated == sorted(updated, key=lambda each: int(each.last_update_time_since_epoch))
    assert {each.name for each in updated} == set(everything)


async def test_a_list_goes_on_from_a_token(registry, unique, models):
    first_pages = await pages(registry, registry.list_models(filter=models, page_size=2))
    assert [len(page) for page in first_pages] == [2, 2, 1]
    token = first_pages[0].next_page_token
    assert await names(registry.list_models(filter=models, page_size=2, token=token)) == [
        f"{unique}{number}" for number in (2, 3, 4)
    ]


async def test_versions(registry, unique, models):
    model, other = await registry.get_model(f"{unique}0"), await registry.get_model(f"{unique}1")
    for parent in (model, other):
        for number, state in ((1, "LIVE"), (2, "ARCHIVED")):
            version = ModelVersion(f"{unique}{parent.owner}{number}", state=state)
            await registry.core.upsert_model_version(version, parent.id)
    of_model = [f"{unique}a1", f"{unique}a2"]
    assert await names(registry.list_versions(model)) == of_model
    assert await names(registry.list_versions(model.name)) == of_model
    assert await names(registry.list_versions(model.name, archived=False)) == of_model[:1]
    assert await names(registry.list_versions(model, filter=F.name == f"{unique}a2")) == of_model[1:]
    assert await names(registry.list_versions(filter=models)) == [*of_model, f"{unique}b1", f"{unique}b2"]
    assert (
        await names(await registry.get_model_versions(model.name, filter=F.state == "LIVE")) == of_model[:1]
    )
    with pytest.raises(NotFoundError, match=f"no model '{unique}other'"):
        await names(registry.list_versions(f"{unique}other"))


async def test_artifacts(registry, unique):
    await registry.register_model(
        f"{unique}m", "s3://x", version="1", model_format_name="f", model_format_version="1"
    )
    version = await registry.get_version(f"{unique}m", "1")
    for artifact in (
        Metric(name=f"{unique}a", value=1),
        Metric(name=f"{unique}b", value=2),
        Parameter(name=f"{unique}p", value=2),
    ):
        await registry.core.upsert_model_version_artifact(artifact, version.id)
    everything = [f"{unique}{name}" for name in "mabp"]
    for named in (version, f"{unique}m/1", Reference(f"{unique}m", "1"), version.id, f"{unique}m"):
        assert await names(registry.list_artifacts(named)) == everything
    assert await names(registry.list_artifacts(filter=F.name.startswith(unique))) == everything
    assert await names(registry.list_artifacts(version, kind=Metric)) == everything[1:3]
    assert await names(registry.list_artifacts(version, kind="parameter")) == everything[3:]
    best = registry.list_artifacts(kind=Metric, filter=F.name.startswith(unique) & (F.value > 1))
    assert await names(best) == [f"{unique}b"]
    with pytest.raises(NotFoundError, match="version '2'"):
        await names(registry.list_artifacts(f"{unique}m/2"))


def test_wrong_arguments_are_refused(registry):
    for wrong, said in (
        ({"order_by": "size"}, "order_by must be 'id', 'created', 'updated', 'name'"),
        ({"archived": "yes"}, "archived must be"),
        ({"page_size": 0}, "limit must be a whole number of 1 or more"),
        ({"token": 5}, "next_page_token must be a text"),
        ({"filter": 5}, "filter must be a text"),
        ({"filter": F.name}, "the field .* alone"),
    ):
        with pytest.raises(InvalidArgumentError, match=said):
            registry.list_models(**wrong)
    for wrong, said in (
        ({"version": "a/b/c"}, "names? a version"),
        ({"version": ModelVersion("1")}, "not registered"),
        ({"kind": RegisteredModel}, "kind must be one of"),
    ):
        with pytest.raises(InvalidArgumentError, match=said):
            registry.list_artifacts(**wrong)


@pytest.fixture
def proxy(sqlite_url):
    with Proxy(sqlite_url) as proxy:
        yield proxy


def targets(proxy):
    return [request.target for request in proxy.requests]


async def test_requests_are_counted(proxy, unique):
    async with AsyncModelRegistry(proxy.url, author="ann") as registry:
        for number in range(5):
            await registry.core.upsert_registered_model(RegisteredModel(f"{unique}{number}"))
        some = F.name.startswith(unique)
        proxy.requests.clear()
        assert len([each async for each in registry.list_models(filter=some, page_size=2)]) == 5
        assert len(proxy.requests) == 3
        proxy.requests.clear()
        assert await registry.list_models(filter=some).first()
        (target,) = targets(proxy)
        assert "pageSize=1&" in target
    with ModelRegistry(proxy.url, author="ann") as blocking:
        proxy.requests.clear()
        pages = iter(blocking.list_models(filter=some, page_size=2).pages())
        assert len(next(pages)) == 2
        while len(proxy.requests) < 2:  # the second page comes by itself
            time.sleep(0.001)  # noqa: ASYNC251  # as a blocking program does
        assert [len(page) for page in pages] == [2, 1]
        assert len(proxy.requests) == 3


def ignoring_filters(_):
    item = {"id": "1", "name": "production", "registeredModelId": "1", "servingEnvironmentId": "1"}
    return Reply({"items": [item], "nextPageToken": "", "pageSize": 1, "size": 1})


async def test_a_registry_that_ignores_a_filter_is_told():
    with CannedServer() as server:
        server.reply = ignoring_filters
        with ModelRegistry(server.url, author="ann") as registry:
            assert len(registry.list_environments().to_list()) == 1
            for pager in (
                registry.list_environments(filter=F.name == "staging"),
                registry.list_services(filter=F.runtime == "x"),
                registry.list_environments().filter("name = 'staging'"),
            ):
                with pytest.raises(StoreError, match="ignores filters on its list of"):
                    pager.to_list()


async def test_filters_on_lists_that_may_ignore_them(proxy, unique):
    with ModelRegistry(proxy.url, author="ann") as registry:
        for number in range(3):
            registry.register_environment(f"{unique}{number}")
        proxy.requests.clear()
        some = registry.list_environments(filter=F.name.startswith(unique), page_size=2)
        assert len(some.to_list()) == 3
        assert len(proxy.requests) == 2  # our registry obeys filters, and needs no check
        assert [each.name for each in some.filter(F.name == f"{unique}1")] == [f"{unique}1"]
        assert len(proxy.requests) == 3


async def test_a_limit_of_time_holds_across_pages_that_are_fetched_ahead():
    numbers = itertools.count(1)

    def endless(_):
        return Reply({"items": [], "nextPageToken": str(next(numbers)), "pageSize": 1, "size": 0})

    with CannedServer() as server:
        server.reply = endless
        async with AsyncModelRegistry(server.url, author="ann") as registry:
            with time_limit(0.2), pytest.raises(RegistryTimeoutError, match=r"0\.2 seconds"):
                async for _ in registry.list_models():
                    pass
        blocking = ModelRegistry(server.url, author="ann")
        with blocking, time_limit(0.2), pytest.raises(RegistryTimeoutError, match=r"0\.2 seconds"):
            list(blocking.list_models())
    assert len(server.requests) > 2


async def test_work_between_pages_takes_no_time_of_a_walk(proxy, unique):
    async with AsyncModelRegistry(proxy.url, author="ann") as registry:
        for number in range(3):
            await registry.core.upsert_registered_model(RegisteredModel(f"{unique}{number}"))
        some = F.name.startswith(unique)
        with time_limit(1):
            async for _ in registry.list_models(filter=some, page_size=1):
                time.sleep(0.4)  # noqa: ASYNC251  # which also keeps the page ahead from arriving
    with ModelRegistry(proxy.url, author="ann") as blocking, time_limit(1):
        for _ in blocking.list_models(filter=some, page_size=1):
            time.sleep(0.4)  # noqa: ASYNC251  # as a blocking program does


async def test_a_client_with_a_runner_of_its_own_fetches_nothing_ahead(proxy, unique):
    loop = asyncio.SelectorEventLoop()

    def run(coroutine):
        return loop.run_until_complete(coroutine)

    def walk():
        with ModelRegistry(proxy.url, author="ann", async_runner=run) as registry:
            for number in range(3):
                registry._run(
                    registry._async.core.upsert_registered_model(RegisteredModel(f"{unique}{number}"))
                )
            proxy.requests.clear()
            pages = iter(registry.list_models(filter=F.name.startswith(unique), page_size=2).pages())
            next(pages)
            assert len(proxy.requests) == 1
            assert len(next(pages)) == 1

    await asyncio.to_thread(walk)
    loop.close()
