"""Files on Azure Blob Storage, with Azurite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import IntegrityError, StorageAccessError, StorageError, StorageNotFoundError
from model_registry.storage import AZStore
from tests.support.azure_server import ACCOUNT, CONTAINER, KEY, running
from tests.support.folders import FILES, read_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an account."""
    with running(tmp_path_factory.mktemp("azure")) as url:
        yield url


@pytest.fixture
def store(azure: str) -> AZStore:
    """The store, with the key of the account."""
    return AZStore(account=ACCOUNT, account_key=KEY, endpoint=azure)


def test_14_15_there_and_back(folder: Path, store: AZStore, tmp_path: Path) -> None:
    (folder / "big").write_bytes(os.urandom(1024 * 1024) * 18 + b"end")
    uploaded = storage.upload(folder, f"az://{CONTAINER}/fraud 1", store=store)
    assert uploaded.uri == f"az://{CONTAINER}/fraud%201?account={ACCOUNT}"
    back = storage.download(uploaded.uri, tmp_path / "back", store=store, expected=uploaded.digest)
    assert read_files(back) == {**FILES, "big": (folder / "big").read_bytes()}
    with storage.open(uploaded.uri, "big", store=store) as file:
        file.seek(-3, os.SEEK_END)
        assert file.read() == b"end"


def test_14_15_registered_and_verified(folder: Path, store: AZStore, tmp_path: Path) -> None:
    with ModelRegistry.local(author="ann") as registry:
        registry.register("m", "1", files=folder, to=f"az://{CONTAINER}/registered", store=store)
        assert read_files(registry.download("m/1", tmp_path / "back", store=store)) == FILES
        (tmp_path / "other").write_bytes(b"x" * len(FILES["model.onnx"]))
        uri = f"az://{CONTAINER}/registered/model.onnx"
        storage.upload(tmp_path / "other", uri, store=store)
        with pytest.raises(IntegrityError):
            registry.download("m/1", tmp_path / "changed", store=store)


def test_14_15_what_is_missing_or_refused(folder: Path, store: AZStore, azure: str) -> None:
    with pytest.raises(StorageNotFoundError):
        storage.list_files(f"az://{CONTAINER}/nothing", store=store)
    with pytest.raises(StorageNotFoundError, match="There is no bucket"):
        storage.upload(folder, "az://nothing/x", store=store)
    wrong = AZStore(account=ACCOUNT, account_key="c2VjcmV0", endpoint=azure)
    with pytest.raises(StorageAccessError) as caught:
        storage.upload(folder, f"az://{CONTAINER}/x", store=wrong)
    assert "c2VjcmV0" not in str(caught.value)


def test_14_15_a_stopped_upload_stores_nothing(store: AZStore, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(1024 * 1024) * 18)
    transfer = storage.Transfer(progress=lambda now: transfer.stop() if now.done > 7 * 1024 * 1024 else None)
    with pytest.raises(StorageError, match="was stopped"):
        storage.upload(tmp_path / "big", f"az://{CONTAINER}/stopped", store=store, transfer=transfer)
    with pytest.raises(StorageNotFoundError):
        storage.list_files(f"az://{CONTAINER}/stopped", store=store)
