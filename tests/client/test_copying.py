"""Copying between registries, to a file and back."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import (
    CopyInterruptedError,
    DifferentError,
    DuplicateError,
    InvalidArgumentError,
    NotFoundError,
    StoreError,
)
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

PROPERTIES = {
    "text": "Ä ' \" \\",
    "whole": 2**31 - 1,
    "part": 0.5,
    "yes": True,
    "list": [1, {"a": None}],
    "map": {},
}
ARTIFACTS = [
    ModelArtifact(name="a", uri="s3://1", model_format_name="onnx", custom_properties=PROPERTIES),
    DocArtifact(name="a", uri="https://example.org/card"),
    DataSet(name="train", uri="s3://d", digest="sha256:00"),
    Metric(name="accuracy", value=0.0, step=3),
    Parameter(name="shuffle", value=False),
]


@pytest.fixture
async def laptop():
    """A registry with one of everything."""
    async with AsyncModelRegistry.local(author="ann") as registry:
        core = registry.core
        model = await core.upsert_registered_model(
            RegisteredModel(
                "fraud",
                owner="ann",
                tasks=["t"],
                custom_properties={**PROPERTIES, "wide": 2**62},
                external_id="x1",
            )
        )
        versions = [
            await core.upsert_model_version(
                ModelVersion(name, author="ann", state=state, custom_properties=PROPERTIES), model.id
            )
            for name, state in (("1.0", "ARCHIVED"), ("2.0", "LIVE"))
        ]
        made = [await core.upsert_model_version_artifact(each, versions[0].id) for each in ARTIFACTS]
        await core.upsert_model_version_artifact(made[2], versions[1].id)  # one data set of both
        await core.upsert_artifact(DataSet(name="alone", uri="s3://alone"))
        place = await core.upsert_serving_environment(ServingEnvironment("production"))
        service = await core.upsert_inference_service(
            InferenceService(
                name="fraud",
                registered_model_id=model.id,
                model_version_id=versions[1].id,
                serving_environment_id=place.id,
            )
        )
        await core.upsert_serve_model(ServeModel(name="s", model_version_id=versions[1].id), service.id)
        yield registry


ALL_CREATED = {
    "RegisteredModel": {"created": 1},
    "ModelVersion": {"created": 2},
    "ModelArtifact": {"created": 1},
    "DocArtifact": {"created": 1},
    "DataSet": {"created": 2, "unchanged": 1},
    "Metric": {"created": 1},
    "Parameter": {"created": 1},
    "ServingEnvironment": {"created": 1},
    "InferenceService": {"created": 1},
    "ServeModel": {"created": 1},
}
THINGS = 13


async def test_everything_to_another_registry_and_again(laptop):
    async with AsyncModelRegistry.local(author="bob") as cluster:
        await cluster.core.upsert_registered_model(RegisteredModel("other"))  # ids differ over there
        first = await laptop.copy(to=cluster)
        assert first.to_dict() == {"counts": ALL_CREATED, "notes": []}
        again = await laptop.copy(to=cluster)
        assert (again.total("unchanged"), again.total()) == (THINGS, THINGS)
        await assert_alike(laptop, cluster)

        # Back to where it came from: all is there.
        back = await cluster.copy("fraud", to=laptop)
        assert back.total("unchanged") == back.total()


async def test_one_version_to_every_sort_of_registry(laptop, registry, unique, tmp_path):
    name = f"{unique}fraud"
    model = await laptop.core.upsert_registered_model(RegisteredModel(name, custom_properties=PROPERTIES))
    version = await laptop.core.upsert_model_version(ModelVersion("1.0"), model.id)
    await laptop.core.upsert_model_version(ModelVersion("2.0"), model.id)
    for each in ARTIFACTS:
        await laptop.core.upsert_model_version_artifact(each, version.id)
    await laptop.export(tmp_path / "one.jsonl", f"{name}/1.0")
    report = await registry.import_(tmp_path / "one.jsonl")
    assert report.total("created") == 2 + len(ARTIFACTS)
    copied = await registry.get_model(name)
    assert copied.custom_properties == {
        **PROPERTIES,
        "origin.id": model.id,
        "origin.create_time": model.create_time_since_epoch,
        "origin.last_update_time": model.last_update_time_since_epoch,
    }
    assert await registry.find_version(name, "2.0") is None
    again = await registry.import_(tmp_path / "one.jsonl")
    assert again.total("unchanged") == again.total()


async def test_a_file_and_back(registry, unique, tmp_path):
    """In all ways: out of one registry into a file, and into a new one."""
    await registry.register_model(
        f"{unique}m",
        "s3://models/1",
        version="1.0",
        model_format_name="onnx",
        model_format_version="1",
        metadata={"accuracy": 0.9},
    )
    written = await registry.export(tmp_path / "one.jsonl", f"{unique}m")
    assert written.to_dict()["counts"] == {
        "RegisteredModel": {"written": 1},
        "ModelVersion": {"written": 1},
        "ModelArtifact": {"written": 1},
    }
    lines = (tmp_path / "one.jsonl").read_text("utf-8").splitlines()
    assert {"format": "model-registry-export", "version": 1}.items() <= json.loads(lines[0]).items()
    assert [json.loads(line)["kind"] for line in lines[1:]] == [
        "RegisteredModel",
        "ModelVersion",
        "ModelArtifact",
    ]
    assert json.loads(lines[2])["model"] == f"{unique}m"

    async with AsyncModelRegistry.local() as other:
        assert (await other.import_(tmp_path / "one.jsonl")).total("created") == 3
        assert (await other.import_(tmp_path / "one.jsonl")).total("unchanged") == 3
        assert (await other.get_version(f"{unique}m", "1.0")).custom_properties["accuracy"] == 0.9
    assert (await registry.import_(tmp_path / "one.jsonl")).total("unchanged") == 3


async def test_everything_through_a_file(laptop, tmp_path):
    await laptop.export(tmp_path / "all.jsonl")
    async with AsyncModelRegistry.local() as other:
        report = await other.import_(tmp_path / "all.jsonl")
        assert report.to_dict()["counts"] == ALL_CREATED
        await assert_alike(laptop, other)


async def test_what_is_different_over_there(laptop):
    async with AsyncModelRegistry.local() as cluster:
        await laptop.copy("fraud", to=cluster)
        theirs = await cluster.get_version("fraud", "2.0")
        theirs.description = "edited over there"
        theirs.custom_properties = {**theirs.custom_properties, "part": 0.75}
        await cluster.core.upsert_model_version(theirs)

        with pytest.raises(
            CopyInterruptedError, match=r"ModelVersion 'fraud / 2\.0'.*edited over there"
        ) as raised:
            await laptop.copy("fraud", to=cluster)
        assert isinstance(raised.value.__cause__, DifferentError)
        assert raised.value.report.total("unchanged") == raised.value.report.total() > 0

        kept = await laptop.copy("fraud", to=cluster, if_different="keep")
        assert kept.total("kept") == 1
        assert (await cluster.get_version("fraud", "2.0")).description == "edited over there"

        updated = await laptop.copy("fraud", to=cluster, if_different="update")
        assert updated.total("updated") == 1
        now = await cluster.get_version("fraud", "2.0")
        assert (now.description or None, now.custom_properties["part"]) == (None, 0.5)
        assert "origin.id" in now.custom_properties


async def test_a_service_that_serves_another_version_is_different(laptop):
    async with AsyncModelRegistry.local() as cluster:
        await laptop.copy(to=cluster)
        (service,) = await laptop.core.get_inference_services()
        service.model_version_id = (await laptop.get_version("fraud", "1.0")).id
        await laptop.update(service)
        with pytest.raises(CopyInterruptedError, match="model_version_id"):
            await laptop.copy(to=cluster)
        assert (await laptop.copy(to=cluster, if_different="update")).total("updated") == 1
        (theirs,) = await cluster.core.get_inference_services()
        assert (await cluster.core.get_inference_service_version(theirs.id)).name == "1.0"


async def test_an_interrupted_copy_is_completed_by_the_next(laptop):
    async with AsyncModelRegistry.local() as cluster:
        taken = await cluster.core.upsert_registered_model(RegisteredModel("other", external_id="x1"))
        with pytest.raises(
            CopyInterruptedError, match="stopped at RegisteredModel 'fraud' after 0"
        ) as raised:
            await laptop.copy(to=cluster)
        assert isinstance(raised.value.__cause__, DuplicateError)
        taken.external_id = "x2"
        await cluster.core.upsert_registered_model(taken)
        assert (await laptop.copy(to=cluster)).to_dict()["counts"] == ALL_CREATED


async def test_wrong_arguments_and_files(laptop, tmp_path):
    (tmp_path / "no.jsonl").write_text('{"format": "something else"}\n')
    (tmp_path / "newer.jsonl").write_text('{"format": "model-registry-export", "version": 2}\n')
    head = '{"format": "model-registry-export", "version": 1}\n'
    (tmp_path / "bad.jsonl").write_text(head + '{"kind": "RegisteredModel", "resource": {}}\n')
    (tmp_path / "odd.jsonl").write_text(head + '{"kind": "__class__", "resource": {"name": "x"}}\n')
    (tmp_path / "empty.jsonl").touch()
    for name in ("no", "newer", "bad", "odd", "empty", "missing"):
        with pytest.raises(InvalidArgumentError, match=r"export|record"):
            await laptop.import_(tmp_path / f"{name}.jsonl")
    with pytest.raises(InvalidArgumentError, match="no folder"):
        await laptop.export(tmp_path / "nowhere" / "x.jsonl")
    with pytest.raises(NotFoundError):
        await laptop.export(tmp_path / "x.jsonl", "nobody")
    assert not (tmp_path / "x.jsonl").exists()
    assert len(list(tmp_path.iterdir())) == 5
    with pytest.raises(InvalidArgumentError, match="if_different"):
        await laptop.copy("fraud", to=laptop, if_different="ignore")
    with pytest.raises(InvalidArgumentError, match="client of another"):
        await laptop.copy("fraud", to="https://registry.example.org")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda lines: lines[::-1], r"ServeModel .*line 2 of .*does not come before it"),
        (sorted, r"line 2 of .*does not come before it"),
        (
            lambda lines: [x for x in lines if '"kind": "RegisteredModel"' not in x],
            "line 2 .*belongs to the model",
        ),
        (
            lambda lines: [x for x in lines if '"kind": "ModelVersion"' not in x],
            "the version .* does not come before it",
        ),
        (lambda lines: [x for x in lines if "ServingEnvironment" not in x], "belongs to the environment"),
        (lambda lines: [x for x in lines if '"kind": "InferenceService"' not in x], "belongs to the service"),
    ],
)
async def test_files_that_were_sorted_or_filtered(laptop, tmp_path, edit, message):
    file = tmp_path / "all.jsonl"
    await laptop.export(file)
    head, *lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([head, *edit(lines)]) + "\n", "utf-8")
    async with AsyncModelRegistry.local(author="bob") as other:
        with pytest.raises(CopyInterruptedError, match=message):
            await other.import_(file)


def without(kind, lines):
    return [line for line in lines if f'"kind": "{kind}"' not in line]


async def test_a_file_with_a_byte_order_mark(laptop, tmp_path):
    file = tmp_path / "all.jsonl"
    written = await laptop.export(file)
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    async with AsyncModelRegistry.local(author="bob") as other:
        assert (await other.import_(file)).total() == written.total()


@pytest.mark.parametrize("path", [".", "exports", "exports/"])
async def test_export_to_a_folder(laptop, tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    with pytest.raises(InvalidArgumentError, match="is a folder: give the path of a file"):
        await laptop.export(path)
    assert [each.name for each in tmp_path.rglob("*")] == ["exports"]


async def test_an_export_that_cannot_be_completed(laptop, tmp_path, monkeypatch):
    def fail(self, target):
        (tmp_path / "all.jsonl").mkdir()
        raise IsADirectoryError(21, "Is a directory", str(target))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StoreError, match="The export cannot be written to"):
        await laptop.export(tmp_path / "all.jsonl")
    assert [each.name for each in tmp_path.iterdir()] == ["all.jsonl"]


def test_blocking(tmp_path):
    with ModelRegistry.local(author="ann") as one, ModelRegistry.local(str(tmp_path / "two.db")) as two:
        one.register_model("m", "s3://1", version="1", model_format_name="onnx", model_format_version="1")
        assert one.copy("m", to=two).total("created") == 3
        assert two.get_version("m", "1").author == "ann"
        with pytest.raises(InvalidArgumentError, match="ModelRegistry is needed"):
            one.copy("m", to="two")


async def assert_alike(one, other):
    """Compare what two registries hold of the model, ids and times apart."""
    for each in ("1.0", "2.0"):
        here, there = await one.get_version("fraud", each), await other.get_version("fraud", each)
        assert (here.state, here.author) == (there.state, there.author)
        artifacts = [
            sorted(await registry.core.get_model_version_artifacts(version.id), key=lambda a: repr(type(a)))
            for registry, version in ((one, here), (other, there))
        ]
        assert [(type(a), a.name, content(a)) for a in artifacts[0]] == [
            (type(a), a.name, content(a)) for a in artifacts[1]
        ]
    (service,) = await other.core.get_inference_services()
    assert (await other.core.get_inference_service_version(service.id)).name == "2.0"
    (serve,) = await other.core.get_serve_models(service.id)
    assert serve.name == "s"


def content(artifact):
    kept = {"value", "uri", "digest", "model_format_name", "step", "parameter_type"}
    properties = {
        key: value for key, value in artifact.custom_properties.items() if not key.startswith("origin.")
    }
    return {name: getattr(artifact, name, None) for name in kept}, properties


async def test_aliases_go_along(laptop):
    await laptop.set_alias("fraud", "champion", "1.0")
    async with AsyncModelRegistry.local(author="bob") as cluster:
        await laptop.copy(to=cluster)
        assert (await cluster.resolve("fraud@champion")).name == "1.0"
        assert (await cluster.set_alias("fraud", "champion", "2.0")).previous == "1.0"
        assert (await laptop.resolve("fraud@champion")).name == "1.0"
        # From then on each goes its own way.
        kept = await laptop.copy(to=cluster, if_different="keep")
        assert kept.total("kept") == 2  # the model's own properties, and the first move
        assert (await cluster.resolve("fraud@champion")).name == "2.0"
        assert [move.version for move in await cluster.alias_history("fraud")] == ["1.0", "2.0"]


@pytest.mark.parametrize("through_file", [False, True])
async def test_16_aliases_go_along_with_their_versions(laptop, tmp_path, through_file):
    await laptop.set_alias("fraud", "champion", "1.0")
    await laptop.set_alias("fraud", "challenger", "2.0")
    async with AsyncModelRegistry.local() as cluster:

        async def copied(target):
            if not through_file:
                return await laptop.copy(target, to=cluster)
            await laptop.export(tmp_path / "some.jsonl", target)
            return await cluster.import_(tmp_path / "some.jsonl")

        report = await copied("fraud/1.0")
        assert report.notes == [
            "Model 'fraud': aliases of versions that are not copied are left out: challenger (2.0)"
        ]
        assert await cluster.list_aliases("fraud") == {"champion": "1.0"}
        assert (await copied("fraud/1.0")).total("unchanged") == report.total()
        report = await copied("fraud/2.0")
        assert (report.counts["RegisteredModel", "updated"], report.notes) == (1, [])
        assert await cluster.list_aliases("fraud") == {"challenger": "2.0", "champion": "1.0"}
        assert (await cluster.resolve("fraud@challenger")).name == "2.0"
        report = await copied(None)
        assert report.counts["RegisteredModel", "unchanged"] == 1
        assert len(await cluster.alias_history("fraud")) == 2


async def test_16_an_alias_that_was_moved_in_the_target_stays_in_a_copy_of_another_version(laptop):
    await laptop.set_alias("fraud", "champion", "1.0")
    async with AsyncModelRegistry.local(author="bob") as cluster:
        await laptop.copy("fraud/2.0", to=cluster)
        await cluster.set_alias("fraud", "champion", "2.0")
        await laptop.copy("fraud/2.0", to=cluster)
        assert await cluster.list_aliases("fraud") == {"champion": "2.0"}
        with pytest.raises(CopyInterruptedError, match=r"alias\.champion"):
            await laptop.copy("fraud/1.0", to=cluster)


async def test_a_plan_first(laptop, tmp_path):
    await laptop.export(tmp_path / "all.jsonl")
    async with AsyncModelRegistry.local() as cluster:
        async with cluster.dry_run() as copied, cluster.dry_run() as imported:
            await laptop.copy(to=copied)
            await imported.import_(tmp_path / "all.jsonl")
        assert copied.plan
        assert copied.plan == imported.plan
        assert await cluster.find_model("fraud") is None
        await laptop.copy(to=cluster)
        async with cluster.dry_run() as trial:
            await laptop.copy(to=trial)
        assert not trial.plan


async def test_16_progress_is_reported_after_each_resource(tmp_path):
    async with AsyncModelRegistry.local(":memory:") as source, AsyncModelRegistry.local(":memory:") as other:
        for version in ("1", "2"):
            await source.register("fraud", version, "s3://m", metrics={"accuracy": 0.9})
        seen = {"copy": [], "export": [], "import": []}
        file = tmp_path / "all.jsonl"
        report = await source.copy(to=other, progress=lambda now: seen["copy"].append(now.total()))
        await source.export(file, progress=lambda now: seen["export"].append(now.total()))
        await other.import_(file, progress=lambda now: seen["import"].append(now.total()))
        assert all(numbers == list(range(1, report.total() + 1)) for numbers in seen.values())
        for call in (
            source.copy(to=other, progress=True),
            source.export(file, progress=True),
            other.import_(file, progress=True),
            other.import_mlflow("mlflow.db", progress=True),
        ):
            with pytest.raises(InvalidArgumentError, match="progress must be a function, got True"):
                await call
