"""Calls that type checkers must accept, and wrong ones that they must refuse. Never run.

A wrong call ends with `# type: ignore`, and the checkers report each such comment that is not needed.
"""

from __future__ import annotations

import functools
from datetime import datetime

from typing_extensions import assert_type

from model_registry import ModelRegistryAPIClient
from model_registry.types import (
    Artifact,
    ArtifactTypeQueryParam,
    DocArtifact,
    ListOptions,
    Metric,
    ModelArtifact,
    ModelVersion,
    Page,
    Pager,
    Parameter,
    RegisteredModel,
    RegisteredModelState,
)


def build() -> None:
    model = RegisteredModel("fraud", owner="ann", custom_properties={"a": 1, "b": [1], "c": {"d": None}})
    assert_type(model.owner, str | None)
    assert_type(model.name, str)
    assert_type(model.create_time, datetime | None)
    model.state = RegisteredModelState.ARCHIVED
    RegisteredModel(name="fraud", tasks=["classification"])
    ModelVersion("1.0", author="ann")
    Metric(name="accuracy", value=1)
    Parameter(name="shuffle", value=False)
    RegisteredModel()  # type: ignore[call-arg]
    RegisteredModel("fraud", onwer="ann")  # type: ignore[call-arg]
    RegisteredModel("fraud", owner=5)  # type: ignore[arg-type]
    ModelArtifact("fraud")  # type: ignore[call-arg]
    Metric(name="accuracy")  # type: ignore[call-arg]


def connect() -> None:
    ModelRegistryAPIClient.insecure_connection("localhost", "8080")
    ModelRegistryAPIClient.secure_connection("localhost", user_token="t")
    ModelRegistryAPIClient.secure_connection("localhost")  # type: ignore[call-arg]


async def register(client: ModelRegistryAPIClient) -> None:
    model = await client.upsert_registered_model(RegisteredModel("fraud"))
    assert_type(model, RegisteredModel)
    assert model.id is not None
    version = await client.upsert_model_version(ModelVersion("1.0"), model.id)
    assert version.id is not None
    assert_type(await client.upsert_model_version_artifact(DocArtifact(), version.id), DocArtifact)
    assert_type(await client.upsert_model_version_artifact(Metric(value=1), version.id), Metric)
    assert_type(await client.upsert_model_artifact(ModelArtifact(), version.id), ModelArtifact)
    await client.upsert_model_artifact(DocArtifact())  # type: ignore[arg-type]
    await client.upsert_registered_model(version)  # type: ignore[arg-type]


async def get(client: ModelRegistryAPIClient) -> None:
    assert_type(await client.get_registered_model_by_id("1"), RegisteredModel | None)
    await client.get_registered_model_by_params("fraud")
    await client.get_registered_model_by_params(name="fraud")
    await client.get_registered_model_by_params(external_id="x")
    await client.get_model_version_by_params("1", "1.0")
    await client.get_model_version_by_params(registered_model_id="1", name="1.0")
    await client.get_model_version_by_params("1", version="1.0")
    await client.get_model_version_by_params(external_id="x")
    await client.get_model_artifact_by_params("fraud", "2")
    await client.get_model_artifact_by_params(external_id="x")
    await client.get_registered_model_by_params()  # type: ignore[call-overload]
    await client.get_registered_model_by_params("fraud", external_id="x")  # type: ignore[call-overload]
    await client.get_model_version_by_params(name="1.0")  # type: ignore[call-overload]
    await client.get_model_version_by_params("1", external_id="x")  # type: ignore[call-overload]
    await client.get_model_artifact_by_params("fraud")  # type: ignore[call-overload]
    await client.get_registered_model_by_id(1)  # type: ignore[arg-type]


async def list_(client: ModelRegistryAPIClient) -> None:
    page = await client.get_registered_models(ListOptions.order_by_creation_time(is_asc=False, limit=5))
    assert_type(page, Page[RegisteredModel])
    assert_type(page.next_page_token, str | None)
    assert_type(await client.get_model_version_artifacts("1"), Page[Artifact])
    await client.get_artifacts("a = 1", ArtifactTypeQueryParam.METRIC)
    await client.get_model_versions(ListOptions())  # type: ignore[arg-type]


async def walk_async(client: ModelRegistryAPIClient) -> None:
    pager = (
        Pager(client.get_registered_models).order_by_creation_time().descending().limit(50).filter("a = 1")
    )
    async for model in pager:
        assert_type(model, RegisteredModel)
    assert_type(await pager.next_page(), list[RegisteredModel])
    assert_type(await pager.next_item(), RegisteredModel)
    async for artifact in Pager(lambda options: client.get_model_version_artifacts("1", options)):
        assert_type(artifact, Artifact)
    async for version in Pager(functools.partial(client.get_model_versions, "1")):
        assert_type(version, ModelVersion)
    len(pager.next_page())  # type: ignore[arg-type]


def walk_blocking() -> None:
    def page(options: ListOptions) -> list[int]:
        return [options.limit or 0]

    pager = Pager(page)
    for number in pager:
        assert_type(number, int)
    assert_type(pager.next_page(), list[int])
    assert_type(pager.next_item(), int)
    Pager(page, "options")  # type: ignore[call-overload]
    Pager(5)  # type: ignore[call-overload]
