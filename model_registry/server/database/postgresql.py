"""A registry in a PostgreSQL database, which any number of processes may serve at once.

Every transaction sees one moment of the database. Where two change the same thing, one of them notices and
does its work again on what the other has left; the rules are functions of the database and may be repeated.
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
    CAN_BE_IMPATIENT,
    ImpatientConnection,
    SlowError,
)
from model_registry.server.database.postgresql_tables import LOCK, prepare
from model_registry.server.database.store import TakesLongError
from model_registry.server.database.threads import Threads
from model_registry.server.errors import ApiError, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from psycopg import Connection, Pipeline

    from model_registry.server.database.store import Row, Session, Statement
    from model_registry.server.database.threads import Job

Result = TypeVar("Result")
Pool: TypeAlias = ConnectionPool[ImpatientConnection]

_CONNECTIONS: Final = 10
_WAIT_SECONDS: Final = 5.0
_STATEMENT_SECONDS: Final = 30
_RECONNECT_SECONDS: Final = 1.0
# A prepared statement may be planned while the tables are nearly empty, and used when they have grown: every
# query of ours has an index, and shall take it from the beginning.
_SETTINGS: Final = (
    f"SET statement_timeout = '{_STATEMENT_SECONDS}s'; SET enable_seqscan = off; SET jit = off".encode()
)
_BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ"
# What is done at once keeps everything else waiting: for so long, and then not again for some time.
_AT_ONCE_SECONDS: Final = 0.002
_SLOW_SECONDS: Final = 0.1
_LONGEST_QUEUE: Final = 1024
_ATTEMPTS: Final = 20
_DIALECT: Final = postgresql_dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
_UNIQUE_COLUMNS: Final = {"resource_name": "name", "resource_external_id": "external_id"}


class PostgreSQLSession:
    """Statements on one connection; inside a pipeline, one transaction.

    Args:
        connection: The connection.
        pipeline: Where `execute` waits to hear of a unique constraint that is broken. Without one, what is
            written travels with what comes next, and it is PostgreSQL's own error that comes in the end.
        may_take_long: See `Session`.
    """

    def __init__(
        self, connection: Connection[Row], pipeline: Pipeline | None = None, *, may_take_long: bool = True
    ) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self.may_take_long = may_take_long
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
            if column is None or self._pipeline is None:  # then it is an earlier statement's
                raise
            raise UniqueViolation(column) from None

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """See `Session`. In a pipeline they travel with what comes next."""
        if values:
            sql, given = statement.compiled(_DIALECT)
            self._connection.cursor().executemany(sql.encode(), [{**given, **one} for one in values])

    def next_id(self) -> int:
        """See `Session`."""
        row = self._connection.execute("SELECT nextval('resource_id')").fetchone()
        assert row is not None  # noqa: S101  # a function call has always one row
        number: int = row[0]
        return number

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        sql, given = statement.compiled(_DIALECT)
        return self._connection.execute(sql.encode(), {**given, **values}, prepare=statement.prepare)


class PostgreSQLStore:
    """See `Store`.

    Args:
        url: `postgresql+psycopg://user:password@host:port/database`, and whatever else libpq understands as
            query parameters; besides, `pool_size` (connections, 10) and `pool_timeout` (seconds to wait for
            one until the answer is 503, 5).
        durable: Whether an answered write survives a power failure.
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
        """See `Store`."""
        if self._pool is None:
            await asyncio.get_running_loop().run_in_executor(None, self._open)

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """See `Store`. What is short is done at once if nothing else is done, without a change of threads."""
        with self._under_way():
            if CAN_BE_IMPATIENT and not long:
                await self.open()
                await asyncio.sleep(0)  # what has come together with it, begins
                if self._running == 1 and time.monotonic() > self._slow_until:
                    try:
                        return self._read_at_once(work)
                    except TakesLongError:
                        pass
                    except (SlowError, PoolTimeout, OperationalError):
                        self._slow_until = time.monotonic() + _SLOW_SECONDS
            return await self._submit(lambda pool: self._read(pool, work))

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """See `Store`."""
        with self._under_way():
            return await self._submit(lambda pool: self._write(pool, work))

    def close(self) -> None:
        """See `Store`."""
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
                connection_class=ImpatientConnection,
                kwargs={"autocommit": True},
                configure=self._configure,
                check=_notice_end,
                min_size=1,
                max_size=self._size,
                timeout=self._wait,
                # Rather than try less and less often, it gives up soon and tries again when asked.
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
    def _under_way(self) -> Generator[None]:
        with self._counting:
            self._running += 1
        try:
            yield
        finally:
            with self._counting:
                self._running -= 1

    def _read_at_once(self, work: Callable[[Session], Result]) -> Result:
        pool, threads = self._opened()
        connection = pool.getconn(_AT_ONCE_SECONDS)
        connection.patience = _AT_ONCE_SECONDS
        give_back: Callable[[], object] = functools.partial(_give_back, pool, connection)
        try:
            return work(PostgreSQLSession(connection, may_take_long=False))
        except SlowError:
            give_back = functools.partial(threads.start, give_back)  # there it may wait for its answer
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
        if threads.waiting >= _LONGEST_QUEUE:
            raise _unavailable("too many requests wait for the database")
        started = threads.start(lambda: self._run(pool, job))
        timer = asyncio.get_running_loop().call_later(self._wait, _lose_patience, started)
        try:
            return await started.answer
        finally:
            timer.cancel()
            started.begin()  # nobody needs it any more, if it has not begun

    def _run(self, pool: Pool, job: Callable[[Pool], Result]) -> Result:
        """Do a job, in one of as many threads as there are connections."""
        try:
            return job(pool)
        except PoolTimeout:
            raise _unavailable("the database cannot be reached") from None
        except (OperationalError, ReadOnlySqlTransaction) as error:
            raise _unavailable("the database failed to answer") from error

    def _read(self, pool: Pool, work: Callable[[Session], Result]) -> Result:
        for _ in range(_ATTEMPTS):
            with pool.connection() as connection:
                try:
                    return work(PostgreSQLSession(connection))
                except OperationalError:
                    if not connection.broken:
                        raise
        raise _unavailable("the connections to the database break")

    def _write(self, pool: Pool, work: Callable[[Session], Result]) -> Result:
        contended: int | None = None
        for attempt in range(_ATTEMPTS):
            session: PostgreSQLSession | None = None
            with pool.connection() as connection, _turn(connection, contended):
                try:
                    with _transaction(connection) as pipeline:
                        # First as if nothing were taken: what is makes COMMIT fail, and costs a repetition,
                        # which also sees what was not there when the first transaction began.
                        session = PostgreSQLSession(connection, pipeline if attempt else None)
                        return work(session)
                except (SerializationFailure, DeadlockDetected, PostgreSQLUniqueViolation):
                    contended = session.changed if session else None
            time.sleep(random.uniform(0, 0.001 * attempt))  # noqa: S311  # no secret
        raise _unavailable("too many others change the same thing")


