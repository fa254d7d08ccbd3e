"""Which local files are taken, and which names of a store are let in."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, StorageError, StorageNotFoundError
from model_registry.storage.paths import check_path, check_paths, walk
from tests.support.folders import FILES, read_files


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "/etc/passwd",
        "//host/share",
        "a//b",
        "a/",
        "./a",
        "C:/x",
        "c:x",
        "..\\x",
        "a\\b",
        "a\0b",
        "a\nb",
        "\x7f",
        "\ud800",
    ],
)
def test_refused_paths(path: str) -> None:
    with pytest.raises(StorageError, match="is not allowed") as raised:
        check_path(path)
    assert repr(path) in str(raised.value)


@pytest.mark.parametrize(
    "path", ["a", "a/b", "..a", "a..", "...", "a b", " a", "ü", ".hidden", "ab:c", "~", "-rf"]
)
def test_good_paths(path: str) -> None:
    assert check_path(path) == path


@given(st.text(st.sampled_from("./\\:aC\0ü"), max_size=12))
def test_paths_that_are_let_in_stay_below_every_folder(path: str) -> None:
    try:
        check_path(path)
    except StorageError:
        return
    for kind, root in ((PurePosixPath, "/root/folder"), (PureWindowsPath, "C:/root/folder")):
        joined = kind(root) / path
        assert ".." not in joined.parts
        assert joined.is_relative_to(root)
        assert joined.relative_to(root).as_posix() == path


@pytest.mark.parametrize("paths", [["a", "a"], ["a", "a/b"], ["x/y/z", "x/y"]], ids=str)
def test_paths_that_cannot_be_together(paths: list[str]) -> None:
    with pytest.raises(StorageError):
        check_paths(paths)


def test_walk_sorts_by_bytes(folder: Path) -> None:
    found = [path for path, _ in walk(folder)]
    assert found == sorted(FILES, key=str.encode)


def test_ignored(folder: Path) -> None:
    assert [path for path, _ in walk(folder, ["tokenizer", "*.json"])] == ["empty", "model.onnx"]
    assert "tokenizer/vocab.txt" not in dict(walk(folder, ["tokenizer/*.txt"]))
    with pytest.raises(InvalidArgumentError, match="list of patterns"):
        walk(folder, "*.json")


def test_links_within_the_folder_are_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "latest").symlink_to("model.onnx")
    (folder / "words").symlink_to("tokenizer")
    (folder / "absolute").symlink_to(folder / "empty")
    uploaded = storage.upload(folder, str(tmp_path / "store"))
    stored = read_files(tmp_path / "store")
    assert stored["latest"] == FILES["model.onnx"]
    assert stored["words/deep/er/x"] == b"x"
    assert stored["absolute"] == b""
    assert not any(path.is_symlink() for path in (tmp_path / "store").rglob("*"))
    assert storage.digest(folder) == uploaded.digest


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert storage.digest(tmp_path / "link") == storage.digest(folder)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("../outside", "leads out of"),
        ("/etc/passwd", "leads out of"),
        ("nowhere", "leads nowhere"),
        ("bad", "circle"),
        (".", "circle"),
        ("tokenizer/back", "circle"),
    ],
)
def test_other_links_are_refused(folder: Path, tmp_path: Path, target: str, text: str) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    (folder / "tokenizer" / "back").symlink_to("../tokenizer")
    (folder / "bad").symlink_to(target)
    ignore = [] if target == "tokenizer/back" else ["back"]
    with pytest.raises(StorageError, match=text) as raised:
        storage.upload(folder, str(tmp_path / "store"), ignore=ignore)
    assert str(folder / "bad") in str(raised.value)
    assert not (tmp_path / "store").exists()
    storage.upload(folder, str(tmp_path / "store"), ignore=["bad", "back"])


def test_a_link_to_a_folder_above_is_a_circle(folder: Path, tmp_path: Path) -> None:
    (folder / "tokenizer" / "up").symlink_to("..")
    with pytest.raises(StorageError, match=r"up leads in a circle"):
        storage.upload(folder, str(tmp_path / "store"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_what_is_no_file(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe")
    for path in (folder, folder / "pipe"):
        with pytest.raises(StorageError, match="pipe is neither a file nor a folder"):
            storage.upload(path, str(tmp_path / "store"))


def test_names_that_are_no_text(folder: Path, tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).write_bytes(b"")
    except OSError:
        pytest.skip("this disk takes Unicode names only")
    with pytest.raises(StorageError, match="is not Unicode"):
        storage.upload(folder, str(tmp_path / "store"))


def test_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "void" / "inner").mkdir(parents=True)
    with pytest.raises(InvalidArgumentError, match="contains no files"):
        storage.upload(tmp_path / "void", str(tmp_path / "store"))
    for read in (storage.list_files, storage.digest):
        with pytest.raises(StorageNotFoundError, match="is empty"):
            read(str(tmp_path / "void"))
