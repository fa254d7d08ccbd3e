"""A registry in a PostgreSQL database, which any number of processes may serve at once.

Transactions are isolated (REPEATABLE READ). If two change the same resource, one of them fails and runs again
on the result of the other. Rules depend only on the request and the database, so they can be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import psycopg
from psycopg.errors import (
    DeadlockDetected,
    OperationalError,
    ReadOnlySqlTransaction,
    SerializationFailure,
)
from psycopg.errors import UniqueViolation as PostgreSQLUniqueViolation
from psycopg_pool import ConnectionPool, PoolTimeout
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql_dialect
from sqlalchemy.engine import make_url

from model_registry.exceptions import DatabaseError
from model_registry.server.database.postgresql_connection import (
    SUPPORTS_TIME_LIMIT,
    SlowStatementError,
    TimeLimitedConnection,
)
from model_registry.server.database.postgresql_tables import LOCK, prepare
from model_registry.server.database.protocol import LongReadError
from model_registry.server.database.threads import Threads
from model_registry.server.errors import ApiError, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from psycopg import Connection, Pipeline

    from model_registry.server.database.protocol import Row, Session, Statement
    from model_registry.server.database.threads import Job

Result = TypeVar("Result")
Pool: TypeAlias = ConnectionPool[TimeLimitedConnection]

_CONNECTIONS: Final = 10
_WAIT_SECONDS: Final = 5.0
_STATEMENT_SECONDS: Final = 30
_RECONNECT_SECONDS: Final = 1.0
# A prepared statement may be planned while the tables are nearly empty, and used when they have grown. Every
# query has an index and must use it from the start.
_SETTINGS: Final = (
    f"SET statement_timeout = '{_STATEMENT_SECONDS}s'; SET enable_seqscan = off; SET jit = off".encode()
)
_BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ"
# A read in the event loop blocks everything else. It has a time limit; after a slow one, reads use threads
# for some time.
_IN_LOOP_SECONDS: Final = 0.002
_SLOW_SECONDS: Final = 0.1
_MAX_QUEUE: Final = 1024
_ATTEMPTS: Final = 20
_DIALECT: Final = postgresql_dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
_UNIQUE_COLUMNS: Final = {"resource_name": "name", "resource_external_id": "external_id"}


class PostgreSQLSession:
    """A session on one connection; inside a pipeline, a transaction.

    Args:
        connection: The connection.
        pipeline: The pipeline that `execute` synchronizes to detect a broken unique constraint. Without one,
            writes are sent with the next statement, and PostgreSQL's own error is raised later.
        allows_long_reads: See `Session`.
    """

    def __init__(
        self, connection: Connection[Row], pipeline: Pipeline | None = None, *, allows_long_reads: bool = True
    ) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self.allows_long_reads = allows_long_reads
        self.changed: int | None = None

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """See `Session`."""
        return self._run(statement, values).fetchall()

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """See `Session`."""
        return self._run(statement, values).fetchone()

    def execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """See `Session`."""
        self.changed = values.get("key", self.changed)
        try:
            self._run(statement, values)
            if self._pipeline is not None:
                self._pipeline.sync()
        except PostgreSQLUniqueViolation as error:
            column = _UNIQUE_COLUMNS.get(error.diag.constraint_name or "")
            if column is None or self._pipeline is None:  # then an earlier statement failed
                raise
            raise UniqueViolation(column) from None

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """See `Session`. In a pipeline, they are sent with the next statement."""
        if values:
            sql, given = statement.compiled(_DIALECT)
            self._connection.cursor().executemany(sql.encode(), [{**given, **one} for one in values])

    def next_id(self) -> int:
        """See `Session`."""
        row = self._connection.execute("SELECT nextval('resource_id')").fetchone()
        assert row is not None  # noqa: S101  # a function call always returns one row
        number: int = row[0]
        return number

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        sql, given = statement.compiled(_DIALECT)
        return self._connection.execute(sql.encode(), {**given, **values}, prepare=statement.prepare)


class PostgreSQLDatabase:
    """See `Database`.

    Args:
        url: `postgresql+psycopg://user:password@host:port/database`. Query parameters are `pool_size`
            (connections, default 10), `pool_timeout` (seconds to wait for one before the status 503, default
            5), and all parameters of libpq.
        durable: Whether a write survives a power failure once its response is sent.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        address = make_url(url)
        options = {name: str(value) for name, value in address.query.items()}
        self._size = int(options.pop("pool_size", _CONNECTIONS))
        self._wait = float(options.pop("pool_timeout", _WAIT_SECONDS))
        options.setdefault("connect_timeout", str(max(2, round(self._wait))))
        options.setdefault("application_name", "model-registry")
        self._name = address.set(query={}).render_as_string(hide_password=True)
        self._address = address.set(drivername="postgresql", query=options).render_as_string(
            hide_password=False
        )
        self._durable = durable
        self._opening = threading.Lock()
        self._counting = threading.Lock()
        self._running = 0
        self._slow_until = 0.0
        self._pool: Pool | None = None
        self._threads: Threads | None = None

    async def open(self) -> None:
        """See `Database`."""
        if self._pool is None:
            await asyncio.get_running_loop().run_in_executor(None, self._open)

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """See `Database`. A lone read runs in the event loop, with a time limit."""
        with self._counted():
            if SUPPORTS_TIME_LIMIT and not long:
                await self.open()
                await asyncio.sleep(0)  # let requests that arrived together start
                if self._running == 1 and time.monotonic() > self._slow_until:
                    try:
                        return self._read_in_loop(work)
                    except LongReadError:
                        pass
                    except (SlowStatementError, PoolTimeout, OperationalError):
                        self._slow_until = time.monotonic() + _SLOW_SECONDS
            return await self._submit(lambda pool: self._read(pool, work))

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """See `Database`."""
        with self._counted():
            return await self._submit(lambda pool: self._write(pool, work))

    def close(self) -> None:
        """See `Database`."""
        with self._opening:
            if self._threads is not None:
                self._threads.close()
                self._threads = None
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def _open(self) -> None:
        with self._opening:
            if self._pool is not None:
                return
            prepare(self._address, self._name)
            pool: Pool = ConnectionPool(
                self._address,
                connection_class=TimeLimitedConnection,
                kwargs={"autocommit": True},
                configure=self._configure,
                check=_check_alive,
                min_size=1,
                max_size=self._size,
                timeout=self._wait,
                # Give up soon and reconnect on demand, instead of retrying less and less often.
                reconnect_timeout=_RECONNECT_SECONDS,
                open=False,
                name="registry",
            )
            pool.open()
            self._threads = Threads(self._size, "registry-postgresql")
            self._pool = pool

    def _configure(self, connection: Connection[Row]) -> None:
        connection.execute(_SETTINGS)
        if not self._durable:
            connection.execute("SET synchronous_commit = off")

    @contextlib.contextmanager
    def _counted(self) -> Generator[None]:
        with self._counting:
            self._running += 1
        try:
            yield
        finally:
            with self._counting:
                self._running -= 1

    def _read_in_loop(self, work: Callable[[Session], Result]) -> Result:
        pool, threads = self._opened()
        connection = pool.getconn(_IN_LOOP_SECONDS)
        connection.time_limit = _IN_LOOP_SECONDS
        give_back: Callable[[], object] = functools.partial(_give_back, pool, connection)
        try:
            return work(PostgreSQLSession(connection, allows_long_reads=False))
        except SlowStatementError:
            give_back = functools.partial(threads.start, give_back)  # a thread can wait for the result
            raise
        finally:
            give_back()

    def _opened(self) -> tuple[Pool, Threads]:
        if self._pool is None or self._threads is None:
            raise DatabaseError(f"the registry in {self._name} is closed")
        return self._pool, self._threads

    async def _submit(self, job: Callable[[Pool], Result]) -> Result:
        await self.open()
        pool, threads = self._opened()
        if threads.waiting >= _MAX_QUEUE:
            raise _unavailable("too many requests are waiting for the database")
        started = threads.start(lambda: self._run(pool, job))
        timer = asyncio.get_running_loop().call_later(self._wait, _time_out, started)
        try:
            return await started.future
        finally:
            timer.cancel()
            started.claim()  # drop it if no thread has started it

    def _run(self, pool: Pool, job: Callable[[Pool], Result]) -> Result:
        """Run a job in a thread. There is one thread per connection."""
        try:
            return job(pool)
        except PoolTimeout:
            raise _unavailable("the database cannot be reached") from None
        except (OperationalError, ReadOnlySqlTransaction) as error:
            raise _unavailable("the database failed") from error

    def _read(self, pool: Pool, work: Callable[[Session], Result]) -> Result:
        for _ in range(_ATTEMPTS):
            with pool.connection() as connection:
                try:
                    return work(PostgreSQLSession(connection))
                except OperationalError:
                    if not connection.broken:
                        raise
        raise _unavailable("the connections to the database fail")

    def _write(self, pool: Pool, work: Callable[[Session], Result]) -> Result:
        contended: int | None = None
        for attempt in range(_ATTEMPTS):
            session: PostgreSQLSession | None = None
            with pool.connection() as connection, _turn(connection, contended):
                try:
                    with _transaction(connection) as pipeline:
                        # The first attempt does not check unique constraints: a violation makes COMMIT fail.
                        # The second attempt also sees rows committed after the first one started.
                        session = PostgreSQLSession(connection, pipeline if attempt else None)
                        return work(session)
                except (SerializationFailure, DeadlockDetected, PostgreSQLUniqueViolation):
                    contended = session.changed if session else None
            time.sleep(random.uniform(0, 0.001 * attempt))  # noqa: S311  # no secret
        raise _unavailable("too many other requests change the same resource")


