"""Small files among many: in memory until they are complete."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import StorageError
from model_registry.storage.downloading.small_file import SmallFile
from tests.support.folders import read_files, sha256
from tests.support.memory_store import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = os.urandom(10_000)


def small(folder: Path, *, resume: bool = False, transfer: storage.Transfer | None = None) -> SmallFile:
    return SmallFile(str(folder / "x"), transfer or storage.Transfer(), len(CONTENT), resume=resume)


def test_parts_in_any_order(tmp_path: Path) -> None:
    transfer = storage.Transfer()
    with small(tmp_path, transfer=transfer) as file:
        for start in (5000, 1000, 4500, 9000, 0, 2000, 7000):
            file.write_at(start, CONTENT[start : start + 3000])
        assert file.gaps(len(CONTENT)) == []
        assert file.finish() == sha256(CONTENT)
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_what_is_missing(tmp_path: Path) -> None:
    with small(tmp_path) as file:
        file.write(CONTENT[:2000])
        file.write_at(4000, memoryview(CONTENT)[4000:5000])
        assert (file.offset, file.gaps(10_000)) == (2000, [range(2000, 4000), range(5000, 10_000)])
        with pytest.raises(StorageError, match="x ended after 2000 of 10000 bytes"):
            file.finish()
        with pytest.raises(StorageError, match="x has 10000 bytes, but the store sent more"):
            file.write_at(9_999, b"ab")
    assert (tmp_path / "x").read_bytes() == CONTENT[:2000]
    with small(tmp_path, resume=True) as file:
        assert file.offset == 2000
        file.restart()
        assert file.offset == 0
        file.write(b"!" * 1000)
    assert (tmp_path / "x").read_bytes() == b"!" * 1000


def test_nothing_arrived(tmp_path: Path) -> None:
    small(tmp_path).close()
    assert not (tmp_path / "x").exists()
    with SmallFile(str(tmp_path / "x"), storage.Transfer(), 0, resume=False) as file:
        assert file.finish() == sha256(b"")
    assert (tmp_path / "x").read_bytes() == b""


def test_a_file_of_an_earlier_attempt_that_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"!" * 12_000)
    with small(tmp_path, resume=True) as file:
        assert file.offset == 0
        file.write(CONTENT)
        file.finish()
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = small(tmp_path / "none")
    file.write(CONTENT)
    with pytest.raises(StorageError, match="cannot be written: No such file"):
        file.finish()


def test_many_files_go_on_where_they_stopped(tmp_path: Path) -> None:
    store = MemoryStore({f"{number % 7}/{number:03}": os.urandom(3000) for number in range(120)})
    store.fail_at = 200  # each file has three parts
    with pytest.raises(StorageError):
        storage.download(
            "memory://x", tmp_path / "back", store=store, transfer=storage.Transfer(concurrency=1)
        )
    store.fetched.clear()
    seen: list[storage.Progress] = []
    storage.download("memory://x", tmp_path / "back", store=store, progress=seen.append)
    assert len(store.fetched) == 120 - 66
    assert min(begin for _, begin in store.fetched if begin) == 1000
    assert read_files(tmp_path / "back") == store.files
    assert seen[-1] == storage.Progress(360_000, 360_000, 120, 120)
