"""Registrations through a network that breaks: each happens exactly once, and no call fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from model_registry import ModelRegistryAPIClient
from model_registry.types import ModelArtifact, ModelVersion, Pager, RegisteredModel
from tests.support.backends import Server
from tests.support.fault_proxy import Fault, FaultProxy, sometimes

if TYPE_CHECKING:
    from pathlib import Path

REGISTRATIONS = 2_000
AT_ONCE = 16


async def register(client: ModelRegistryAPIClient, number: int) -> None:
    model = await client.upsert_registered_model(RegisteredModel(f"model-{number}", owner="ann"))
    version = await client.upsert_model_version(
        ModelVersion("1", custom_properties={"number": number, "tags": ["a"]}), model.id
    )
    await client.upsert_model_artifact(ModelArtifact(uri=f"s3://models/{number}"), version.id)
    version.description = "registered"
    await client.upsert_model_version(version)


async def test_each_of_many_registrations_happens_exactly_once(tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'registry.db'}")
    try:
        with FaultProxy(server.url, sometimes(0.2, seed=4)) as proxy:
            async with ModelRegistryAPIClient.connect(proxy.url, retries=12) as client:
                turns = asyncio.Semaphore(AT_ONCE)

                async def in_turn(number: int) -> None:
                    async with turns:
                        await register(client, number)

                await asyncio.gather(*map(in_turn, range(REGISTRATIONS)))
        await assert_each_is_there_once(server.url, REGISTRATIONS)
    finally:
        server.stop()
    assert all(proxy.happened[fault] for fault in Fault), "every fault took part"
    assert len(proxy.requests) < 1.5 * 4 * REGISTRATIONS


async def assert_each_is_there_once(url: str, registrations: int) -> None:
    """Compare what a registry holds with what was registered."""
    async with ModelRegistryAPIClient.connect(url) as client:
        models = [m.name async for m in Pager(client.get_registered_models).page_size(500)]
        versions = [v async for v in Pager(lambda o: client.get_model_versions(options=o)).page_size(500)]
        artifacts = [
            a.uri async for a in Pager(lambda o: client.get_model_artifacts(options=o)).page_size(500)
        ]
    numbers = range(registrations)
    assert Counter(models) == Counter(f"model-{number}" for number in numbers)
    assert Counter(artifacts) == Counter(f"s3://models/{number}" for number in numbers)
    assert Counter(v.custom_properties["number"] for v in versions) == Counter(numbers)
    assert {v.description for v in versions} == {"registered"}
