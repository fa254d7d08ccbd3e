"""Dry runs of the client: the same verbs, which write nothing and record a plan."""

from __future__ import annotations

import hashlib
import json

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import (
    BatchError,
    ConflictError,
    CopyInterruptedError,
    DuplicateError,
    InvalidArgumentError,
    NotFoundError,
    StoreError,
)
from model_registry.types import RegisteredModel
from model_registry.utils import OCIParams, S3Params


async def test_verbs_find_what_was_recorded(registry, unique):
    async with registry.dry_run() as trial:
        assert type(trial) is type(registry)
        await trial.register(f"{unique}m", "1.0", "s3://models/1")
        await trial.set_alias(f"{unique}m", "champion", "1.0")
        await trial.set_properties(f"{unique}m/1.0", {"a": 1})
        assert (await trial.resolve(f"{unique}m@champion")).custom_properties == {"a": 1}
        with pytest.raises(NotFoundError):
            await registry.get_model(f"{unique}m")
    assert [change.kind for change in trial.plan] == [
        "RegisteredModel",
        "ModelVersion",
        "ModelArtifact",
        "DocArtifact",
    ]
    assert await registry.find_model(f"{unique}m") is None


async def test_a_closed_dry_run_refuses_calls_and_still_has_its_plan(registry, unique):
    async with registry.dry_run() as trial:
        await trial.register(f"{unique}m", "1.0")
    with pytest.raises(StoreError, match="is closed"):
        await trial.register(f"{unique}m", "2.0")
    assert len(trial.plan) == 2
    assert await registry.find_model(f"{unique}m") is None  # the real client is open


async def test_an_exception_of_the_block_is_raised(registry, unique):
    trial = registry.dry_run()

    async def block():
        async with trial:
            await trial.register(f"{unique}m", "1.0")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    assert len(trial.plan) == 2


async def test_dry_runs_side_by_side_are_independent(registry, unique):
    async with registry.dry_run() as one, registry.dry_run() as other:
        await one.register(f"{unique}m", "1.0")
        await other.register(f"{unique}m", "1.0")
        await other.register(f"{unique}m", "2.0")
        assert (len(one.plan), len(other.plan)) == (2, 3)


async def test_a_dry_run_within_a_dry_run_builds_on_it(registry, unique):
    async with registry.dry_run() as outer:
        await outer.register(f"{unique}m", "1.0")
        async with outer.dry_run() as inner:
            await inner.register(f"{unique}m", "2.0")
            await inner.register(f"{unique}n", "1.0")
            assert (await inner.get_version(f"{unique}m", "1.0")).name == "1.0"
        assert [change.path for change in inner.plan] == [f"{unique}m/2.0", f"{unique}n", f"{unique}n/1.0"]
        assert len(outer.plan) == 2


async def test_only_dry_runs_have_a_plan(registry):
    with pytest.raises(StoreError, match="only a dry run has a plan"):
        _ = registry.plan


class Renaming(AsyncModelRegistry):
    """A client with a verb of its own."""

    async def own(self, name: str, *, to: Renaming) -> None:
        """Register a model here, and there too."""
        await self.core.upsert_registered_model(RegisteredModel(name, owner=self.author))
        await to.core.upsert_registered_model(RegisteredModel(name, owner=to.author))


async def test_verbs_of_subclasses():
    async with (
        Renaming.local(author="ann") as here,
        Renaming.local(author="bob") as there,
        here.dry_run() as here_trial,
        there.dry_run() as there_trial,
    ):
        await here_trial.own("a", to=there_trial)
        assert [here_trial.plan[0].fields["owner"].after, there_trial.plan[0].fields["owner"].after] == [
            "ann",
            "bob",
        ]
        assert await here.find_model("a") is None


def test_blocking_clients():
    with ModelRegistry.local(author="ann") as registry, ModelRegistry.local(author="bob") as other:
        registry.register("fraud", "1.0", "s3://models/1")
        with other.dry_run() as trial:
            assert isinstance(trial, ModelRegistry)
            registry.copy("fraud", to=trial)
            assert [version.name for version in trial.list_versions("fraud")] == ["1.0"]
        assert len(trial.plan) == 3
        assert other.find_model("fraud") is None
        with pytest.raises(StoreError, match="is closed"):
            trial.find_model("fraud")