@contextlib.contextmanager
def _turn(connection: Connection[Row], id: int | None) -> Generator[None]:
    """Wait until no other transaction repeats a change of the same resource, so that one of them succeeds.

    The lock belongs to the connection, because a transaction would start before it waits.
    """
    if id is None:
        yield
        return
    key = [LOCK, id % 2**31]
    connection.execute("SELECT pg_advisory_lock(%s::int, %s::int)", key)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s::int, %s::int)", key)


@contextlib.contextmanager
def _transaction(connection: Connection[Row]) -> Generator[Pipeline]:
    """Run a transaction that sends BEGIN with the first statement and COMMIT with the last ones.

    psycopg's own transactions wait for the results of both.
    """
    try:
        with connection.pipeline() as pipeline:
            try:
                connection.execute(_BEGIN)
                yield pipeline
                connection.execute(b"COMMIT")
            except BaseException:
                # Receive the results of skipped statements, which psycopg would log.
                with contextlib.suppress(psycopg.Error):
                    pipeline.sync()
                raise
    except BaseException:
        with contextlib.suppress(psycopg.Error):  # the pool detects a broken connection
            connection.rollback()
        raise


def _give_back(pool: Pool, connection: TimeLimitedConnection) -> None:
    connection.finish()
    pool.putconn(connection)


def _time_out(job: Job[Any]) -> None:
    """Fail a job that waits for a connection now, and one that waits for the database later."""
    if job.claim():
        job.settle(_unavailable("all connections to the database are busy"))
    else:
        late = _unavailable("the database did not respond in time")
        asyncio.get_running_loop().call_later(_STATEMENT_SECONDS, job.settle, late)


def _check_alive(connection: Connection[Row]) -> None:
    """Raise if the server has closed an idle connection, without a round trip."""
    connection.pgconn.consume_input()  # raises when it is closed


def _unavailable(reason: str) -> ApiError:
    return ApiError(503, f"{reason}: try again later", {"Retry-After": "1"})
