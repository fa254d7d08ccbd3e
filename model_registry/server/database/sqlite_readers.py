"""Reads of a SQLite file in threads, which can be stopped."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from model_registry.server.database.protocol import SlowReadError
from model_registry.server.database.sqlite_file import connect
from model_registry.server.database.sqlite_session import SQLiteSession, unavailable
from model_registry.server.database.threads import Threads, wait_for
from model_registry.server.errors import busy_with_slow_reads, slow_read

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.protocol import Session
    from model_registry.server.database.sqlite_watch import WatchedFile

Result = TypeVar("Result")

_WAIT_SECONDS: Final = 5.0
_MAX_WAITING: Final = 1024


class Connections:
    """Connections that only read, opened as needed and reused.

    Args:
        path: The file.
        findings: See `Session`.
        statements: Number of prepared statements that each connection stores.
        watched: The file, to check that a new connection opens the same one as the writer.
    """

    def __init__(
        self,
        path: str,
        findings: SizedCache[Any],
        *,
        statements: int = 128,
        watched: WatchedFile | None = None,
    ) -> None:
        self.findings = findings
        self._path = path
        self._watched = watched
        self._statements = statements
        self._idle: deque[sqlite3.Connection] = deque()

    @contextlib.contextmanager
    def borrow(self) -> Generator[sqlite3.Connection]:
        """Return a connection that nothing else uses meanwhile."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        if self._watched is not None:
            self._watched.check()
        return connect(self._path, reading=True, statements=self._statements)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()


class Readers:
    """Runs reads in threads, each with a time limit.

    Args:
        connections: The connections to use.
        name: Name of the threads.
        threads: Maximum number of threads.
        seconds: Time limit of a read.
        for_slow: Whether reads may take until the time limit. Otherwise one that exceeds it raises
            `SlowReadError`.
    """

    def __init__(
        self, connections: Connections, name: str, *, threads: int, seconds: float, for_slow: bool
    ) -> None:
        self._connections = connections
        self._threads = Threads(threads, name)
        self._seconds = seconds
        self._for_slow = for_slow

    async def run(self, work: Callable[[Session], Result]) -> Result:
        """Run a function that reads.

        Raises:
            SlowReadError: It took longer than the time limit, and others wait.
            ApiError: 503, because too many reads wait, or because it took longer than reads may.
        """
        if self._threads.waiting >= _MAX_WAITING:
            raise busy_with_slow_reads()
        reading = _Reading(self._connections, work, allows_slow_reads=self._for_slow)
        try:
            return await wait_for(
                self._threads.start(reading.run),
                lambda _: reading.stop(),
                wait=_WAIT_SECONDS,
                limit=self._seconds,
                too_busy=busy_with_slow_reads,
            )
        except StoppedReadError:
            if self._for_slow:
                raise slow_read(self._seconds) from None
            raise SlowReadError from None

    def close(self) -> None:
        """Wait for the running reads, and stop the threads."""
        self._threads.close()


class StoppedReadError(Exception):
    """A read was stopped."""


class _Reading(Generic[Result]):
    """One read, which any thread can stop."""

    def __init__(
        self, connections: Connections, work: Callable[[Session], Result], *, allows_slow_reads: bool
    ) -> None:
        self._connections = connections
        self._work = work
        self._allows_slow_reads = allows_slow_reads
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_stopped = False

    def run(self) -> Result:
        try:
            with self._connections.borrow() as connection:
                with self._lock:
                    self._connection = connection
                try:
                    return self._work(
                        SQLiteSession(
                            connection,
                            self._connections.findings,
                            allows_slow_reads=self._allows_slow_reads,
                            before=self._check,
                        )
                    )
                finally:
                    with self._lock:
                        self._connection = None
        except sqlite3.Error as error:
            if self._is_stopped:
                raise StoppedReadError from None
            raise unavailable(error) from error

    def stop(self) -> None:
        """Stop the running statement, and every later one."""
        with self._lock:
            self._is_stopped = True
            if self._connection is not None:
                self._connection.interrupt()

    def _check(self) -> None:
        if self._is_stopped:
            raise StoppedReadError