async def test_digests_depend_on_the_plan_alone(registry, unique):
    items = [{"name": f"{unique}{number}", "version": "1.0", "uri": "s3://m"} for number in range(9)]
    digests = set()
    for given in (items, items[::-1]):
        async with registry.dry_run() as trial:
            await trial.register_many(given, concurrency=3)
        digests.add(trial.plan.digest)
    assert len(digests) == 1
    async with registry.dry_run() as trial:
        await trial.register_many(items[:-1])
    assert trial.plan.digest not in digests


async def test_digests_follow_from_the_documented_json(registry, unique):
    async with registry.dry_run() as trial:
        await trial.register(f"{unique}m", "1.0", "s3://m", properties={"b": "ü", "a": 1.0})
    changes = [
        json.dumps(each, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        for each in trial.plan.to_dict()["changes"]
    ]
    text = '{"changes":[' + ",".join(sorted(changes)) + "]}"
    assert trial.plan.digest == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


async def test_errors_say_what_would_be_refused(registry, unique):
    await registry.register(f"{unique}taken", "1.0", external_id=f"{unique}x")
    async with registry.dry_run() as trial:
        with pytest.raises(DuplicateError) as caught:
            await trial.register(f"{unique}m", "1.0", external_id=f"{unique}x")
        assert "created" not in str(caught.value).replace("cannot be created", "")
        with pytest.raises(BatchError) as batch:
            await trial.register_many(
                [
                    {"name": f"{unique}n", "version": "1.0"},
                    {"name": f"{unique}n", "version": "2.0", "external_id": f"{unique}x"},
                ],
                concurrency=1,
            )
        assert "were registered" not in str(batch.value)


async def test_errors_of_copies_say_what_would_be_refused():
    async with (
        AsyncModelRegistry.local(author="ann") as here,
        AsyncModelRegistry.local(author="ann") as there,
    ):
        await here.register("fraud", "1.0", "s3://one")
        await there.register("fraud", "1.0", "s3://other")
        async with there.dry_run() as trial:
            with pytest.raises(CopyInterruptedError, match=r"^Copying would stop at .*number 3"):
                await here.copy("fraud", to=trial)


@pytest.mark.parametrize("to", ["store", "file:"])
async def test_uploads_are_planned_and_move_no_byte(registry, unique, tmp_path, to):
    (tmp_path / "m.onnx").write_bytes(b"weights")
    store = tmp_path / "store"
    arguments = {"files": tmp_path / "m.onnx", "to": store if to == "store" else store.as_uri()}
    async with registry.dry_run() as trial:
        planned = await trial.register(f"{unique}m", "1.0", **arguments)
    assert not store.exists()
    done = await registry.register(f"{unique}m", "1.0", **arguments)
    assert planned.artifact.custom_properties == done.artifact.custom_properties
    assert (planned.artifact.uri, planned.artifact.model_format_name) == (done.artifact.uri, "onnx")
    async with registry.dry_run() as trial:
        await trial.register(f"{unique}m", "1.0", **arguments, if_exists="resume")
        (tmp_path / "m.onnx").write_bytes(b"others")
        with pytest.raises(ConflictError, match="other files"):
            await trial.register(f"{unique}m", "1.0", **arguments, if_exists="resume")
        with pytest.raises(InvalidArgumentError, match="unknown scheme"):
            await trial.register(f"{unique}n", "1.0", files=tmp_path, to="nowhere://x")
    assert not trial.plan


async def test_verbs_of_release_0_3_upload_nothing(registry, unique, tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"weights")
    image = OCIParams(
        base_image="busybox", oci_ref="registry.invalid/m:1", dest_dir="", custom_oci_backend=None
    )
    bucket = S3Params("bucket", "m/1", endpoint_url="https://s3.invalid", region="eu-1")
    uris = [
        "oci://registry.invalid/m:1",
        "s3://bucket/m/1?endpoint=https://s3.invalid&defaultRegion=eu-1",
    ]
    async with registry.dry_run() as trial:
        for number, params in enumerate((image, bucket)):
            await trial.upload_artifact_and_register_model(
                f"{unique}m",
                str(tmp_path),
                upload_params=params,
                version=str(number),
                model_format_name="onnx",
                model_format_version="1",
            )
        assert [each.fields["uri"].after for each in trial.plan if "uri" in each.fields] == uris
        saved = await trial.save_to_s3(
            str(tmp_path), "bucket", "m/1", endpoint_url="https://s3.invalid", region="eu-1"
        )
        assert saved == uris[1]
        with pytest.raises(InvalidArgumentError, match="nowhere"):
            await trial.save_to_s3(str(tmp_path / "nowhere"), "bucket", "m/1")
