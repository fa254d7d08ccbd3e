"""Copies to and from the stand-in for the reference server: whole or not begun, and nothing lost silently."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import CopyInterruptedError
from model_registry.records.file import RecordReader, join_files
from model_registry.types import DataSet, DocArtifact, Metric, ModelVersion, Parameter, RegisteredModel
from tests.support.backends import API, SyncHTTPBackend
from tests.support.reference import ReferenceServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from model_registry.types import CopyReport


@pytest.fixture
def server() -> Iterator[ReferenceServer]:
    with ReferenceServer() as server:
        yield server


@pytest.fixture
async def reference(server: ReferenceServer) -> AsyncIterator[AsyncModelRegistry]:
    async with AsyncModelRegistry(server.url, author="ann") as registry:
        yield registry


@pytest.fixture
async def ours() -> AsyncIterator[AsyncModelRegistry]:
    async with AsyncModelRegistry.local(author="ann") as registry:
        yield registry


CONFUSED = [
    kind(name=name, value=value)
    for kind in (Metric, Parameter)
    for value, name in enumerate(["a:b:c", "b:c", "c", "val:loss", "l_ss", "loss", "l%"])
]


async def facts(registry: AsyncModelRegistry, version: str) -> dict[tuple[type, str | None], Any]:
    return {
        (type(each), each.name): getattr(each, "value", None)
        async for each in registry.list_artifacts(version)
    }


@pytest.mark.parametrize("way", ["copy", "import"])
async def test_f02_copies_metrics_whose_names_are_confused(
    ours: AsyncModelRegistry, reference: AsyncModelRegistry, tmp_path: Path, way: str
) -> None:
    await ours.register("m", "1", "s3://b/f", artifacts=CONFUSED)
    for outcome in ("created", "unchanged"):
        await ours.export(tmp_path / "m.jsonl", "m")
        report = await (
            ours.copy("m", to=reference) if way == "copy" else reference.import_(tmp_path / "m.jsonl")
        )
        assert report.total(outcome) == report.total() == 3 + len(CONFUSED)
    assert await facts(reference, "m/1") == await facts(ours, "m/1")


REFUSED = {
    "f03 steps": Metric(name="loss", value=1, step=2**40),
    "f04 integers": DocArtifact(name="d", custom_properties={"p": 2**40}),
    "f05 struct texts": DocArtifact(name="d", custom_properties={"p": "mlmd-struct::x"}),
    "f06 lost properties": DocArtifact(name="d", custom_properties={"experiment_id": "7"}),
    "f12 numbers in structs": DocArtifact(name="d", custom_properties={"p": [2**60 + 1]}),
    "f20 backslashes": Metric(name="d\\", value=1),
    "f24 long names": DocArtifact(name="d" * 254),
}


@pytest.mark.parametrize("way", ["copy", "import"])
@pytest.mark.parametrize("case", REFUSED)
async def test_a_copy_that_cannot_be_stored_is_not_begun(
    ours: AsyncModelRegistry, reference: AsyncModelRegistry, tmp_path: Path, way: str, case: str
) -> None:
    await ours.register("m", "1", "s3://b/f", artifacts=[REFUSED[case]])
    await ours.export(tmp_path / "m.jsonl", "m")
    with pytest.raises(CopyInterruptedError, match="after 0 resources") as raised:
        await (ours.copy("m", to=reference) if way == "copy" else reference.import_(tmp_path / "m.jsonl"))
    assert (REFUSED[case].name or "") in str(raised.value)
    assert await reference.find_model("m") is None


@pytest.mark.parametrize("way", ["copy", "import"])
async def test_f12_copies_back_what_lost_the_types_of_numbers(
    ours: AsyncModelRegistry, reference: AsyncModelRegistry, tmp_path: Path, way: str
) -> None:
    async def moved(source: AsyncModelRegistry, target: AsyncModelRegistry) -> CopyReport:
        if way == "copy":
            return await source.copy("m", to=target)
        await source.export(tmp_path / "m.jsonl", "m")
        return await target.import_(tmp_path / "m.jsonl")

    await ours.register("m", "1", "s3://b/f", properties={"p": {"a": 1.0, "b": [1, 2.5]}})
    assert (await moved(ours, reference)).total("created") == 3
    back = await moved(reference, ours)
    assert back.total("unchanged") == back.total() == 3


@pytest.mark.parametrize("way", ["copy", "import"])
async def test_15_copies_between_own_registries_compare_numbers_by_type(
    ours: AsyncModelRegistry, tmp_path: Path, way: str
) -> None:
    await ours.register("m", "1", properties={"p": {"a": 1.0}})
    await ours.export(tmp_path / "m.jsonl")
    assert "number_types" not in (tmp_path / "m.jsonl").read_text()
    async with AsyncModelRegistry.local(author="ann") as other:
        await other.register("m", "1", properties={"p": {"a": 1}})
        with pytest.raises(CopyInterruptedError, match="'a': 1}"):
            await (ours.copy("m", to=other) if way == "copy" else other.import_(tmp_path / "m.jsonl"))


async def test_15_joined_exports_are_foreign_if_one_is(
    ours: AsyncModelRegistry, reference: AsyncModelRegistry, tmp_path: Path
) -> None:
    await ours.register("m", "1", properties={"p": {"a": 1.0}})
    await reference.register("n", "1")
    await ours.export(tmp_path / "ours.jsonl")
    await reference.export(tmp_path / "theirs.jsonl")
    join_files([tmp_path / "ours.jsonl", tmp_path / "theirs.jsonl"], tmp_path / "whole.jsonl")
    reader = RecordReader(tmp_path / "whole.jsonl")
    assert {getattr(record.resource, "name", None) for record in reader} == {"m", "n", "1"}
    assert reader.is_foreign


async def test_f14_copies_the_first_of_equal_data_sets_and_reports_the_others(
    ours: AsyncModelRegistry, reference: AsyncModelRegistry, server: ReferenceServer
) -> None:
    done = await reference.register("m", "1", "s3://b/f", artifacts=[DataSet(name="train", uri="s3://one")])
    twin = {"artifactType": "dataset-artifact", "name": "train", "uri": "s3://two"}
    added = post(server, f"/model_versions/{done.version.id}/artifacts", twin)
    report = await reference.copy("m", to=ours, if_different="update")
    assert (report.total("skipped"), len(report.notes)) == (1, 1)
    assert f"this one is {added}" in report.notes[0]
    copied = await ours.get_artifact("m/1", "train")
    assert copied.uri == "s3://one"


async def test_deviation_15_copies_what_serves_no_model(
    ours: AsyncModelRegistry, reference: AsyncModelRegistry, server: ReferenceServer
) -> None:
    model = await reference.core.upsert_registered_model(RegisteredModel("m"))
    version = await reference.core.upsert_model_version(ModelVersion("1"), model.id)
    place = post(server, "/serving_environments", {"name": "e"})
    ids = {"servingEnvironmentId": place, "registeredModelId": model.id}
    post(server, "/inference_services", {**ids, "name": "fine"})
    post(server, "/inference_services", {**ids, "name": "no version", "modelVersionId": "9999"})
    lost = post(server, "/inference_services", {**ids, "name": "no model", "registeredModelId": "9999"})
    post(server, f"/inference_services/{lost}/serves", {"name": "s", "modelVersionId": version.id})
    report = await reference.copy(to=ours)
    assert [each.split("'")[1] for each in report.notes] == [
        "e / m / no version",
        "e / no model",
        "e / no model / m / 1 / s",
    ]
    assert [each.name async for each in ours.list_services()] == ["fine"]


async def test_copies_an_empty_registry(ours: AsyncModelRegistry, reference: AsyncModelRegistry) -> None:
    assert (await ours.copy(to=reference)).total() == 0
    assert (await reference.copy(to=ours)).total() == 0


def post(server: ReferenceServer, path: str, body: dict[str, object]) -> str:
    """Create a resource as another program does, and return its id."""
    backend = SyncHTTPBackend(server.url)
    response = backend.send("POST", API + path, json.dumps(body).encode())
    backend.close()
    number: str = response.json["id"]
    return number
