"""Many registrations at once, and a check that a registry holds each of them once."""

from __future__ import annotations

import asyncio
from collections import Counter

from model_registry import ModelRegistryAPIClient
from model_registry.types import ModelArtifact, ModelVersion, Pager, RegisteredModel

AT_ONCE = 16


async def register_all(client: ModelRegistryAPIClient, registrations: int) -> None:
    """Register so many models, each with a version and an artifact, some at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int) -> None:
        async with turns:
            await register(client, number)

    await asyncio.gather(*map(in_turn, range(registrations)))


async def register(client: ModelRegistryAPIClient, number: int) -> None:
    model = await client.upsert_registered_model(RegisteredModel(f"model-{number}", owner="ann"))
    version = await client.upsert_model_version(
        ModelVersion("1", custom_properties={"number": number, "tags": ["a"]}), model.id
    )
    await client.upsert_model_artifact(ModelArtifact(uri=f"s3://models/{number}"), version.id)
    version.description = "registered"
    await client.upsert_model_version(version)


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
