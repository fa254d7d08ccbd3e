"""What is not a registry, or not one that can be used, is refused with a clear message and left as it is."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from model_registry.exceptions import DatabaseError
from model_registry.server.database.sqlite_file import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of its own, so that nothing can appear in it unnoticed."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def unprivileged(folder: Path) -> Iterator[None]:
    """Permissions count: root, whom they do not stop, becomes nobody."""
    if os.geteuid() != 0:
        yield
        return
    for one in [folder, *folder.parents[:4]]:  # one more where several processes run tests
        if one.stat().st_uid == 0 and one.name:
            one.chmod(0o755)
    nobody = pwd.getpwnam("nobody").pw_uid
    shutil.chown(folder, nobody)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.iterdir()}


def refusal(file: Path) -> str:
    """Why a registry cannot be opened there; nothing in its folder is changed by trying."""
    before = contents(file.parent)
    with pytest.raises(DatabaseError) as refused:
        prepare(str(file), durable=True)
    assert contents(file.parent) == before
    return str(refused.value)


def make(file: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.usefixtures("unprivileged")
def test_a_file_that_may_only_be_read(folder: Path) -> None:
    file = folder / "registry.db"
    prepare(str(file), durable=False).close()
    file.chmod(0o444)
    assert refusal(file) == f"cannot write to {file}: Permission denied"


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_may_only_be_read(folder: Path, there: bool) -> None:
    file = folder / "registry.db"
    if there:
        prepare(str(file), durable=False).close()
    folder.chmod(0o555)
    assert refusal(file).startswith(f"cannot write to the folder {folder}, ")


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_another_program_s_database(folder: Path, mode: str) -> None:
    file = folder / "other.db"
    make(file, f"PRAGMA journal_mode = {mode}", "CREATE TABLE resource (id INTEGER)")
    assert "is a database of another program" in refusal(file)


def test_another_program_s_database_that_was_not_closed(tmp_path: Path, folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE resource (id INTEGER)")
        for ending in ("", "-wal", "-shm"):
            shutil.copy2(tmp_path / f"other.db{ending}", folder)
    before = contents(folder)
    with pytest.raises(DatabaseError, match="is a database of another program"):
        prepare(str(folder / "other.db"), durable=True)
    after = contents(folder)
    assert [after[f"other.db{ending}"] for ending in ("", "-wal")] == [
        before[f"other.db{ending}"] for ending in ("", "-wal")
    ]


def test_another_program_s_database_that_crashed(tmp_path: Path, folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db", isolation_level=None)) as other:
        for statement in (
            "CREATE TABLE resource (text TEXT)",
            "INSERT INTO resource VALUES ('before')",
            "PRAGMA cache_size = 1",
            "BEGIN",
            "UPDATE resource SET text = 'after'",
            *["INSERT INTO resource VALUES (hex(randomblob(2000)))"] * 20,
        ):
            other.execute(statement)
        for ending in ("", "-journal"):
            shutil.copy2(tmp_path / f"other.db{ending}", folder)
    assert str(folder / "other.db") in refusal(folder / "other.db")


def test_a_newer_registry(folder: Path) -> None:
    file = folder / "registry.db"
    prepare(str(file), durable=False).close()
    make(file, "UPDATE alembic_version SET version_num = '9999'")
    assert "has schema version 9999, newer than" in refusal(file)


def test_nothing_is_left_open_or_behind_when_opening_fails(folder: Path) -> None:
    file = folder / "registry.db"
    prepare(str(file), durable=False).close()
    with file.open("r+b") as damaged:
        damaged.seek(100)
        damaged.write(b"\xff" * 5000)
    assert str(file) in refusal(file)


def test_tables_that_are_just_being_made_are_no_other_program_s(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "registry.db"
    make(file, "PRAGMA journal_mode = WAL")  # as whoever is first leaves it before there are tables
    first: list[sqlite3.Connection] = []

    class Overtaken(sqlite3.Connection):
        """Somebody else makes the tables between two looks."""

        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            cursor = super().execute(sql, *values)
            if sql == "PRAGMA application_id" and not first:
                monkeypatch.undo()
                first.append(prepare(str(file), durable=False))
            return cursor

    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Overtaken))
    second = prepare(str(file), durable=False)
    for one in (*first, second):
        one.close()
    assert first


_LOOK_FROM_ELSEWHERE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT 1 FROM resource")
connection.close()
"""


def test_opening_a_registry_once_more_keeps_the_locks_of_the_first(folder: Path) -> None:
    """Closing any descriptor of a file drops this process's locks on it (POSIX), if it is not SQLite's."""
    file = folder / "registry.db"
    first = prepare(str(file), durable=False)
    prepare(str(file), durable=False).close()
    journal = folder / "registry.db-wal"
    assert journal.exists()
    subprocess.run([sys.executable, "-c", _LOOK_FROM_ELSEWHERE, str(file)], check=True)
    assert journal.exists(), "another process took itself for the last one"
    first.close()
