"""Lanes: connections to PostgreSQL with a thread each, so that slow work does not keep other work waiting."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from psycopg.errors import OperationalError, QueryCanceled, ReadOnlySqlTransaction
from psycopg_pool import ConnectionPool, PoolTimeout

from model_registry.server.database.postgresql_connection import TimeLimitedConnection
from model_registry.server.database.postgresql_session import PostgreSQLSession
from model_registry.server.database.postgresql_transaction import transaction
from model_registry.server.database.protocol import SlowReadError
from model_registry.server.database.threads import Threads, wait_for
from model_registry.server.errors import ApiError, slow_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.protocol import Row, Session
    from model_registry.server.database.threads import Job

Result = TypeVar("Result")
Pool: TypeAlias = "ConnectionPool[TimeLimitedConnection]"
LocalSettings: TypeAlias = "Callable[[Connection[Row]], bytes]"
"""Returns the statement that sets the settings of a transaction on a connection."""

ATTEMPTS: Final = 20
"""Number of times that work is tried on broken connections or against other transactions."""

_MAX_QUEUE: Final = 1024
_RECONNECT_SECONDS: Final = 1.0
_CANCEL_AGAIN_SECONDS: Final = 0.2
CANCEL_SECONDS: Final = 5.0
"""Time limit of a request to cancel a statement."""


class Lane:
    """A pool of connections with a thread for each.

    Args:
        address: The address for libpq.
        name: Name of the pool and of its threads.
        findings: See `Session`.
        size: Maximum number of connections.
        wait: Seconds that work waits for a connection before it fails.
        configure: Configures a new connection.
        local_settings: The settings of each read, if connections cannot have settings.
        is_main: Whether to keep a connection open while there is no work.
    """

    def __init__(
        self,
        address: str,
        name: str,
        findings: SizedCache[Any],
        *,
        size: int,
        wait: float,
        configure: Callable[[Connection[Row]], None],
        local_settings: LocalSettings | None = None,
        is_main: bool = False,
    ) -> None:
        self.pool: Pool = ConnectionPool(
            address,
            connection_class=TimeLimitedConnection,
            kwargs={"autocommit": True},
            configure=configure,
            check=_check_alive,
            min_size=int(is_main),
            max_size=size,
            timeout=wait,
            # Give up soon and reconnect on demand, instead of retrying less and less often.
            reconnect_timeout=_RECONNECT_SECONDS,
            num_workers=3 if is_main else 1,
            open=False,
            name=name,
        )
        self.pool.open()
        self.findings = findings
        self.threads = Threads(size, name)
        self._wait = wait
        self._local_settings = local_settings
        self._cancelling = Threads(1, f"{name}-cancel")

    async def read(
        self, work: Callable[[Session], Result], *, limit: float, for_slow: bool = False
    ) -> Result:
        """Run a function that reads.

        Args:
            work: The function.
            limit: Seconds until it is stopped.
            for_slow: Whether slow reads run here. Otherwise one that is stopped raises `SlowReadError`.
        """
        reading = _Reading(self.pool, work, self.findings, self._local_settings, allows_slow_reads=for_slow)
        first_stop: float | None = None

        def stop(job: Job[Result]) -> None:
            nonlocal first_stop
            first_stop = first_stop or time.monotonic()
            if time.monotonic() > first_stop + CANCEL_SECONDS:
                job.settle(_did_not_respond())
            elif reading.stop():
                self._cancelling.start(reading.cancel)

        try:
            return await wait_for(
                self._start(reading.run), stop, wait=self._wait, limit=limit, too_busy=_all_busy
            )
        except StoppedReadError:
            if for_slow:
                raise slow_read(limit) from None
            raise SlowReadError from None

    async def write(self, work: Callable[[Pool], Result], *, limit: float) -> Result:
        """Run a function that writes, and wait at most `limit` seconds for it."""
        return await wait_for(
            self._start(lambda: work(self.pool)),
            lambda job: job.settle(_did_not_respond()),
            wait=self._wait,
            limit=limit,
            too_busy=_all_busy,
        )

    def close(self) -> None:
        """Wait for the work in progress, and close the connections."""
        self.threads.close()
        self._cancelling.close()
        self.pool.close()

    def _start(self, work: Callable[[], Result]) -> Job[Result]:
        if self.threads.waiting >= _MAX_QUEUE:
            raise unavailable("too many requests are waiting for the database")
        return self.threads.start(lambda: _run(work))


class StoppedReadError(Exception):
    """A read was stopped."""


class _Reading(Generic[Result]):
    """One read, which can be stopped."""

    def __init__(
        self,
        pool: Pool,
        work: Callable[[Session], Result],
        findings: SizedCache[Any],
        local_settings: LocalSettings | None,
        *,
        allows_slow_reads: bool,
    ) -> None:
        self._pool = pool
        self._work = work
        self._findings = findings
        self._local_settings = local_settings
        self._allows_slow_reads = allows_slow_reads
        self._lock = threading.Lock()
        self._connection: TimeLimitedConnection | None = None
        self._is_stopped = False
        self._has_ended = threading.Event()

    def run(self) -> Result:
        try:
            return self._run()
        finally:
            self._has_ended.set()

    def _run(self) -> Result:
        for _ in range(ATTEMPTS):
            with self._pool.connection() as connection:
                session = PostgreSQLSession(
                    connection,
                    self._findings,
                    allows_slow_reads=self._allows_slow_reads,
                    before=self._check,
                )
                with self._lock:
                    self._connection = connection
                try:
                    if self._local_settings is None:
                        return self._work(session)
                    with transaction(connection, self._local_settings(connection)):
                        return self._work(session)
                except QueryCanceled:
                    raise StoppedReadError from None
                except OperationalError:
                    if not connection.broken:
                        raise
                finally:
                    with self._lock:
                        self._connection = None
                    if self._is_stopped:
                        connection.close()  # the request to cancel may still reach a later statement
        raise unavailable("the connections to the database fail")

    def stop(self) -> bool:
        """Let no other statement start. Return whether this is the first time."""
        is_first, self._is_stopped = not self._is_stopped, True
        return is_first

    def cancel(self) -> None:
        """Cancel the running statement, and wait until it ends.

        The server ignores a request that comes before the statement starts, so it is sent again.
        """
        deadline = time.monotonic() + CANCEL_SECONDS
        while time.monotonic() < deadline:
            with self._lock:
                if self._connection is not None:
                    self._connection.cancel_safe(timeout=CANCEL_SECONDS)
            if self._has_ended.wait(_CANCEL_AGAIN_SECONDS):
                return

    def _check(self) -> None:
        if self._is_stopped:
            raise StoppedReadError


def unavailable(reason: str) -> ApiError:
    """Return the error for a database that cannot be used now."""
    return ApiError(503, f"{reason}: try again later", {"Retry-After": "1"})


def _run(work: Callable[[], Result]) -> Result:
    """Run work in a thread of the lane, and convert the errors of the database."""
    try:
        return work()
    except PoolTimeout:
        raise unavailable("the database cannot be reached") from None
    except QueryCanceled:
        raise _did_not_respond() from None
    except (OperationalError, ReadOnlySqlTransaction) as error:
        raise unavailable("the database failed") from error


def _did_not_respond() -> ApiError:
    return unavailable("the database did not respond in time")


def _all_busy() -> ApiError:
    return unavailable("all connections to the database are busy")


def _check_alive(connection: Connection[Row]) -> None:
    """Raise if the server has closed an idle connection, without a round trip."""
    connection.pgconn.consume_input()  # raises when it is closed
