"""A file that comes in parts, in any order, by any number of threads."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry import storage
from model_registry.exceptions import StorageError
from model_registry.storage.downloading.partial_file import PartialFile
from tests.support.folders import sha256

CONTENT = bytes(range(256)) * 4
parts = st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(1, 300)), max_size=12)


def incoming(folder: Path, transfer: storage.Transfer | None = None) -> PartialFile:
    return PartialFile(folder / "x", folder / "notes" / "x", transfer or storage.Transfer(), len(CONTENT))


@given(parts, parts, st.randoms())
def test_any_order_with_overlaps_and_an_interruption(
    first: list[tuple[int, int]], second: list[tuple[int, int]], random: object
) -> None:
    seen: list[storage.Progress] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with incoming(folder) as file:
            beginning = 0
            for at, size in first:
                file.write_at(at, CONTENT[at : at + size])
            reached = {place for at, size in first for place in range(at, min(at + size, len(CONTENT)))}
            while beginning in reached:
                beginning += 1
            assert file.offset == beginning
        assert (folder / "x").read_bytes()[:beginning] == CONTENT[:beginning]
        with incoming(folder, storage.Transfer(progress=seen.append)) as file:
            assert file.offset == beginning
            assert {place for gap in file.gaps(len(CONTENT)) for place in gap} == (
                set(range(len(CONTENT))) - reached
            )
            for at, size in second:
                file.write_at(at, CONTENT[at : at + size])
            for gap in file.gaps(len(CONTENT)):
                for at in range(gap.start, gap.stop, 100):
                    file.write_at(at, CONTENT[at : min(at + 100, gap.stop)])
            assert file.finish() == sha256(CONTENT)
        assert (folder / "x").read_bytes() == CONTENT
        assert seen[-1].done == len(CONTENT), "each byte is counted once"
        assert list((folder).rglob("notes/*")) == []


def test_many_threads(tmp_path: Path) -> None:
    content = CONTENT * 1000
    places = list(range(0, len(content), 10_000))
    places = places[::2] + places[1::2]
    with PartialFile(tmp_path / "x", tmp_path / "n" / "x", storage.Transfer(), len(content)) as file:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda at: file.write_at(at, content[at : at + 10_000]), places))
        assert file.finish() == sha256(content)


def test_restart(tmp_path: Path) -> None:
    seen: list[storage.Progress] = []
    with incoming(tmp_path, storage.Transfer(progress=seen.append)) as file:
        file.write(b"wrong")
        file.write_at(100, b"wrong too")
        file.restart()
        assert (file.offset, seen[-1].done) == (0, 0)
        file.write(CONTENT)
        assert file.finish() == sha256(CONTENT)


def test_bytes_of_the_beginning_are_not_replaced(tmp_path: Path) -> None:
    with incoming(tmp_path) as file:
        file.write(CONTENT[:500])
        file.write_at(400, b"!" * 100 + CONTENT[500:])
        assert file.finish() == sha256(CONTENT) == sha256((tmp_path / "x").read_bytes())


def test_a_gap_is_not_complete(tmp_path: Path) -> None:
    with incoming(tmp_path) as file:
        file.write(CONTENT[:10])
        file.write_at(20, CONTENT[20:])
        with pytest.raises(StorageError, match="ended after 10 of 1024 bytes"):
            file.finish()


def test_more_than_is_to_come_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT + b"more")
    with incoming(tmp_path) as file:
        assert file.offset == 0


@pytest.mark.parametrize(
    ("note", "begin"),
    [("300", 300), ("[[0, 200], [400, 500]]", 200), ("", 0), ("[[0, 9", 0), ("[[0, 9999]]", 500)],
)
def test_notes_of_an_earlier_attempt(tmp_path: Path, note: str, begin: int) -> None:
    (tmp_path / "x").write_bytes(CONTENT[:500])
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "x").write_text(note)
    with incoming(tmp_path) as file:
        assert file.offset == begin
        for gap in file.gaps(len(CONTENT)):
            file.write_at(gap.start, CONTENT[gap.start : gap.stop])
        assert file.finish() == sha256(CONTENT)
