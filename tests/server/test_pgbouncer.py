"""A registry in PostgreSQL behind PgBouncer, and one whose address has several hosts."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from model_registry.server.database.postgresql import PostgreSQLDatabase
from model_registry.server.database.protocol import Statement
from model_registry.server.errors import ApiError
from model_registry.server.inprocess import InProcessRegistry
from tests.support.backends import API
from tests.support.pgbouncer import pgbouncer
from tests.support.postgresql import USER, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgresql import PostgreSQLServer

MODELS = f"{API}/registered_models"


async def call(registry: InProcessRegistry, method: str, target: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    status, _, response = await registry.request(method, target, headers, data)
    return status, json.loads(response)


@pytest.fixture
def pooled_db(postgresql_server: PostgreSQLServer) -> Iterator[str]:
    """An empty database behind PgBouncer."""
    database = postgresql_server.new_database().rpartition("/")[2]
    with pgbouncer(postgresql_server) as port:
        yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/{database}"


@pytest.mark.parametrize("parameters", ["", "?prepare=off"])
async def test_13_06_no_request_fails_behind_pgbouncer(pooled_db: str, parameters: str) -> None:
    registry = InProcessRegistry(pooled_db + parameters)
    _, shared = await call(registry, "POST", MODELS, {"name": "shared"})

    async def work(number: int) -> set[int]:
        statuses: set[int] = set()
        for turn in range(10):
            status, model = await call(registry, "POST", MODELS, {"name": f"{number}-{turn}"})
            statuses.add(status)
            for target in (MODELS, f"{MODELS}/{model['id']}", f"{MODELS}?filterQuery=name='{number}-0'"):
                statuses.add((await call(registry, "GET", target))[0])
            change = {"customProperties": {}, "description": f"{number}-{turn}"}
            statuses.add((await call(registry, "PATCH", f"{MODELS}/{shared['id']}", change))[0])
        return statuses

    assert set().union(*await asyncio.gather(*map(work, range(12)))) == {200, 201}
    _, listed = await call(registry, "GET", f"{MODELS}?pageSize=1000")
    assert len(listed["items"]) == 121
    assert (await call(registry, "POST", MODELS, {"name": "shared"}))[0] == 409
    registry.close()


async def settings(db: str) -> tuple[str, str, bool]:
    """The time limit and a setting of the planner in a read, and whether statements are prepared."""
    store = PostgreSQLDatabase(db, read_limit=7)

    async def value(sql: str) -> Any:
        statement = Statement(lambda _: sql)
        row = await store.read(lambda session: session.row(statement, {}), long=True)
        assert row is not None
        return row[0]

    limit = await value("SHOW statement_timeout")
    sort = await value("SHOW enable_sort")
    prepared = await value(
        "SELECT count(*) FROM pg_prepared_statements WHERE position('SHOW' in statement) > 0"
    )
    store.close()
    return limit, sort, bool(prepared)


async def test_13_06_settings_hold_behind_pgbouncer_and_stay_in_their_transaction(
    postgresql_server: PostgreSQLServer,
) -> None:
    database = postgresql_server.new_database().rpartition("/")[2]
    direct = f"postgresql+psycopg://{USER}@127.0.0.1:{postgresql_server.port}/{database}"
    assert await settings(direct) == ("7s", "off", True)
    assert await settings(f"{direct}?prepare=off") == ("7s", "off", False)
    with pgbouncer(postgresql_server, connections=1) as port:
        pooled = f"postgresql+psycopg://{USER}@127.0.0.1:{port}/{database}"
        assert await settings(pooled) == ("7s", "off", False)
        # The other clients of the pooler have the same connections to the server.
        with psycopg.connect(host="127.0.0.1", port=port, user=USER, dbname=database) as other:
            assert other.execute("SHOW statement_timeout").fetchone() == ("0",)
            assert other.execute("SHOW enable_sort").fetchone() == ("on",)


async def test_13_06_slow_reads_are_stopped_behind_pgbouncer(pooled_db: str) -> None:
    store = PostgreSQLDatabase(pooled_db, read_limit=0.3)
    with pytest.raises(ApiError) as caught:
        await store.read(lambda session: session.row(Statement(lambda _: "SELECT pg_sleep(30)"), {}))
    assert caught.value.status == 503
    assert "longer than 0.3 seconds" in caught.value.message
    store.close()


async def test_13_06_the_first_host_that_can_be_written_to_is_used(
    postgresql_server: PostgreSQLServer, own_postgresql_server: PostgreSQLServer
) -> None:
    database = "several"

    def alone(server: PostgreSQLServer) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{server.port}/{database}"

    for server in (postgresql_server, own_postgresql_server):
        server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {database}")
    with contextlib.closing(InProcessRegistry(alone(postgresql_server))) as registry:
        assert (await call(registry, "GET", MODELS))[0] == 200  # creates its tables
    postgresql_server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    hosts = ",".join(
        f"127.0.0.1:{port}" for port in (free_port(), postgresql_server.port, own_postgresql_server.port)
    )
    registry = InProcessRegistry(f"postgresql+psycopg://{USER}:s3cret@{hosts}/{database}")
    assert (await call(registry, "POST", MODELS, {"name": "m"}))[0] == 201
    registry.close()
    for server, models in ((postgresql_server, 0), (own_postgresql_server, 1)):
        with contextlib.closing(InProcessRegistry(alone(server))) as registry:
            assert (await call(registry, "GET", MODELS))[1]["size"] == models


async def test_13_06_a_server_that_becomes_a_standby_is_left(
    postgresql_server: PostgreSQLServer, own_postgresql_server: PostgreSQLServer
) -> None:
    old, new = own_postgresql_server.new_database(), postgresql_server.new_database()
    name = old.rpartition("/")[2]
    postgresql_server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    postgresql_server.execute(f"ALTER DATABASE {new.rpartition('/')[2]} RENAME TO {name}")
    old_host, new_host = (f"127.0.0.1:{one.port}" for one in (own_postgresql_server, postgresql_server))
    with contextlib.closing(InProcessRegistry(f"postgresql://{USER}@{new_host}/{name}")) as registry:
        assert (await call(registry, "GET", MODELS))[0] == 200  # creates its tables
    registry = InProcessRegistry(f"postgresql://{USER}@{old_host},{new_host}/{name}")
    assert (await call(registry, "POST", MODELS, {"name": "before"}))[0] == 201
    own_postgresql_server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    own_postgresql_server.execute("SELECT pg_reload_conf()")
    statuses = []
    for number in range(100):
        statuses.append((await call(registry, "POST", MODELS, {"name": f"after{number}"}))[0])
        if statuses[-1] == 201:
            break
    assert set(statuses) <= {201, 503}
    assert statuses[-1] == 201
    registry.close()
