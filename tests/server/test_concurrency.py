"""Many processes and threads on one database: none is locked out, and of those who want the same one wins."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from model_registry.server.inprocess import InProcessRegistry
from tests.support.backends import API, SECONDS, Client, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.backends import Response

pytestmark = pytest.mark.slow

MODELS = f"{API}/registered_models"
PROCESSES = 8
STARTING = 6
THOROUGH = "MODEL_REGISTRY_THOROUGH_TESTS" in os.environ
ROUNDS = {"sqlite": 30, "postgresql": 6} if THOROUGH else {"sqlite": 10, "postgresql": 3}


@contextlib.contextmanager
def processes(program: str, count: int) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """Processes that are ready: each has said so, and waits for lines on its standard input."""
    command = [sys.executable, "-W", "ignore", "-c", program]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for one in started:
            assert heard(one) == "ready"
        yield started
    finally:
        for one in started:
            one.communicate(timeout=SECONDS)


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(all_of_them: Sequence[subprocess.Popen[str]], line: str) -> list[str]:
    """Say something to all of them at once, and hear what each answers."""
    for one in all_of_them:
        assert one.stdin is not None
        one.stdin.write(line + "\n")
        one.stdin.flush()
    return [heard(one) for one in all_of_them]


STARTER = """
import asyncio, sys
from model_registry.server.database.opening import open_database
print("ready", flush=True)
for db in map(str.strip, sys.stdin):
    store = open_database(db)
    try:
        asyncio.run(store.open())
        store.close()
        print("open", flush=True)
    except Exception as error:
        print(repr(error), flush=True)
"""


@pytest.mark.parametrize("database", ROUNDS)
def test_starts_on_an_empty_database_never_fail(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    with processes(STARTER, STARTING) as starting:
        for number in range(ROUNDS[database]):
            if database == "sqlite":
                db = f"sqlite:///{tmp_path / str(number)}"
            else:
                db = request.getfixturevalue("postgresql_server").new_database()
            assert tell(starting, db) == ["open"] * STARTING, f"round {number}"


WORKER = """
import asyncio, json, sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from model_registry.server.inprocess import InProcessRegistry
API = "/api/model_registry/v1"
print("ready", flush=True)
file, = sys.stdin.readline().split()
registry = InProcessRegistry(file, durable=True)

def work(number):
    async def requests():
        statuses = []
        async def request(method, target, body=None):
            body = None if body is None else json.dumps(body).encode()
            status, _, answer = await registry.request(method, API + target, {}, body)
            statuses.append(f"{method} {status}" if status < 500 else answer.decode())
            return json.loads(answer)
        for turn in range(2):
            made = await request("POST", "/registered_models", {"name": f"{registry.name}-{number}-{turn}"})
            await request("PATCH", f"/registered_models/{made['id']}", {"owner": "o"})
            await request("PATCH", "/registered_models/1", {"owner": made["name"]})
            await request("GET", f"/registered_models/{made['id']}")
            await request("GET", "/registered_models?pageSize=20&orderBy=LAST_UPDATE_TIME")
            await request("GET", "/registered_models?filterQuery=owner%20%3D%20'o'")
        return statuses
    return asyncio.run(requests())

import os
registry.name = os.getpid()
with ThreadPoolExecutor(4) as threads:
    counts = Counter(status for one in threads.map(work, range(4)) for status in one)
registry.close()
print(json.dumps(counts), flush=True)
"""


def test_eight_processes_with_threads_share_a_file(tmp_path: Path) -> None:
    file = str(tmp_path / "registry.db")
    first = InProcessRegistry(file)
    assert call(first, "POST", MODELS, {"name": "first"})[0] == 201
    with processes(WORKER, PROCESSES) as working:
        for answer in tell(working, file):
            assert json.loads(answer) == {"POST 201": 8, "PATCH 200": 16, "GET 200": 24}
    assert call(first, "GET", MODELS)[1]["size"] == 1 + PROCESSES * 8
    first.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def call(registry: InProcessRegistry, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    return asyncio.run(request(registry, method, target, body))


async def request(registry: InProcessRegistry, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    raw = None if body is None else json.dumps(body).encode()
    status, _, answer = await registry.request(method, target, {}, raw)
    return status, json.loads(answer)


@contextlib.contextmanager
def unfinished_write(db: str) -> Iterator[None]:
    """Somebody else is in the middle of a transaction that changes everything."""
    if db.startswith("postgresql"):
        with psycopg.connect(db.replace("+psycopg", "")) as connection:
            connection.execute("UPDATE resource SET body = '{}'")
            yield
            connection.rollback()
        return
    with contextlib.closing(
        sqlite3.connect(db.removeprefix("sqlite:///"), isolation_level=None)
    ) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE resource SET body = '{}'")
        yield
        connection.execute("ROLLBACK")


async def test_a_writer_blocks_writers_alone(any_db: str) -> None:
    registry = InProcessRegistry(any_db)
    _, made = await request(registry, "POST", MODELS, {"name": "m", "owner": "ann"})
    with unfinished_write(any_db):
        writing = asyncio.create_task(request(registry, "PATCH", f"{MODELS}/{made['id']}", {"owner": "bob"}))
        for target in (f"{MODELS}/{made['id']}", f"{API}/registered_model?name=m"):
            assert await request(registry, "GET", target) == (200, made)
        for query in ("", "?pageSize=5", "?filterQuery=owner%3D'ann'"):
            assert (await request(registry, "GET", MODELS + query))[1]["items"] == [made]
        assert not writing.done()
    status, changed = await writing
    assert (status, changed["owner"]) == (200, "bob")
    registry.close()


def test_of_50_simultaneous_creations_one_wins(any_db: str) -> None:
    with ThreadPoolExecutor(50) as threads:
        servers = list(threads.map(Server, [any_db] * 2))
        for field in ("name", "externalId"):
            together = threading.Barrier(50)

            def create(number: int, same: str = field, together: threading.Barrier = together) -> Response:
                body = {"name": f"{same}-{number}", "externalId": f"{same}-{number}", same: "same"}
                with contextlib.closing(SyncHTTPBackend(servers[number % 2].url)) as backend:
                    backend.send("GET", "/readyz/isDirty")  # so that all are connected
                    together.wait(SECONDS)
                    return Client(backend).post("/registered_models", body)

            answers = list(threads.map(create, range(50)))
            assert sorted(answer.status for answer in answers) == [201] + [409] * 49
            assert {answer.message for answer in answers if answer.status == 409} == {
                f"registered model with {field} same already exists: conflict"
            }
    with contextlib.closing(SyncHTTPBackend(servers[0].url)) as backend:
        assert Client(backend).get("/registered_models").json["size"] == 2
    assert [server.stop() for server in servers] == [0, 0]
