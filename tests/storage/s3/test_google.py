"""Files that Google's own interface stored, with fake-gcs-server.

It does not have the interface that obstore uploads with; `test_clouds.py` tests uploads with an S3 server.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import IntegrityError, StorageNotFoundError
from model_registry.storage import GSStore
from tests.support.folders import read_files
from tests.support.google_server import BUCKET, insert, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {"model.onnx": b"weights", "a folder/größe?#%.json": b"{}", "empty": b""}
BIG = os.urandom(1024 * 1024) * 18 + b"end"


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    """Address of a server with the files of a model."""
    with running() as url:
        for name, content in {**FILES, "big": BIG}.items():
            insert(url, f"fraud 1/{name}", content)
        insert(url, "fraud 10/other", b"another model")
        yield url


@pytest.fixture
def store(google: str, tmp_path: Path) -> GSStore:
    """The store, with a key file that names the server."""
    account = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    key_file = tmp_path / "account.json"
    key_file.write_text(json.dumps({**account, "gcs_base_url": google, "disable_oauth": True}))
    return GSStore(service_account=str(key_file))


def test_14_15_files_of_google(store: GSStore, tmp_path: Path) -> None:
    uri = f"gs://{BUCKET}/fraud 1"
    listed = {file.path: file.size for file in storage.list_files(uri, store=store)}
    assert listed == {**{name: len(content) for name, content in FILES.items()}, "big": len(BIG)}
    assert read_files(storage.download(uri, tmp_path / "back", store=store)) == {**FILES, "big": BIG}
    single = storage.download(f"{uri}/model.onnx", tmp_path / "single", store=store)
    assert single.read_bytes() == b"weights"
    with storage.open(uri, "big", store=store) as file:
        file.seek(-3, os.SEEK_END)
        assert file.read() == b"end"


def test_14_15_google_registered_and_verified(google: str, store: GSStore, tmp_path: Path) -> None:
    insert(google, "single/model.onnx", b"weights")
    uri = f"gs://{BUCKET}/single/model.onnx"
    with ModelRegistry.local(author="ann") as registry:
        digest = storage.digest(uri, store=store)
        registry.register("m", "1", uri=uri, properties={})
        artifact = registry.get_model_artifact("m", "1")
        artifact.custom_properties = {"storage.digest": digest}
        registry.update(artifact)
        assert registry.download("m/1", tmp_path / "a", store=store).verified.digests
        insert(google, "single/model.onnx", b"WEIGHTS")
        with pytest.raises(IntegrityError):
            registry.download("m/1", tmp_path / "b", store=store)


def test_14_15_what_google_does_not_have(store: GSStore) -> None:
    with pytest.raises(StorageNotFoundError):
        storage.list_files(f"gs://{BUCKET}/fraud", store=store)
