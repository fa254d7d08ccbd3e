"""`model-registry db`: backups, and tables brought up to date."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from model_registry import cli
from tests.support.backends import Client, Server, SyncHTTPBackend, SyncInProcessBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A registry with one model."""
    file = str(tmp_path / "registry.db")
    with contextlib.closing(SyncInProcessBackend(file)) as backend:
        Client(backend).make("/registered_models", name="first")
    return file


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder for copies."""
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


def names_in(db: str | Path) -> list[str]:
    with contextlib.closing(SyncInProcessBackend(str(db))) as backend:
        items = Client(backend).get("/registered_models", pageSize="1000").json["items"]
    return [one["name"] for one in items]


@contextlib.contextmanager
def writing(url: str) -> Iterator[list[str]]:
    """Models are created one after the other meanwhile; the names of those that were answered."""
    answered: list[str] = []
    some, enough = threading.Event(), threading.Event()

    def write() -> None:
        with contextlib.closing(SyncHTTPBackend(url)) as backend:
            while not enough.is_set():
                answered.append(Client(backend).make("/registered_models", name=f"m{len(answered)}")["name"])
                if len(answered) == 20:
                    some.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert some.wait(30)
    try:
        yield answered
    finally:
        enough.set()
        thread.join()


def test_a_backup_under_load_is_the_registry_of_one_moment(db: str, elsewhere: Path) -> None:
    server = Server(db)
    copy = elsewhere / "copy.db"
    with writing(server.url) as answered:
        before = list(answered)
        assert cli.main(["db", "backup", str(copy), "--db", db]) == 0
    assert server.stop() == 0
    assert [one.name for one in elsewhere.iterdir()] == ["copy.db"]
    with contextlib.closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    copied = names_in(copy)
    assert copied == ["first", *answered][: len(copied)]
    assert len(copied) > len(before)


def test_a_backup_says_how_large_it_is(db: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = elsewhere / "copy.db"
    assert cli.main(["db", "backup", str(copy), "--db", f"sqlite:///{db}"]) == 0
    assert capsys.readouterr().out == f"{copy}: {copy.stat().st_size} bytes\n"
    assert names_in(copy) == ["first"]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = cli.main(["db", *arguments])
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return status, line.removeprefix("model-registry: ")


def test_a_backup_overwrites_nothing(db: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = elsewhere / "copy.db"
    copy.write_text("precious")
    assert refusal(capsys, "backup", str(copy), "--db", db) == (
        2,
        f"{copy} already exists: choose another file, a backup does not overwrite files",
    )
    assert copy.read_text() == "precious"
    assert list(elsewhere.iterdir()) == [copy]


def test_what_cannot_be_backed_up(db: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = str(elsewhere / "copy.db")
    foreign, text = elsewhere / "foreign.db", elsewhere / "text.db"
    with contextlib.closing(sqlite3.connect(foreign)) as opened:
        opened.execute("CREATE TABLE things (id)")
    text.write_text("no database at all, though it is long enough to look like one" * 20)
    here = sorted(elsewhere.iterdir())
    missing = elsewhere / "missing.db"
    for source, status, reason in [
        (str(missing), 1, f"there is no registry at {missing}"),
        (str(foreign), 1, f"{foreign} is not a registry"),
        (str(text), 1, f"cannot back up {text} to {copy}: file is not a database"),
        (":memory:", 2, "cannot back up a registry in memory: its data exists only in its process"),
        (
            "postgresql+psycopg://u:s3cret@h/d",
            2,
            "cannot back up a registry in PostgreSQL: use pg_dump",
        ),
    ]:
        assert refusal(capsys, "backup", copy, "--db", source) == (status, reason)
    nowhere = str(elsewhere / "no" / "copy.db")
    status, reason = refusal(capsys, "backup", nowhere, "--db", db)
    assert (status, reason) == (2, f"cannot write {nowhere}: the folder {elsewhere / 'no'} does not exist")
    assert sorted(elsewhere.iterdir()) == here


def test_tables_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = str(tmp_path / "registry.db")
    said = []
    for _ in range(2):
        assert cli.main(["db", "upgrade", "--db", db]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert said[0].startswith("schema version ")
    assert names_in(db) == []


def test_tables_are_made_in_postgresql(postgresql_db: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["db", "upgrade", "--db", postgresql_db]) == 0
    assert capsys.readouterr().out.startswith("schema version ")
    assert names_in(postgresql_db) == []


def test_a_file_of_another_program_is_not_upgraded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.db"
    file.write_text("no database")
    status, reason = refusal(capsys, "upgrade", "--db", str(file))
    assert status == 1
    assert "is not a SQLite database" in reason
    assert file.read_text() == "no database"
