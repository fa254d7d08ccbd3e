"""Files and folders on their way from place to place, by plain paths."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import IntegrityError, InvalidArgumentError, StorageError, StorageNotFoundError
from tests.support.folders import FILES, read_files, sha256, write_files
from tests.support.memory_store import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def test_folder_there_and_back(folder: Path, tmp_path: Path) -> None:
    uploaded = storage.upload(folder, str(tmp_path / "store" / "model 1"))
    assert uploaded.uri.startswith("file:///")
    assert uploaded.uri.endswith("/store/model%201")
    assert {file.path: file.digest for file in uploaded.files} == {
        path: sha256(content) for path, content in FILES.items()
    }
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert back == tmp_path / "back"
    assert read_files(back) == FILES
    assert storage.digest(back) == storage.digest(uploaded.uri) == uploaded.digest


def test_digest_of_a_folder_is_that_of_sha256sum(folder: Path) -> None:
    command = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    assert storage.digest(folder) == "sha256:" + done.stdout.split()[0]


def test_one_file_there_and_back(folder: Path, tmp_path: Path) -> None:
    uploaded = storage.upload(folder / "model.onnx", str(tmp_path / "store" / "1.onnx"))
    assert uploaded.digest == sha256(FILES["model.onnx"])
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert back == tmp_path / "back" / "1.onnx"
    assert read_files(tmp_path / "back") == {"1.onnx": FILES["model.onnx"]}


def test_one_file_into_a_folder(folder: Path, tmp_path: Path) -> None:
    uploaded = storage.upload(folder / "model.onnx", f"{tmp_path}/store/")
    assert [file.path for file in storage.list_files(uploaded.uri)] == ["model.onnx"]
    assert storage.digest(uploaded.uri) == uploaded.digest
    assert storage.download(uploaded.uri, tmp_path / "b", expected=uploaded.digest) == tmp_path / "b"


def test_same_bytes_are_left_alone(folder: Path, tmp_path: Path) -> None:
    storage.download(str(folder), tmp_path / "back")

    def written() -> dict[str, tuple[int, int]]:
        found = {path: (tmp_path / "back" / path).stat() for path in FILES}
        return {path: (one.st_ino, one.st_mtime_ns) for path, one in found.items()}

    before = written()
    storage.download(str(folder), tmp_path / "back")
    assert written() == before


def test_other_bytes_are_refused(folder: Path, tmp_path: Path) -> None:
    there = write_files(tmp_path / "back", {"model.onnx": b"mine"})
    with pytest.raises(StorageError, match="overwrite=True"):
        storage.download(str(folder), there)
    assert read_files(there) == {"model.onnx": b"mine"}
    storage.download(str(folder), there, overwrite=True)
    assert read_files(there) == FILES


def test_wrong_digest_puts_nothing_in_place(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="not have the expected digest"):
        storage.download(str(folder), tmp_path / "back", expected=sha256(b"another"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(StorageNotFoundError, match="nowhere"):
        storage.download(str(tmp_path / "nowhere"), tmp_path / "back")
    (tmp_path / "void").mkdir()
    with pytest.raises(InvalidArgumentError, match="no files"):
        storage.upload(tmp_path / "void", str(tmp_path / "store"))


def test_open_reads_from_any_place(folder: Path) -> None:
    with storage.open(str(folder), "model.onnx") as file:
        assert file.read(7) == b"weights"
        file.seek(-7, 2)
        assert file.read() == b"weights"
        file.seek(0)
        assert file.read() == FILES["model.onnx"]


def test_neighbours_are_fetched_in_the_order_of_their_places(tmp_path: Path) -> None:
    files = {f"{number:03}": bytes([number]) * 2000 for number in range(100)}
    store = MemoryStore(
        files,
        says=[
            storage.StoredFile(path, 2000, version="1", group=(f"layer {number % 3}", -number))
            for number, path in enumerate(files)
        ],
    )
    assert read_files(storage.download("memory:model", tmp_path / "back", store=store)) == files
    for layer in range(3):
        fetched = [path for path, _ in store.fetched if int(path) % 3 == layer]
        assert fetched == sorted(fetched, reverse=True)
    assert len(store.fetched) == len(files)


def test_locations_may_be_paths(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    stored = tmp_path / "store" / "a"
    storage.upload(tmp_path / "a", stored)
    assert [file.path for file in storage.list_files(stored)] == ["a"]
    assert storage.download(stored, tmp_path / "back").read_bytes() == b"1"
    with storage.open(stored) as file:
        assert file.read() == b"1"
    with pytest.raises(InvalidArgumentError, match="uri must be a URI or a path, got int"):
        storage.list_files(5)  # type: ignore[arg-type]