@contextlib.contextmanager
def _turn(connection: Connection[Row], id: int | None) -> Generator[None]:
    """Wait until nobody else repeats a change of the same resource, lest they all keep failing.

    The lock is the connection's and not the transaction's, which would begin before it has waited.
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
    """A transaction whose BEGIN travels with the first statement and whose COMMIT with the last ones.

    psycopg's own waits for the answers to both.
    """
    try:
        with connection.pipeline() as pipeline:
            try:
                connection.execute(_BEGIN)
                yield pipeline
                connection.execute(b"COMMIT")
            except BaseException:
                # Receive what was skipped after the statement that failed, which psycopg would log.
                with contextlib.suppress(psycopg.Error):
                    pipeline.sync()
                raise
    except BaseException:
        with contextlib.suppress(psycopg.Error):  # else it has broken, and the pool will notice
            connection.rollback()
        raise


def _give_back(pool: Pool, connection: ImpatientConnection) -> None:
    connection.finish()
    pool.putconn(connection)


def _lose_patience(job: Job[Any]) -> None:
    """Answer a request that waits for a connection, and soon one that waits for the database."""
    if job.begin():
        job.settle(_unavailable("all connections to the database are busy"))
    else:
        late = _unavailable("the database did not answer in time")
        asyncio.get_running_loop().call_later(_STATEMENT_SECONDS, job.settle, late)


def _notice_end(connection: Connection[Row]) -> None:
    """Find out, without asking or waiting, whether the server has ended an idle connection."""
    connection.pgconn.consume_input()  # raises when it has


def _unavailable(reason: str) -> ApiError:
    return ApiError(503, f"{reason}: try again later", {"Retry-After": "1"})
