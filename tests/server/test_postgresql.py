"""What is special about a registry on PostgreSQL: many processes, races, and a server that may go away."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest

from model_registry.exceptions import DatabaseError
from model_registry.server.database.migrations import HEAD
from model_registry.server.database.opening import open_database
from model_registry.server.database.postgresql import PostgreSQLDatabase
from model_registry.server.database.postgresql_tables import prepare, upgrade
from model_registry.server.http.application import RegistryApp
from model_registry.server.inprocess import InProcessRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgresql import PostgreSQLServer

MODELS = "/api/model_registry/v1/registered_models"


def libpq(db: str) -> str:
    return db.replace("+psycopg", "")


@contextmanager
def administrator(db: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(libpq(db), autocommit=True) as connection:
        yield connection


async def call(registry: InProcessRegistry, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    status, _, answer = await registry.request(
        method, target, {}, None if body is None else json.dumps(body).encode()
    )
    return status, json.loads(answer)


@pytest.fixture
def registries(postgresql_db: str) -> Iterator[list[InProcessRegistry]]:
    """Two registries on one database, as two processes would have them."""
    both = [InProcessRegistry(postgresql_db) for _ in range(2)]
    yield both
    for registry in both:
        registry.close()


# Opening


def test_many_may_start_at_once_on_an_empty_database(postgresql_db: str) -> None:
    together = threading.Barrier(8)

    def start(_: int) -> None:
        together.wait()
        prepare(libpq(postgresql_db), "it")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(start, range(8))) == [None] * 8
    with administrator(postgresql_db) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def test_a_database_of_another_program_is_left_alone(postgresql_db: str) -> None:
    with administrator(postgresql_db) as connection:
        connection.execute("CREATE TABLE property (price int)")
        with pytest.raises(DatabaseError, match="table 'property' of another program"):
            prepare(libpq(postgresql_db), "it")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("property",)]


def test_other_tables_may_stand_beside_the_registry(postgresql_db: str) -> None:
    with administrator(postgresql_db) as connection:
        connection.execute("CREATE TABLE something_else (price int)")
        prepare(libpq(postgresql_db), "it")
        prepare(libpq(postgresql_db), "it")


def test_a_newer_schema_is_refused_with_its_version(postgresql_db: str) -> None:
    prepare(libpq(postgresql_db), "it")
    with administrator(postgresql_db) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match=f"9999, newer than {HEAD}"):
        prepare(libpq(postgresql_db), "it")


def test_revisions_lead_to_the_tables_of_a_new_registry(postgresql_server: PostgreSQLServer) -> None:
    made, upgraded = postgresql_server.new_database(), postgresql_server.new_database()
    prepare(libpq(made), "it")
    with psycopg.connect(libpq(upgraded)) as connection:
        upgrade(connection)
    assert described(made) == described(upgraded)
    prepare(libpq(upgraded), "it")


def described(db: str) -> list[tuple[Any, ...]]:
    with administrator(db) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes"
            " WHERE schemaname = 'public'"
            " UNION ALL SELECT tgname, pg_get_triggerdef(oid), '', '', '', '' FROM pg_trigger"
            " WHERE NOT tgisinternal"
            " UNION ALL SELECT proname, prosrc, '', '', '', '' FROM pg_proc WHERE proname LIKE 'audit%'"
            " UNION ALL SELECT sequencename, data_type::text, '', '', '', '' FROM pg_sequences"
            " UNION ALL SELECT version_num, '', '', '', '', '' FROM alembic_version ORDER BY 1, 2, 3"
        ).fetchall()


def test_an_encoding_that_cannot_hold_every_text_is_refused(postgresql_server: PostgreSQLServer) -> None:
    postgresql_server.execute("CREATE DATABASE narrow ENCODING 'SQL_ASCII' TEMPLATE template0")
    db = postgresql_server.new_database().rpartition("/")[0] + "/narrow"
    with pytest.raises(DatabaseError, match="SQL_ASCII"):
        prepare(libpq(db), "it")


def test_what_cannot_be_reached_is_named_without_its_password() -> None:
    store = open_database("postgresql+psycopg://ann:secret@127.0.0.1:1/registry?connect_timeout=2")
    with pytest.raises(DatabaseError) as caught:
        asyncio.run(store.open())
    assert "postgresql+psycopg://ann:***@127.0.0.1:1/registry" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(store)


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
async def test_the_usual_addresses_mean_postgresql(postgresql_db: str, scheme: str) -> None:
    registry = InProcessRegistry(postgresql_db.replace("postgresql+psycopg", scheme))
    assert (await call(registry, "POST", MODELS, {"name": "m"}))[0] == 201
    registry.close()


# Several at once


async def test_ids_are_given_once(registries: list[InProcessRegistry]) -> None:
    answers = await asyncio.gather(
        *(call(registries[number % 2], "POST", MODELS, {"name": f"m{number}"}) for number in range(60))
    )
    assert len({answer["id"] for _, answer in answers}) == 60
    _, listed = await call(registries[0], "GET", MODELS)
    assert listed["size"] == 60


async def test_no_change_is_lost_among_simultaneous_ones(registries: list[InProcessRegistry]) -> None:
    _, model = await call(registries[0], "POST", MODELS, {"name": "m"})
    fields = [
        "description",
        "owner",
        "readme",
        "maturity",
        "provider",
        "logo",
        "license",
        "licenseLink",
        "libraryName",
    ]
    answers = await asyncio.gather(
        *(
            call(registries[number % 2], "PATCH", f"{MODELS}/{model['id']}", {field: field.upper()})
            for number, field in enumerate(fields)
        )
    )
    assert [status for status, _ in answers] == [200] * len(fields)
    _, after = await call(registries[1], "GET", f"{MODELS}/{model['id']}")
    assert {field: after[field] for field in fields} == {field: field.upper() for field in fields}
    for field in ("owner", "libraryName"):  # filters see them too
        _, listed = await call(registries[0], "GET", f"{MODELS}?filterQuery={field}%3D'{field.upper()}'")
        assert listed["size"] == 1


async def test_many_may_change_one_thing(registries: list[InProcessRegistry]) -> None:
    _, model = await call(registries[0], "POST", MODELS, {"name": "m"})
    for _ in range(3):
        answers = await asyncio.gather(
            *(
                call(registries[n % 2], "PATCH", f"{MODELS}/{model['id']}", {"description": str(n)})
                for n in range(40)
            )
        )
        assert [status for status, _ in answers] == [200] * 40


async def test_simultaneous_first_posts_of_a_metric_make_one(registries: list[InProcessRegistry]) -> None:
    _, model = await call(registries[0], "POST", MODELS, {"name": "m"})
    for number in range(10):
        version = {"name": f"{number}", "registeredModelId": model["id"]}
        _, version = await call(registries[0], "POST", f"{MODELS}/{model['id']}/versions", version)
        artifacts = f"/api/model_registry/v1/model_versions/{version['id']}/artifacts"
        metrics = [{"artifactType": "metric", "name": "acc", "value": value} for value in range(20)]
        answers = await asyncio.gather(
            *(call(registries[value % 2], "POST", artifacts, metrics[value]) for value in range(20))
        )
        assert sorted(status for status, _ in answers) == [200] * 19 + [201]
        assert len({answer["id"] for _, answer in answers}) == 1


# A database that is busy, or away


async def test_requests_that_wait_too_long_for_a_connection_get_503(postgresql_db: str) -> None:
    registry = InProcessRegistry(f"{postgresql_db}?pool_size=1&pool_timeout=0.2")
    assert (await call(registry, "POST", MODELS, {"name": "m"}))[0] == 201
    with psycopg.connect(libpq(postgresql_db)) as locker:
        locker.execute("LOCK TABLE resource")
        blocked = asyncio.create_task(call(registry, "GET", MODELS))
        await asyncio.sleep(0)
        status, answer = await call(registry, "GET", MODELS)
        locker.rollback()
    assert (status, answer["code"]) == (503, "Service Unavailable")
    assert "connections" in answer["message"]
    assert (await blocked)[0] == 200
    registry.close()


async def test_what_was_answered_survives_crashes_and_requests_recover(
    own_postgresql_server: PostgreSQLServer,
) -> None:
    registry = InProcessRegistry(f"{own_postgresql_server.new_database()}?pool_timeout=1", durable=True)
    answered: list[str] = []
    statuses: set[int] = set()
    running = True

    async def write(writer: int) -> None:
        number = 0
        while running:
            number += 1
            name = f"{writer}-{number}"
            status, _ = await call(registry, "POST", MODELS, {"name": name})
            statuses.add(status)
            if status == 201:
                answered.append(name)

    writers = [asyncio.create_task(write(writer)) for writer in range(4)]
    for mode in ("immediate", "fast", "immediate"):
        await reach(answered, len(answered) + 30)
        await asyncio.to_thread(own_postgresql_server.stop, mode)
        assert (await call(registry, "GET", MODELS))[0] == 503
        await asyncio.to_thread(own_postgresql_server.start)
    await reach(answered, len(answered) + 30)
    running = False
    await asyncio.gather(*writers)
    assert statuses == {201, 503}
    _, listed = await call(registry, "GET", MODELS)
    assert set(answered) <= {model["name"] for model in listed["items"]}
    registry.close()


async def reach(answered: list[str], count: int) -> None:
    deadline = time.monotonic() + 30
    while len(answered) < count:
        assert time.monotonic() < deadline, "the registry did not recover"
        await asyncio.sleep(0.01)


# Threads


async def test_a_read_that_comes_alone_needs_no_thread(postgresql_db: str) -> None:
    with one_connection(postgresql_db) as (registry, store):
        await call(registry, "POST", MODELS, {"name": "m"})

        async def where() -> str:
            return await store.read(lambda _: threading.current_thread().name)

        here = threading.current_thread().name
        await until_quick(store)
        assert here not in await asyncio.gather(where(), where())
        assert await store.read(lambda _: threading.current_thread().name, long=True) != here
        await until_quick(store)  # a busy machine may make any single read a slow one


async def test_a_slow_database_keeps_nobody_else_waiting(postgresql_db: str) -> None:
    with one_connection(postgresql_db) as (registry, store):
        _, model = await call(registry, "POST", MODELS, {"name": "m"})
        await until_quick(store)
        with administrator(postgresql_db) as connection, connection.transaction():
            connection.execute("LOCK TABLE resource")
            asked = asyncio.create_task(call(registry, "GET", f"{MODELS}/{model['id']}"))
            for _ in range(5):
                await asyncio.sleep(0.01)
            assert not asked.done()
        assert await asked == (200, model)
        assert (await call(registry, "GET", f"{MODELS}/{model['id']}"))[0] == 200


async def until_quick(store: PostgreSQLDatabase) -> None:
    """Wait until reads are done at once again, as they are not for a while after a slow one."""
    for _ in range(1000):
        if await store.read(lambda _: threading.current_thread() is threading.main_thread()):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no read was done at once")


# Plans


async def test_statements_are_prepared_but_those_of_large_filters(postgresql_db: str) -> None:
    large = " OR ".join(f"large{number}=1" for number in range(100))
    with one_connection(postgresql_db) as (registry, store):
        for number in range(8):
            await call(registry, "POST", MODELS, {"name": f"m{number}"})
            for condition in ("owner='x'", "bigger>3", "equal=3", large):
                listed = await call(registry, "GET", f"{MODELS}?filterQuery={quote(condition)}")
                assert listed[0] == 200
        assert store._lanes is not None
        with store._lanes.main.pool.connection() as connection:
            found = connection.execute("SELECT statement FROM pg_prepared_statements").fetchall()
    prepared = [statement for (statement,) in found]
    assert [statement for statement in prepared if statement.startswith("INSERT")]
    assert len([statement for statement in prepared if "int_value >" in statement]) == 1
    assert len([statement for statement in prepared if "int_value =" in statement]) == 1


async def test_what_was_planned_for_few_rows_is_good_for_many(postgresql_db: str) -> None:
    with one_connection(postgresql_db) as (registry, store):
        await call(registry, "POST", MODELS, {"name": "m"})
        with administrator(postgresql_db) as connection:
            connection.execute("VACUUM ANALYZE")  # a table of one page is quickest read as a whole
        assert store._lanes is not None
        with store._lanes.main.pool.connection() as connection:
            plan = connection.execute(
                "EXPLAIN SELECT resource_id FROM property WHERE kind = 1 AND name = 'n' AND int_value = 1"
            ).fetchall()
    assert "property_by_int" in str(plan)


async def test_a_write_waits_for_the_database_twice(postgresql_db: str, tmp_path: Path) -> None:
    with one_connection(postgresql_db) as (registry, store):
        properties = {"p": {"metadataType": "MetadataIntValue", "int_value": "1"}}
        for number in range(2):  # statements are prepared the first time
            _, model = await call(registry, "POST", MODELS, {"name": f"m{number}"})
            await call(registry, "PATCH", f"{MODELS}/{model['id']}", {"description": f"{number}"})
        trips = []
        for method, target, body in (
            ("POST", MODELS, {"name": "new", "externalId": "e"}),
            ("PATCH", f"{MODELS}/{model['id']}", {"description": "new"}),
            ("PATCH", f"{MODELS}/{model['id']}", {"customProperties": properties}),
            ("GET", f"{MODELS}/{model['id']}", None),
        ):
            with traced(store, tmp_path / "trace") as lines:
                assert (await call(registry, method, target, body))[0] in {200, 201}
            trips.append(round_trips(lines))
    assert trips == [2, 2, 2, 1]


async def test_what_is_taken_is_refused_and_leaves_the_connection_usable(
    postgresql_db: str, caplog: pytest.LogCaptureFixture
) -> None:
    with one_connection(postgresql_db) as (registry, _):
        _, model = await call(registry, "POST", MODELS, {"name": "m"})
        assert (await call(registry, "POST", MODELS, {"name": "n", "externalId": "e"}))[0] == 201
        for method, target, body in (
            ("POST", MODELS, {"name": "m"}),
            ("POST", MODELS, {"name": "o", "externalId": "e"}),
            ("PATCH", f"{MODELS}/{model['id']}", {"externalId": "e"}),
        ):
            assert (await call(registry, method, target, body))[0] == 409
            assert (await call(registry, "GET", MODELS))[1]["size"] == 2
    assert not [each for each in caplog.records if each.levelname != "INFO"]


@contextmanager
def one_connection(db: str) -> Iterator[tuple[InProcessRegistry, PostgreSQLDatabase]]:
    """A registry that does everything on the same connection."""
    registry, store = InProcessRegistry(db), PostgreSQLDatabase(f"{db}?pool_size=1")
    registry._database, registry._app = store, RegistryApp(store)
    yield registry, store
    registry.close()


@contextmanager
def traced(store: PostgreSQLDatabase, path: Path) -> Iterator[list[str]]:
    """The messages from (F) and to (B) the only connection of a store, when all is done."""
    lines: list[str] = []
    assert store._lanes is not None
    with path.open("w") as file:
        with store._lanes.main.pool.connection() as connection:
            connection.pgconn.trace(file.fileno())
        yield lines
        with store._lanes.main.pool.connection() as connection:
            connection.pgconn.untrace()
    lines += path.read_text().splitlines()


def round_trips(lines: list[str]) -> int:
    directions = "".join(line.split("\t")[1] for line in lines)
    return directions.count("FB")
