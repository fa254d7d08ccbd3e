"""Downloads into folders that other users may write to."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import StorageError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to download."""
    (tmp_path / "w.bin").write_bytes(b"weights")
    return tmp_path / "w.bin"


def staging_of(source: Path, out: Path) -> Path:
    seen: list[Path] = []
    storage.download(str(source), out, progress=lambda _: seen.extend(out.parent.rglob(".*.partial")))
    return seen[0]


def test_5_a_link_is_not_followed(source: Path, tmp_path: Path) -> None:
    staging = staging_of(source, tmp_path / "first" / "out")
    target = tmp_path / "target"
    target.mkdir()
    placed = tmp_path / "second" / staging.relative_to(tmp_path / "first")
    placed.parent.mkdir(parents=True)
    placed.symlink_to(target)
    with pytest.raises(StorageError, match="is a link"):
        storage.download(str(source), tmp_path / "second" / "out")
    assert not list(target.iterdir())


def test_5_a_file_in_the_place_of_the_folder_is_refused(source: Path, tmp_path: Path) -> None:
    staging = staging_of(source, tmp_path / "first" / "out")
    placed = tmp_path / "second" / staging.relative_to(tmp_path / "first")
    placed.parent.mkdir(parents=True)
    placed.write_text("mine")
    with pytest.raises(StorageError, match="or a file"):
        storage.download(str(source), tmp_path / "second" / "out")
    assert placed.read_text() == "mine"


def test_5_the_folder_of_another_user_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: -1)
    with pytest.raises(StorageError, match="belongs to another user"):
        storage.download(str(source), tmp_path / "out")


def test_5_incomplete_files_are_private(source: Path, tmp_path: Path) -> None:
    modes: list[int] = []

    def look(_: object) -> None:
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.rglob(".*.partial"))

    storage.download(str(source), tmp_path / "out", progress=look)
    assert set(modes) == {0o700}
