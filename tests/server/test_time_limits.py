"""Slow and large filters: they are stopped, and do not keep others waiting (on SQLite and PostgreSQL)."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import sys
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from psycopg.errors import QueryCanceled

from model_registry.server.cache import SizedCache
from model_registry.server.database import postgresql_session, sqlite_readers, sqlite_session
from model_registry.server.database.opening import open_database
from model_registry.server.database.postgresql_connection import TimeLimitedConnection
from model_registry.server.filters.access_paths import SCAN, AccessPath
from model_registry.server.http.application import RegistryApp
from model_registry.server.http.health import check_health
from model_registry.server.kinds import ARTIFACT_KINDS, REGISTERED_MODEL
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.selection import Selection
from model_registry.server.queries.statements import select_statement
from model_registry.server.rules import reading
from tests.support.backends import API

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from model_registry.server.database.protocol import Database, Session

pytestmark = pytest.mark.anyio

MODELS = f"{API}/registered_models"
# Each comparison reads texts of megabytes.
SLOW = " OR ".join(f"p ILIKE '%{number}%c%'" for number in range(100))
SECONDS_OF_WORK = {
    sqlite_session.SQLiteSession: (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000000)"
        " SELECT max(x) FROM c"
    ),
    postgresql_session.PostgreSQLSession: "SELECT pg_sleep(30)",
}
LIMIT = 2.0
WORST = 15.0
"""Seconds for four requests beside slow ones, each of which may take 60 seconds, on a busy machine."""


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(
        request.getfixturevalue("postgresql_db") if request.param == "postgresql" else tmp_path / "r.db"
    )


@pytest.fixture
def database(db: str) -> Iterator[Database]:
    opened = open_database(db, durable=False, read_limit=LIMIT)
    yield opened
    opened.close()


async def send(
    database: Database,
    method: str,
    target: str,
    body: object = None,
    left: asyncio.Event | None = None,
) -> tuple[int, Any]:
    """Send a request. Its client disconnects when `left` is set."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
    }
    raw = b"" if body is None else json.dumps(body).encode()
    incoming: list[dict[str, Any]] = [{"type": "http.request", "body": raw, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop()
        await (left or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def collect(message: Any) -> None:
        sent.append(message)

    await RegistryApp(database)(scope, receive, collect)
    return sent[0]["status"], json.loads(b"".join(message["body"] for message in sent[1:]))


async def fill(database: Database) -> None:
    value = {"metadataType": "MetadataStringValue", "string_value": "aB" * 2_000_000}
    for number in range(6):
        body = {"name": f"m{number}", "customProperties": {"p": value}}
        assert (await send(database, "POST", MODELS, body))[0] == 201


def listing(filter_query: str) -> str:
    return f"{MODELS}?pageSize=5&filterQuery={quote(filter_query)}"


async def test_13_1_a_slow_query_is_stopped_and_says_so(database: Database) -> None:
    await fill(database)
    started = time.monotonic()
    status, body = await send(database, "GET", listing(SLOW))
    assert status == 503
    assert body["message"].startswith("the query took longer than 2 seconds and was stopped")
    assert time.monotonic() - started < 20 * LIMIT
    assert (await send(database, "GET", listing("name LIKE 'm%'")))[1]["size"] == 5


async def test_13_1_slow_queries_do_not_keep_others_waiting(db: str) -> None:
    database = open_database(db, durable=False, read_limit=60)
    await fill(database)
    slow = [asyncio.ensure_future(send(database, "GET", listing(SLOW))) for _ in range(12)]
    await asyncio.sleep(0)
    for number in range(3):
        started = time.monotonic()
        assert (await send(database, "GET", listing("name LIKE 'm%'")))[0] == 200
        assert (await send(database, "GET", f"{MODELS}?pageSize=2"))[0] == 200
        assert (await send(database, "POST", MODELS, {"name": f"new{number}"}))[0] == 201
        assert (await check_health(database, thorough=True, as_json=False))[0] == 200
        assert time.monotonic() - started < WORST
    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    database.close()


async def test_13_1_a_client_that_leaves_stops_its_query(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(db, durable=False, read_limit=60)
    try:
        await fill(database)
        left = asyncio.Event()
        running = threading.Event()
        monkeypatch.setattr(reading, "list_page", lambda *arguments: running.set() or list_page(*arguments))
        waiting = asyncio.ensure_future(send(database, "GET", listing(SLOW), left=left))
        await asyncio.get_running_loop().run_in_executor(None, running.wait, 60)
        left.set()
        started = time.monotonic()
        assert (await waiting)[0] == 499
    finally:
        database.close()  # waits for running queries
    assert time.monotonic() - started < 20


async def test_13_1_a_query_that_starts_when_its_client_leaves_is_stopped(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request to stop it comes just before the database starts the statement."""
    database = open_database(db, durable=False, read_limit=60)
    loop = asyncio.get_running_loop()
    starting, stopped = threading.Event(), threading.Event()
    endings: list[Exception] = []

    def work(session: Any) -> None:
        starting.set()
        assert stopped.wait(30)
        try:
            session._connection.execute(SECONDS_OF_WORK[session.__class__]).fetchone()
        except (sqlite3.OperationalError, QueryCanceled) as error:
            endings.append(error)
            raise

    def then_stopped(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return function(*arguments, **named)
            finally:
                stopped.set()

        return call

    for owner, name in ((sqlite_readers._Reading, "stop"), (TimeLimitedConnection, "cancel_safe")):
        monkeypatch.setattr(owner, name, then_stopped(getattr(owner, name)))
    reading = asyncio.ensure_future(database.read(work, long=True))
    await loop.run_in_executor(None, starting.wait, 30)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await loop.run_in_executor(None, database.close)  # waits for running queries
    assert len(endings) == 1


async def test_13_1_readiness_does_not_wait_for_users(database: Database) -> None:
    released = threading.Event()

    def block(session: Session) -> None:
        del session
        released.wait(30)

    blocked = [asyncio.ensure_future(database.write(block)) for _ in range(20)]
    try:
        await asyncio.sleep(0.05)
        assert (await check_health(database, thorough=True, as_json=False))[0] == 200
    finally:
        released.set()
        await asyncio.gather(*blocked, return_exceptions=True)


async def test_13_1_a_read_in_memory_has_a_time_limit() -> None:
    database = open_database(":memory:", read_limit=0.2)
    await fill(database)
    assert (await send(database, "GET", listing(SLOW)))[0] == 503
    assert (await send(database, "POST", MODELS, {"name": "new"}))[0] == 201
    database.close()


def test_13_1_a_cache_has_a_size_in_bytes() -> None:
    cache: SizedCache[int] = SizedCache(6400)
    created: list[int] = []

    def get(key: int, size: int) -> int:
        def create() -> int:
            created.append(key)
            return key

        return cache.get(key, create, size)

    assert [get(key, 100) for key in (*range(64), 0, 64, 0, 1)] == [*range(64), 0, 64, 0, 1]
    assert created == [*range(65), 1]
    assert (len(cache), cache.size) == (64, 6400)
    assert [get(100, 101), get(100, 101)] == [100, 100]
    assert created[-2:] == [100, 100]


def test_13_12_values_of_a_cache_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("model_registry.server.cache.time.monotonic", lambda: now)
    cache: SizedCache[int] = SizedCache(6400, seconds=10)
    assert [cache.get("key", [1, 2].pop, 50) for _ in range(2)] == [2, 2]
    now = 110.5
    assert cache.find("key") is None
    assert cache.get("key", lambda: 3, 60) == 3
    assert (len(cache), cache.size) == (1, 60)


@pytest.mark.parametrize("comparison", ["p{}='v'", "p{} LIKE '%v_'", "p{}>1.5 AND q{}!=2"])
def test_13_1_the_estimated_size_of_a_plan_is_not_too_small(
    comparison: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache: SizedCache[Any] = SizedCache(reading._PLANS_BYTES)
    monkeypatch.setattr(reading, "_plans", cache)
    texts = [" OR ".join([comparison.format(number, number)] * 8) for number in range(100)]

    def plan(text: str) -> None:
        reading._plan_filter(_session(), text, (REGISTERED_MODEL,))

    plan(texts.pop())
    tracemalloc.start()
    before, size = tracemalloc.get_traced_memory()[0], cache.size
    for text in texts:
        plan(text)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0 < grown < cache.size - size


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_13_1_the_sql_of_200_comparisons_is_written_without_expressions_of_a_library(dialect: str) -> None:
    """Building them as expressions took 100 times the calls, and 0.2 seconds for each statement."""
    signs = itertools.cycle(["=", "!=", "<", ">=", " LIKE ", " ILIKE "])
    text = " OR ".join(f"p{sign}'v%x'" for sign in itertools.islice(signs, 200))
    planned = reading._plan_filter(_session(), text, ARTIFACT_KINDS)
    assert planned is not None
    paths = [SCAN, AccessPath((planned.root,)), AccessPath((planned.root,), if_few=True)]
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    for path in paths:
        shape = Selection(ARTIFACT_KINDS, filter=planned).shape(path)
        statement = select_statement(shape, "id", descending=False, continues=True)
        sys.setprofile(count)
        try:
            sql = statement.compiled(_DIALECTS[dialect]).sql
        finally:
            sys.setprofile(None)
        assert sql.count("p") > 200
    assert calls < 200 * 100 * len(paths)


_DIALECTS = {"sqlite": sqlite_session._DIALECT, "postgresql": postgresql_session._DIALECT}


def _session() -> Any:
    class _Session:
        allows_long_reads = allows_slow_reads = True

    return _Session()
