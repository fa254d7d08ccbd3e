"""Errors and warnings of clients that are closed, not closed, or used in the wrong statement."""

from __future__ import annotations

import gc

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry, ModelRegistryAPIClient
from model_registry.exceptions import InvalidArgumentError, StoreError

CALLS = [
    lambda registry: registry.get_model("fraud"),
    lambda registry: registry.find_model("fraud"),
    lambda registry: registry.list_models().to_list(),
    lambda registry: registry.list_versions("fraud").first(),
    lambda registry: registry.register("fraud", "1.0"),
    lambda registry: registry.dry_run().register("fraud", "1.0"),
]


def release(clients, warned):
    clients.clear()
    while not warned:  # a collection does nothing while another thread collects
        gc.collect()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("is_used", [True, False])
def test_15_13_calls_on_a_closed_blocking_client(call, is_used):
    registry = ModelRegistry.local(author="ann")
    if is_used:
        registry.find_model("fraud")
    registry.close()
    with pytest.raises(StoreError, match=r"^ModelRegistry\(':memory:'\) is closed: create a new client"):
        call(registry)


@pytest.mark.parametrize("call", CALLS)
async def test_15_13_calls_on_a_closed_asynchronous_client(call):
    registry = AsyncModelRegistry.local(author="ann")
    await registry.close()
    with pytest.raises(StoreError, match=r"^AsyncModelRegistry\(':memory:'\) is closed: create a new client"):
        await call(registry)


def test_15_13_resource_warnings_name_the_blocking_client():
    registry = ModelRegistry.local(author="ann")
    registry.find_model("fraud")
    released = [registry]
    del registry
    shown = r"^ModelRegistry\(':memory:'\) was not closed: use `with`, or"
    with pytest.warns(ResourceWarning, match=shown) as warned:
        release(released, warned)


@pytest.mark.parametrize("kind", [AsyncModelRegistry, ModelRegistryAPIClient])
async def test_15_13_resource_warnings_name_the_asynchronous_clients(kind):
    client = kind.local()
    await getattr(client, "core", client).load()
    shown = rf"^{kind.__name__}\(':memory:'\) was not closed: use `async with`, or"
    released = [client]
    del client
    with pytest.warns(ResourceWarning, match=shown) as warned:
        release(released, warned)


@pytest.mark.parametrize("kind", [AsyncModelRegistry, ModelRegistryAPIClient])
async def test_15_13_with_of_an_asynchronous_client(kind):
    client = kind.local()
    advice = "is asynchronous: use `async with`; or ModelRegistry, with `with`"
    with pytest.raises(StoreError, match=advice), client:
        pass
    await client.close()


async def test_15_13_async_with_of_the_blocking_client():
    registry = ModelRegistry.local()
    with pytest.raises(StoreError, match="is blocking: use `with`; or AsyncModelRegistry, with `async with`"):
        async with registry:
            pass
    registry.close()


@pytest.mark.parametrize("verb", ["get_artifact", "find_artifact"])
async def test_15_13_an_artifact_needs_a_name(verb):
    with ModelRegistry.local(author="ann") as registry:
        done = registry.register("fraud", "1.0", "s3://models/1")
        for version, shown in (("fraud/1.0", "fraud/1.0"), (done.version, "1.0")):
            with pytest.raises(InvalidArgumentError, match=f"name of an artifact of version '{shown}'"):
                getattr(registry, verb)(version)
