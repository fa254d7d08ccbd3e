"""Paths and `file:` URIs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, StorageError, StorageNotFoundError
from tests.support.folders import FILES, read_files, sha256, write_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["plain", "with blank", "ünï☃", "100%", "a#b", "a?b", "%2e"])
def test_names_there_and_back(folder: Path, tmp_path: Path, name: str) -> None:
    uploaded = storage.upload(folder, str(tmp_path / "store" / name))
    assert read_files(tmp_path / "store" / name) == FILES
    assert uploaded.uri == (tmp_path / "store" / name).as_uri()
    assert read_files(storage.download(uploaded.uri, tmp_path / "back")) == FILES


def test_uploading_again_replaces(folder: Path, tmp_path: Path) -> None:
    storage.upload(folder, str(tmp_path / "store"))
    (folder / "empty").write_bytes(b"no more")
    storage.upload(folder, str(tmp_path / "store"))
    assert read_files(tmp_path / "store") == {**FILES, "empty": b"no more"}


@pytest.mark.parametrize("uri", ["file://host/x", "file:///x?y", "file:///x#y", "file://"])
def test_bad_uris(uri: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="file:///path"):
        storage.download(uri, tmp_path)


def test_localhost_is_this_machine(folder: Path) -> None:
    assert storage.digest(f"file://localhost{(folder / 'empty').as_posix()}") == sha256(b"")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be read by this user")
def test_unreadable(folder: Path, tmp_path: Path) -> None:
    (folder / "empty").chmod(0)
    with pytest.raises(StorageError, match="Permission denied"):
        storage.upload(folder, str(tmp_path / "store"))


def test_a_file_where_a_folder_should_be(folder: Path, tmp_path: Path) -> None:
    write_files(tmp_path, {"store": b"a file"})
    with pytest.raises(StorageError, match="cannot be uploaded"):
        storage.upload(folder, str(tmp_path / "store"))
    assert (tmp_path / "store").read_bytes() == b"a file"


def test_a_failed_upload_leaves_no_half_file(folder: Path, tmp_path: Path) -> None:
    write_files(folder, {"model.onnx": b"x" * 3_000_000})
    transfer = storage.Transfer(progress=lambda now: now.done > 0 and transfer.stop())
    with pytest.raises(StorageError, match="was stopped"):
        storage.upload(folder / "model.onnx", str(tmp_path / "store" / "x"), transfer=transfer)
    assert read_files(tmp_path / "store") == {}


def test_a_file_that_is_written_to_meanwhile(folder: Path, tmp_path: Path) -> None:
    def change(now: storage.Progress) -> None:
        with (folder / "model.onnx").open("ab") as file:
            file.write(b"more")

    with pytest.raises(StorageError, match=r"model\.onnx changed during the upload"):
        storage.upload(folder / "model.onnx", str(tmp_path / "x"), progress=change)


def test_missing_file_of_a_folder(folder: Path) -> None:
    with pytest.raises(StorageNotFoundError, match=r"no file 'weights'"):
        storage.open(str(folder), "weights")
    with pytest.raises(InvalidArgumentError, match="Give path="):
        storage.open(str(folder))
