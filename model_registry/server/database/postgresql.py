"""A registry in a PostgreSQL database, which any number of processes may serve at once.

Transactions are isolated (REPEATABLE READ). If two change the same resource, one of them fails and runs again
on the result of the other. Rules depend only on the request and the database, so they can be repeated.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import psycopg
from psycopg.errors import DeadlockDetected, OperationalError, ReadOnlySqlTransaction, SerializationFailure
from psycopg.errors import UniqueViolation as PostgreSQLUniqueViolation
from psycopg_pool import PoolTimeout

from model_registry.exceptions import DatabaseError
from model_registry.random_numbers import GENERATOR
from model_registry.server.database.postgresql_address import read_postgresql_address
from model_registry.server.database.postgresql_connection import SUPPORTS_TIME_LIMIT, SlowStatementError
from model_registry.server.database.postgresql_lanes import ATTEMPTS, CANCEL_SECONDS, Lane, unavailable
from model_registry.server.database.postgresql_session import PostgreSQLSession
from model_registry.server.database.postgresql_tables import LOCK, prepare, stored_version
from model_registry.server.database.postgresql_transaction import settings_statement, transaction
from model_registry.server.database.protocol import READ_LIMIT, LongReadError, SlowReadError, new_findings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from psycopg import Connection

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.postgresql_connection import TimeLimitedConnection
    from model_registry.server.database.postgresql_lanes import LocalSettings, Pool
    from model_registry.server.database.protocol import Finish, Row, Session

Result = TypeVar("Result")

_SLOW_CONNECTIONS: Final = 2
_QUICK_SECONDS: Final = 1.0
"""Time limit of reads that others wait for. One that takes longer is repeated where only slow ones wait."""
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

    Behind a pooler, such as PgBouncer, each transaction may have another connection to the server. Then
    nothing belongs to a connection: statements are not prepared, and all settings are those of a transaction.

    Args:
        url: `postgresql+psycopg://user:password@host:port/database`, with several hosts or one. Query
            parameters are `pool_size` (connections, default 10), `pool_timeout` (seconds to wait for one
            before the status 503, default 5), `prepare` (whether to prepare statements: `on`, `off`, or
            `detect`, the default, which finds poolers), and all parameters of libpq.
        durable: Whether a write survives a power failure once its response is sent.
        read_limit: Time limit of a statement, and of all statements of a read, in seconds.
    """

    def __init__(self, url: str, *, durable: bool = True, read_limit: float = READ_LIMIT) -> None:
        self._address = read_postgresql_address(url)
        self.name = self._address.name
        self._durable = durable
        self._limit = read_limit
        self._opening = threading.Lock()
        self._counting = threading.Lock()
        self._running = 0
        self._slow_until = 0.0
        self._is_pooled = False
        self._findings = new_findings()
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
                if SUPPORTS_TIME_LIMIT and not long and not self._is_pooled:
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

    async def write(
        self, work: Callable[[Session], Result], *, finish: Finish[Result] | None = None, alone: bool = False
    ) -> Result:
        """See `Database`."""

        def finished(session: Session) -> Result:
            result = work(session)
            if finish is not None:
                finish(session, [result])
            return result

        await self.open()
        with self._counted():
            return await self._opened().main.write(
                lambda pool: _write(pool, finished, self._findings, self._local_settings(), alone=alone),
                limit=self._limit,
            )

    def close(self) -> None:
        """See `Database`."""
        with self._opening:
            for lane in self._lanes or ():
                lane.close()
            self._lanes = None

    def stored_version(self) -> str | None:
        """See `Database`."""
        return stored_version(self._address.conninfo, self.name)

    def _open(self) -> None:
        with self._opening:
            if self._lanes is not None:
                return
            address = self._address
            has_pooler = prepare(address.conninfo, self.name)
            self._is_pooled = has_pooler if address.prepare is None else not address.prepare
            lane = functools.partial(
                Lane,
                address.conninfo,
                wait=address.wait,
                configure=self._configure,
                local_settings=self._local_settings(),
            )
            self._lanes = _Lanes(
                lane("registry", self._findings, size=address.size, is_main=True),
                lane("registry-slow", self._findings, size=min(_SLOW_CONNECTIONS, address.size)),
                lane("registry-check", self._findings, size=1),
            )

    def _configure(self, connection: Connection[Row]) -> None:
        if self._is_pooled:
            connection.prepare_threshold = None
        else:
            connection.execute(self._settings(connection, is_local=False))

    def _settings(self, connection: Connection[Row], *, is_local: bool) -> bytes:
        version = connection.info.server_version
        return settings_statement(version, self._limit, durable=self._durable, is_local=is_local)

    def _local_settings(self) -> LocalSettings | None:
        """Return a function for the settings of each transaction, or None if connections have them."""
        return functools.partial(self._settings, is_local=True) if self._is_pooled else None

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
            session = PostgreSQLSession(
                connection, lane.findings, allows_long_reads=False, allows_slow_reads=False
            )
            found = work(session)
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


_LOCK_TRAIL: Final = b"LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE"
"""Must be the first statement, so that the transaction sees what was committed before it has the lock."""


def _write(
    pool: Pool,
    work: Callable[[Session], Result],
    findings: SizedCache[Any],
    local_settings: LocalSettings | None,
    *,
    alone: bool,
) -> Result:
    contended: int | None = None
    lock = _LOCK_TRAIL if alone else None
    for attempt in range(ATTEMPTS):
        session: PostgreSQLSession | None = None
        with pool.connection() as connection, _turn(connection, None if local_settings else contended):
            try:
                with transaction(connection, lock, local_settings and local_settings(connection)) as pipeline:
                    # The first attempt does not check unique constraints: a violation makes COMMIT fail.
                    # The second attempt also sees rows committed after the first one started.
                    session = PostgreSQLSession(connection, findings, pipeline if attempt else None)
                    return work(session)
            except (SerializationFailure, DeadlockDetected, PostgreSQLUniqueViolation):
                contended = session.changed if session else None
            except ReadOnlySqlTransaction:
                connection.close()  # another server of the address may be the one to write to now
                raise
        time.sleep(GENERATOR.uniform(0, 0.001 * attempt))
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
