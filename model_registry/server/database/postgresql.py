"""A registry in a PostgreSQL database, which any number of processes may serve at once.

Transactions are isolated (REPEATABLE READ). If two change the same resource, one of them fails and runs again
on the result of the other. Rules depend only on the request and the database, so they can be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import random
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import psycopg
from psycopg.errors import DeadlockDetected, OperationalError, SerializationFailure
from psycopg.errors import UniqueViolation as PostgreSQLUniqueViolation
from psycopg_pool import PoolTimeout
from sqlalchemy.engine import make_url

from model_registry.exceptions import DatabaseError
from model_registry.server.database.postgresql_connection import SUPPORTS_TIME_LIMIT, SlowStatementError
from model_registry.server.database.postgresql_lanes import ATTEMPTS, CANCEL_SECONDS, Lane, unavailable
from model_registry.server.database.postgresql_session import PostgreSQLSession
from model_registry.server.database.postgresql_tables import LOCK, prepare
from model_registry.server.database.protocol import READ_LIMIT, LongReadError, SlowReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from psycopg import Connection, Pipeline

    from model_registry.server.database.postgresql_connection import TimeLimitedConnection
    from model_registry.server.database.postgresql_lanes import Pool
    from model_registry.server.database.protocol import Row, Session

Result = TypeVar("Result")

_CONNECTIONS: Final = 10
_WAIT_SECONDS: Final = 5.0
_SLOW_CONNECTIONS: Final = 2
_QUICK_SECONDS: Final = 1.0
"""Time limit of reads that others wait for. One that takes longer is repeated where only slow ones wait."""
# A statement may be planned while the tables are nearly empty or without statistics, and a prepared one is
# used when they have grown. Every query has an index and must scan it in order from the start, instead of
# sorting. A join looks each row up: a merge of two indexes would read all that precedes a late page.
_SETTINGS: Final = (
    "SET statement_timeout = {milliseconds};"
    " SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('jit', 'enable_seqscan',"
    " 'enable_sort', 'enable_incremental_sort', 'enable_mergejoin', 'enable_hashjoin')"
)
_BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ"
# A read in the event loop blocks everything else. It has a time limit; after a slow one, reads use threads
# for some time.
_IN_LOOP_SECONDS: Final = 0.002
_SLOW_SECONDS: Final = 0.1


class _Lanes(NamedTuple):
    """The lanes of a database. Reads that turn out to be slow move from `main` to `slow`."""

    main: Lane
    slow: Lane
    checks: Lane


class PostgreSQLDatabase:
    """See `Database`.

    Args:
        url: `postgresql+psycopg://user:password@host:port/database`. Query parameters are `pool_size`
            (connections, default 10), `pool_timeout` (seconds to wait for one before the status 503, default
            5), and all parameters of libpq.
        durable: Whether a write survives a power failure once its response is sent.
        read_limit: Time limit of a statement, and of all statements of a read, in seconds.
    """

    def __init__(self, url: str, *, durable: bool = True, read_limit: float = READ_LIMIT) -> None:
        address = make_url(url)
        options = {name: str(value) for name, value in address.query.items()}
        self._size = int(options.pop("pool_size", _CONNECTIONS))
        self._wait = float(options.pop("pool_timeout", _WAIT_SECONDS))
        options.setdefault("connect_timeout", str(max(2, round(self._wait))))
        options.setdefault("application_name", "model-registry")
        self.name = address.set(query={}).render_as_string(hide_password=True)
        self._address = address.set(drivername="postgresql", query=options).render_as_string(
            hide_password=False
        )
        self._durable = durable
        self._limit = read_limit
        self._opening = threading.Lock()
        self._counting = threading.Lock()
        self._running = 0
        self._slow_until = 0.0
        self._lanes: _Lanes | None = None

    async def open(self) -> None:
        """See `Database`."""
        if self._lanes is None:
            await asyncio.get_running_loop().run_in_executor(None, self._open)

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """See `Database`. A lone read runs in the event loop, with a time limit."""
        await self.open()
        main, slow, _ = self._opened()
        try:
            with self._counted():
                if SUPPORTS_TIME_LIMIT and not long:
                    await asyncio.sleep(0)  # let requests that arrived together start
                    if self._running == 1 and time.monotonic() > self._slow_until:
                        try:
                            return self._read_in_loop(main, work)
                        except SlowReadError:
                            raise
                        except LongReadError:
                            pass
                        except (SlowStatementError, PoolTimeout, OperationalError):
                            self._slow_until = time.monotonic() + _SLOW_SECONDS
                return await main.read(work, limit=min(_QUICK_SECONDS, self._limit))
        except SlowReadError:
            return await slow.read(work, limit=self._limit, for_slow=True)

    async def check(self, work: Callable[[Session], Result]) -> Result:
        """See `Database`. A connection is reserved for this."""
        await self.open()
        return await self._opened().checks.read(work, limit=self._limit, for_slow=True)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """See `Database`."""
        await self.open()
        with self._counted():
            return await self._opened().main.write(lambda pool: _write(pool, work), limit=self._limit)

    def close(self) -> None:
        """See `Database`."""
        with self._opening:
            for lane in self._lanes or ():
                lane.close()
            self._lanes = None

    def _open(self) -> None:
        with self._opening:
            if self._lanes is not None:
                return
            prepare(self._address, self.name)
            lane = functools.partial(Lane, self._address, wait=self._wait, configure=self._configure)
            self._lanes = _Lanes(
                lane("registry", size=self._size, is_main=True),
                lane("registry-slow", size=min(_SLOW_CONNECTIONS, self._size)),
                lane("registry-check", size=1),
            )

    def _configure(self, connection: Connection[Row]) -> None:
        settings = _SETTINGS.format(milliseconds=math.ceil(self._limit * 1000))
        connection.execute(settings.encode())
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

    @staticmethod
    def _read_in_loop(lane: Lane, work: Callable[[Session], Result]) -> Result:
        pool = lane.pool
        connection = pool.getconn(_IN_LOOP_SECONDS)
        connection.time_limit = _IN_LOOP_SECONDS
        try:
            found = work(PostgreSQLSession(connection, allows_long_reads=False, allows_slow_reads=False))
        except SlowStatementError:
            lane.threads.start(
                functools.partial(_finish, pool, connection)
            )  # a thread can wait for the result
            raise
        except BaseException:
            _give_back(pool, connection)
            raise
        _give_back(pool, connection)
        return found

    def _opened(self) -> _Lanes:
        if self._lanes is None:
            raise DatabaseError(f"the registry in {self.name} is closed")
        return self._lanes


def _write(pool: Pool, work: Callable[[Session], Result]) -> Result:
    contended: int | None = None
    for attempt in range(ATTEMPTS):
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
    raise unavailable("too many other requests change the same resource")


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
    connection.time_limit = None
    pool.putconn(connection)


def _finish(pool: Pool, connection: TimeLimitedConnection) -> None:
    """Wait for a statement that exceeded its time limit, cancel it if it is slow, and free the connection."""
    if not connection.finish(_QUICK_SECONDS):
        with contextlib.suppress(psycopg.Error):
            connection.cancel_safe(timeout=CANCEL_SECONDS)
        connection.close()
    pool.putconn(connection)
