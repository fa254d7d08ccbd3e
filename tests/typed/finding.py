"""Calls that type checkers must accept, and wrong ones that they must refuse. Never run.

A wrong call ends with `# type: ignore`, and the checkers report each such comment that is not needed.
"""

from __future__ import annotations

from datetime import datetime, timezone

from typing_extensions import assert_type

from model_registry import AsyncModelRegistry, F, ModelRegistry
from model_registry.types import (
    Artifact,
    Comparison,
    DataSet,
    Filter,
    Lineage,
    Metric,
    ModelArtifact,
    ModelVersion,
    Page,
    PropertyValue,
    Reference,
    RegisteredModel,
)


def filters() -> None:
    assert_type(F.name == "fraud", Filter)
    assert_type((F.name.like("a%") & (F.property("accuracy") > 0.9)) | (F.owner != "ann"), Filter)
    assert_type(F.created >= datetime.now(timezone.utc), Filter)
    assert_type(F.property("n").as_int.in_([1, 2]), Filter)
    assert_type(F.id.in_(["1", 2]), Filter)
    assert_type(F.value > "adam", Filter)
    assert_type(F.property("good") == True, Filter)  # noqa: E712
    _ = F.name > 5  # type: ignore[operator]
    _ = F.created < "2026-05-01"  # type: ignore[operator]
    F.name.in_([1])  # type: ignore[list-item]
    F.name.like(5)  # type: ignore[arg-type]
    F.property(5)  # type: ignore[arg-type]
    _ = F.accuracy  # type: ignore[attr-defined]
    F.name & F.owner  # type: ignore[operator]
    (F.name == "a") & "owner = 'ann'"  # type: ignore[operator]
    _ = ~(F.name == "a")  # type: ignore[operator]


async def find(registry: AsyncModelRegistry, version: ModelVersion) -> None:
    assert_type(await registry.get_model("fraud"), RegisteredModel)
    assert_type(await registry.find_model(id="1"), RegisteredModel | None)
    assert_type(await registry.get_version("fraud", "1.0"), ModelVersion)
    assert_type(await registry.find_version(external_id="x"), ModelVersion | None)
    assert_type(await registry.get_artifact("fraud/1.0", "fraud"), Artifact)
    assert_type(await registry.get_artifact(version, "fraud", kind=ModelArtifact), ModelArtifact)
    assert_type(await registry.find_artifact(Reference("fraud", "1"), "x", kind=Metric), Metric | None)
    assert_type(await registry.get_artifact(id="1", kind="metric"), Artifact)
    assert_type(await registry.latest("fraud", by="semver"), ModelVersion)
    assert_type(await registry.find_latest("fraud"), ModelVersion | None)
    assert_type(await registry.resolve("fraud@champion"), ModelVersion)
    assert_type(await registry.compare(version, "fraud/1.0"), Comparison)
    assert_type((await registry.lineage("fraud")), Lineage)
    assert_type((await registry.lineage("fraud")).versions[0].of_kind(DataSet), tuple[DataSet, ...])
    await registry.get_artifact(version, "x", kind=RegisteredModel)  # type: ignore[type-var]
    await registry.latest("fraud", by="name")  # type: ignore[arg-type]
    await registry.get_model(1)  # type: ignore[arg-type]
    await registry.get_artifact(version, "x", kin=Metric)  # type: ignore[call-arg]
    await registry.set_properties("fraud", {"a": 1}, overwrit=True)  # type: ignore[call-arg]
    registry.list_artifacts("fraud/1.0", kin=Metric)  # type: ignore[call-arg]
    assert_type(await registry.set_properties(version, {"a": 1}), ModelVersion)
    assert_type(await registry.remove_properties("fraud", "a"), RegisteredModel | ModelVersion)


def properties(model: RegisteredModel, given: dict[str, int]) -> None:
    model.custom_properties["a"] = 1
    model.custom_properties = given
    RegisteredModel("fraud", custom_properties=given)
    assert_type(model.custom_properties, dict[str, PropertyValue])
    model.custom_properties = 5  # type: ignore[assignment]


async def registered(registry: AsyncModelRegistry) -> None:
    done = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
    assert_type(done.get_artifact(), ModelArtifact)
    await registry.register("fraud", "1.0", onwer="ann")  # type: ignore[call-arg]


async def walk_async(registry: AsyncModelRegistry) -> None:
    pager = registry.list_models(filter=F.name == "a", archived=False, order_by="created")
    async for model in pager:
        assert_type(model, RegisteredModel)
    async for page in pager.pages():
        assert_type(page, Page[RegisteredModel])
    assert_type(await pager.first(), RegisteredModel | None)
    assert_type(await pager.to_list(5), list[RegisteredModel])
    async for metric in registry.list_artifacts("fraud/1.0", kind=Metric):
        assert_type(metric, Metric)
    async for artifact in registry.list_artifacts(kind="metric"):
        assert_type(artifact, Artifact)
    assert_type(await registry.list_versions("fraud").filter(F.name == "1").first(), ModelVersion | None)
    registry.list_models(order_by="size")  # type: ignore[arg-type]
    registry.list_models(filter=F.name)  # type: ignore[arg-type]
    len(pager.to_list())  # type: ignore[arg-type]
    for _ in pager.pages():  # type: ignore[attr-defined]
        pass


def walk_blocking(registry: ModelRegistry) -> None:
    pager = registry.list_models(filter="name = 'a'")
    for model in pager:
        assert_type(model, RegisteredModel)
    for page in pager.pages():
        assert_type(page, Page[RegisteredModel])
    assert_type(pager.first(), RegisteredModel | None)
    assert_type(pager.to_list(), list[RegisteredModel])
    for metric in registry.list_artifacts("fraud/1.0", kind=Metric):
        assert_type(metric, Metric)
    assert_type(registry.get_artifact(id="1", kind=Metric), Metric)
    assert_type(registry.find_artifact(id="1"), Artifact | None)
    assert_type(registry.get_model_versions("fraud", filter=F.name == "1").first(), ModelVersion | None)
    registry.first()  # type: ignore[attr-defined]
