"""No registration replaces the files of another."""

from __future__ import annotations

import asyncio
import threading

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry, storage
from model_registry.exceptions import (
    ConflictError,
    InvalidArgumentError,
    StorageExistsError,
)
from tests.support.memory_store import MemoryStore


@pytest.fixture
def registry():
    with ModelRegistry.local(author="ann") as registry:
        yield registry


@pytest.fixture
def model(tmp_path):
    """Write a file, or a folder, to upload."""

    def write(content: str, *, folder: bool = False):
        path = tmp_path / f"model-{content}"
        if folder:
            path.mkdir()
            (path / "weights.bin").write_text(content)
            return path
        path.write_text(content)
        return path

    return write


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("ending", ["", "/"])
def test_two_versions_with_one_location(registry, model, tmp_path, folder, ending):
    to = f"{tmp_path}/store/fraud{ending}"
    registry.register("fraud", "1", files=model("old", folder=folder), to=to)
    with pytest.raises(ConflictError, match=r"holds the files of the ModelArtifact 'fraud' .*replace=True"):
        registry.register("fraud", "2", files=model("new", folder=folder), to=to)
    assert registry.find_version("fraud", "2") is None
    registry.download("fraud/1", tmp_path / "out")
    done = registry.register("fraud", "2", files=model("now", folder=folder), to=to, replace=True)
    assert done.is_new


@pytest.mark.parametrize("folder", [False, True])
def test_files_that_no_registration_of_this_registry_records(registry, model, tmp_path, folder):
    to = tmp_path / "store"
    with ModelRegistry.local(author="bob") as other:
        other.register("fraud", "1", files=model("old", folder=folder), to=to)
    with pytest.raises(StorageExistsError, match=r"nothing was uploaded.*replace=True"):
        registry.register("fraud", "1", files=model("new", folder=folder), to=to)
    with registry.dry_run() as trial, pytest.raises(StorageExistsError):
        trial.register("fraud", "1", files=tmp_path / "model-new", to=to)
    assert registry.find_model("fraud") is None


def test_a_store_without_digests(registry, model):
    store = MemoryStore()
    registry.register("fraud", "1", files=model("old", folder=True), to="memory://a", store=store)
    with pytest.raises(StorageExistsError, match=r"holds another 'weights.bin'"):
        registry.register("fraud", "2", files=model("new", folder=True), to="memory://b", store=store)
    assert store.files["weights.bin"] == b"old"


def test_an_upload_that_was_not_registered_is_repeated(registry, model, tmp_path):
    files, to = model("old", folder=True), tmp_path / "store"
    storage.upload(files, f"{to}")
    assert registry.register("fraud", "1", files=files, to=to, if_exists="resume").is_new


async def test_of_two_at_once_one_is_told(model, tmp_path):
    first, second = model("one"), model("two")
    to = f"{tmp_path}/store/fraud"
    both = threading.Barrier(2)

    class Slow(MemoryStore):
        """Begins the uploads only when both registrations checked the location."""

        def list_files(self, uri):
            both.wait(20)
            return []

    store = Slow()
    async with AsyncModelRegistry.local(author="ann") as registry:
        results = await asyncio.gather(
            registry.register("fraud", "1", files=first, to=to, store=store),
            registry.register("fraud", "2", files=second, to=to, store=store),
            return_exceptions=True,
        )
    errors = [each for each in results if isinstance(each, Exception)]
    assert len(errors) == 1
    assert isinstance(errors[0], ConflictError)
    assert "at the same time" in str(errors[0])


def test_a_location_with_the_names(registry, model, tmp_path):
    for version in ("1", "2"):
        done = registry.register(
            "fraud", version, files=model(version), to=f"{tmp_path}/{{model}}/{{version}}/fraud.onnx"
        )
        assert done.artifact.uri.endswith(f"/fraud/{version}/fraud.onnx")
    registry.download("fraud/1", tmp_path / "out")


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b", "a?b", "a\nb"])
def test_names_that_would_leave_the_location(registry, model, tmp_path, name):
    with pytest.raises(InvalidArgumentError, match=r"needs a \{model\} that can be part of a path"):
        registry.register(name, "1", files=model("x"), to=f"{tmp_path}/{{model}}/1")
