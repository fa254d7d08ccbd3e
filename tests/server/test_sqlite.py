"""Registries in SQLite files: whose files are opened, and what happens when many write at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import ModelRegistry
from model_registry.exceptions import DatabaseError
from model_registry.server.database import sqlite_file, sqlite_writer
from model_registry.server.database.sqlite import SQLiteDatabase
from model_registry.server.database.sqlite_file import connect, prepare
from model_registry.server.http.application import RegistryApp
from model_registry.server.http.asgi import call_application
from model_registry.server.inprocess import InProcessRegistry
from model_registry.server.kinds import REGISTERED_MODEL
from model_registry.server.queries import listing
from model_registry.server.rows import insert_row
from tests.support.backends import API, SECONDS, Client, SyncInProcessBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from model_registry.server.database.protocol import Session

MODELS = f"{API}/registered_models"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def local(file: Path) -> Iterator[Client]:
    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        yield Client(backend)


# Files


def test_a_registry_is_there_when_it_is_opened_again(file: Path) -> None:
    with contextlib.closing(SyncInProcessBackend(f"sqlite:///{file}")) as backend:
        made = Client(backend).make("/registered_models", name="m")
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        assert Client(backend).get("/registered_model", name="m").json == made


def test_nothing_is_opened_before_the_first_request(file: Path) -> None:
    registry = InProcessRegistry(str(file))
    assert not file.exists()
    registry.close()
    assert not file.exists()


def refusal(path: Path) -> str:
    """Why a registry cannot be opened there, and that the file stays as it is."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DatabaseError) as refused:
        prepare(str(path), durable=False)
    assert (path.read_bytes() if path.is_file() else None) == before
    return str(refused.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert f"the folder {tmp_path / 'no'} does not exist" in refusal(tmp_path / "no" / "registry.db")


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    assert str(tmp_path) in refusal(tmp_path)


def test_a_file_that_is_no_database(file: Path) -> None:
    file.write_text("Dear diary,\n" * 100)
    assert "is not a SQLite database" in refusal(file)


def test_a_database_of_another_program(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE resource (id INTEGER)")
    assert "is a database of another program" in refusal(file)


def test_a_damaged_database(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert str(file) in refusal(file)


def test_a_registry_of_a_newer_program(file: Path) -> None:
    with contextlib.closing(prepare(str(file), durable=False)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    message = refusal(file)
    assert "schema version 9999" in message
    assert "update model-registry" in message


def test_an_empty_file_becomes_a_registry(file: Path) -> None:
    file.touch()
    prepare(str(file), durable=False).close()


def test_the_journal_is_written_ahead_and_waits_for_the_disk_if_asked(file: Path) -> None:
    for durable, expected in ((True, 2), (False, 1)):
        with contextlib.closing(prepare(str(file), durable=durable)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA synchronous").fetchone() == (expected,)


def test_readers_cannot_write(file: Path) -> None:
    prepare(str(file), durable=False).close()
    with (
        contextlib.closing(connect(str(file), reading=True)) as reader,
        pytest.raises(sqlite3.OperationalError),
    ):
        reader.execute("DELETE FROM resource")


# Many at once


def test_requests_come_from_many_loops_and_threads(file: Path) -> None:
    before = set(threading.enumerate())
    registry = InProcessRegistry(str(file))

    def work(number: int) -> int:
        async def make_and_read() -> int:
            for turn in range(5):
                body = json.dumps({"name": f"{number}-{turn}"}).encode()
                status, _, made = await registry.request("POST", MODELS, {}, body)
                assert status == 201
                path = f"{MODELS}/{json.loads(made)['id']}"
                assert (await registry.request("GET", path, {}, None))[2] == made
            return 5

        return asyncio.run(make_and_read())

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(work, range(8))) == 40
    registry.close()
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert "registry-write" not in left


def test_a_closed_registry_opens_again_when_it_is_used(file: Path) -> None:
    registry = InProcessRegistry(str(file))
    for _ in range(2):
        status, _, _ = asyncio.run(registry.request("GET", MODELS, {}, None))
        assert status == 200
        registry.close()


def test_a_forked_process_has_its_own_connections(file: Path) -> None:
    program = f"""
import asyncio, json, os, sys
from model_registry.server.inprocess import InProcessRegistry
registry = InProcessRegistry({str(file)!r})
def make(name):
    body = json.dumps({{"name": name}}).encode()
    return asyncio.run(registry.request("POST", {MODELS!r}, {{}}, body))[0]
assert make("before") == 201
child = os.fork()
assert make("child" if child == 0 else "parent") == 201
if child:
    assert os.waitpid(child, 0)[1] == 0
    assert make("child") == 409
    registry.close()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=SECONDS)


def test_a_job_that_fails_half_way_leaves_nothing_and_harms_nobody(file: Path) -> None:
    store = SQLiteDatabase(str(file), durable=False)

    def good(name: str) -> Any:
        def work(session: Session) -> str:
            body = {"name": name, "customProperties": {}}
            return insert_row(session, REGISTERED_MODEL, body, 0)

        return work

    def bad(session: Session) -> None:
        good("half")(session)
        raise RuntimeError("half way")

    async def write() -> list[Any]:
        await store.open()  # jobs that wait for this may start in another order
        jobs = [good("a"), bad, good("b"), bad, good("c")]
        return await asyncio.gather(*map(store.write, jobs), return_exceptions=True)

    outcomes = asyncio.run(write())
    assert [isinstance(one, RuntimeError) for one in outcomes] == [False, True, False, True, False]
    store.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT id, name FROM resource").fetchall() == [
            (1, "a"),
            (2, "b"),
            (3, "c"),
        ]


# Lists


def test_jobs_of_one_transaction_are_finished_together(file: Path) -> None:
    store = SQLiteDatabase(str(file), durable=False)
    finished: list[list[str]] = []

    def insert(name: str) -> Callable[[Session], str]:
        def work(session: Session) -> str:
            insert_row(session, REGISTERED_MODEL, {"name": name, "customProperties": {}}, 0)
            return name

        return work

    def finish(session: Session, results: Sequence[str]) -> None:
        if "bad" in results:
            raise RuntimeError("cannot be finished")
        finished.append(list(results))
        for name in results:
            insert_row(session, REGISTERED_MODEL, {"name": f"after {name}", "customProperties": {}}, 0)

    async def write(*names: str) -> list[Any]:
        await store.open()
        jobs = [store.write(insert(name), finish=finish) for name in names]
        return await asyncio.gather(*jobs, return_exceptions=True)

    names = [f"m{number}" for number in range(20)]
    assert asyncio.run(write(*names)) == names
    assert [name for names in finished for name in names] == names
    assert len(finished) < len(names)
    first, failed, last = asyncio.run(write("a", "bad", "b"))
    assert (first, str(failed), last) == ("a", "cannot be finished", "b")
    store.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        stored = {name for (name,) in connection.execute("SELECT name FROM resource")}
    written = [*names, "a", "b"]
    assert stored == {*written, *(f"after {name}" for name in written)}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("order", ["ID", "CREATE_TIME"])
def test_a_list_without_a_size_comes_in_parts(
    local: Client, monkeypatch: pytest.MonkeyPatch, order: str, direction: str
) -> None:
    monkeypatch.setattr(listing, "_BATCH", 4)
    model = local.make("/registered_models", name="m")
    names = [str(number) for number in range(12)]
    for count, name in enumerate(names, 1):
        local.make("/model_versions", name=name, registeredModelId=model["id"])
        for query in ({}, {"filterQuery": "state = 'LIVE'"}):
            listed = local.get("/model_versions", orderBy=order, sortOrder=direction, **query).json
            expected = names[:count] if direction == "ASC" else names[:count][::-1]
            assert [one["name"] for one in listed["items"]] == expected
            assert (listed["size"], listed["pageSize"], listed["nextPageToken"]) == (count, 0, "")


# A file that another process has locked


@pytest.fixture
def locked(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The file of a registry that another program has locked. Nothing waits long for it."""
    prepare(str(file), durable=False).close()
    for module in (sqlite_file, sqlite_writer):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.2)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield str(file)


def test_16_a_client_does_not_repeat_what_waited_for_a_locked_file(locked: str) -> None:
    with ModelRegistry.local(locked) as registry:
        message = f"cannot use {locked}: another process has locked it: try again when that process has"
        with pytest.raises(DatabaseError, match=re.escape(message)):
            registry.register("fraud", "1", "s3://m")
        assert registry.list_models().to_dicts() == []


def test_16_a_server_asks_clients_to_try_a_locked_file_again(locked: str) -> None:
    database = SQLiteDatabase(locked)
    app = RegistryApp(database)
    body = json.dumps({"name": "fraud"}).encode()

    async def send() -> tuple[int, dict[str, str], bytes]:
        await database.open()
        return await call_application(app, "POST", MODELS, {"content-type": "application/json"}, body)

    with contextlib.closing(database):
        status, headers, said = asyncio.run(send())
    assert (status, headers["retry-after"]) == (503, "1")
    assert b"cannot use the database of the registry: another process has locked it" in said


def test_16_a_file_that_is_locked_for_readers_cannot_be_opened(locked: str) -> None:
    file = Path(locked).with_name("other.db")
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE t (c)")
        with ModelRegistry.local(str(file)) as registry, pytest.raises(DatabaseError, match="has locked it"):
            registry.get_model("fraud")
