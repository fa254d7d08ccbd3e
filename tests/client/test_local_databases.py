"""Databases that a local registry cannot use, or only read, and databases that another process holds."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from contextlib import closing

import pytest

from model_registry import ModelRegistry, time_limit
from model_registry.exceptions import DatabaseError, RegistryTimeoutError
from tests.server.test_files import folder, unprivileged  # noqa: F401  # fixtures

UNUSABLE = {
    "missing/registry.db": "the folder .*missing does not exist",
    "folder": "is a folder: use the path of a file in it",
    "text.txt": "is not a SQLite database",
    "other.db": "is a database of another program",
    "postgresql://bob:SECRET@127.0.0.1:1/registry": "cannot use postgresql://.* as a registry: .*refused",
}


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("not a database " * 100)
    with closing(sqlite3.connect("other.db")) as other:
        other.execute("CREATE TABLE t (a)")


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(("db", "cause"), UNUSABLE.items())
def test_the_first_call_says_the_cause(db, cause, caplog, capfd):
    started = time.monotonic()
    with (
        caplog.at_level(logging.WARNING),
        ModelRegistry.local(db, author="ann") as registry,
        pytest.raises(DatabaseError, match=cause) as error,
    ):
        registry.register("fraud", "1")
    assert "SECRET" not in str(error.value)
    assert "try again" not in str(error.value).lower()
    assert caplog.records == []
    assert capfd.readouterr().err == ""
    assert time.monotonic() - started < 5


def test_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with ModelRegistry.local("~/registry.db", author="ann") as registry:
        registry.register("fraud", "1")
    assert (tmp_path / "registry.db").is_file()


@pytest.mark.parametrize("read_only", ["file", "folder", "both"])
@pytest.mark.usefixtures("unprivileged")
def test_what_can_be_read_is_read(folder, read_only):  # noqa: F811  # a fixture
    db = folder / "registry.db"
    with ModelRegistry.local(db, author="ann") as registry:
        registry.register("fraud", "1", "s3://models/fraud")
    modes = {db: 0o444 if read_only != "folder" else 0o644, folder: 0o555 if read_only != "file" else 0o755}
    for path, mode in modes.items():
        path.chmod(mode)
    with ModelRegistry.local(db, author="ann") as registry:
        assert [version.name for version in registry.list_versions("fraud")] == ["1"]
        with pytest.raises(DatabaseError, match="can only be read: cannot write to"):
            registry.register("fraud", "2")
        assert registry.get_version("fraud", "1").name == "1"
    folder.chmod(0o755)


@pytest.fixture
def held(tmp_path):
    """A registry whose file another connection holds."""
    with ModelRegistry.local(tmp_path / "registry.db", author="ann") as registry:
        registry.register("fraud", "1")
        with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield registry, other


@pytest.mark.parametrize(
    "call",
    [
        lambda registry: registry.register("fraud", "2"),
        lambda registry: registry.register("fraud", "1", if_exists="return"),
        lambda registry: registry.set_properties("fraud", {"a": 1}),
    ],
    ids=["register", "return", "set_properties"],
)
def test_time_limits_hold_while_another_process_holds_the_file(held, call):
    registry, other = held
    started = time.monotonic()
    with time_limit(1), pytest.raises(RegistryTimeoutError, match="longer than 1 seconds"):
        call(registry)
    assert time.monotonic() - started < 3
    other.execute("ROLLBACK")
    registry.register("fraud", "3")
    assert [version.name for version in registry.list_versions("fraud")] == ["1", "3"]


def test_closing_does_not_wait_for_what_was_given_up(held):
    registry, _ = held
    with time_limit(0.2), pytest.raises(RegistryTimeoutError):
        registry.register("fraud", "2")
    started = time.monotonic()
    registry.close()
    assert time.monotonic() - started < 3


def test_a_time_limit_while_the_file_is_opened(tmp_path):
    db = tmp_path / "registry.db"
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        registry = ModelRegistry.local(os.fspath(db), author="ann")
        with time_limit(1), pytest.raises(RegistryTimeoutError):
            registry.list_models().to_list()
        assert time.monotonic() - started < 3
        other.execute("ROLLBACK")
    registry.close()
