"""A registry in one SQLite file, or in memory.

One thread writes. It commits all waiting jobs, up to a limit, in one transaction, so that many writers share
the cost of a durable write. Rules check a request before they write. If one fails after a write, the whole
group is rolled back and each job runs again in its own transaction. Readers have their own connections. They
do not block the writer, and the writer does not block them (WAL).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from model_registry.exceptions import DatabaseError
from model_registry.server.database.protocol import LongReadError
from model_registry.server.database.sqlite_file import (
    BUSY_SECONDS,
    MEMORY,
    NotWritableError,
    connect,
    prepare,
    uri_for_reading,
)
from model_registry.server.database.threads import Job, Threads, deliver
from model_registry.server.errors import ApiError, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from model_registry.server.database.protocol import Row, Session, Statement

Result = TypeVar("Result")

_MAX_GROUP: Final = 64
_MAX_QUEUE: Final = 4096
_BUSY_MILLISECONDS: Final = 100
_READING_THREADS: Final = 2
_DIALECT: Final = sqlite_dialect(paramstyle="named")
_UNIQUE_COLUMNS: Final = {
    "UNIQUE constraint failed: resource.family, resource.external_id": "external_id",
    "UNIQUE constraint failed: resource.kind, resource.name, resource.parent_id": "name",
}


class SQLiteSession:
    """A session on one connection.

    Args:
        connection: The connection.
        allows_long_reads: See `Session`.
    """

    __slots__ = ("_connection", "allows_long_reads")

    def __init__(self, connection: sqlite3.Connection, *, allows_long_reads: bool = True) -> None:
        self._connection = connection
        self.allows_long_reads = allows_long_reads

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """See `Session`."""
        return self._run(statement, values).fetchall()

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """See `Session`."""
        found: Row | None = self._run(statement, values).fetchone()
        return found

    def execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """See `Session`."""
        try:
            self._run(statement, values)
        except sqlite3.IntegrityError as error:
            column = _UNIQUE_COLUMNS.get(str(error))
            if column is None:
                raise
            raise UniqueViolation(column) from None

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """See `Session`."""
        if values:
            sql, given = statement.compiled(_DIALECT)
            self._connection.executemany(sql, [{**given, **one} for one in values] if given else values)

    def next_id(self) -> int:
        """See `Session`. No other connection writes during the transaction."""
        (last,) = self._connection.execute("SELECT max(id) FROM resource").fetchone()
        return (last or 0) + 1

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> sqlite3.Cursor:
        sql, given = statement.compiled(_DIALECT)
        return self._connection.execute(sql, {**given, **values} if given else values)


class _PartialWriteError(Exception):  # internal to the writer
    """A job failed after it had written something."""


class SQLiteDatabase:
    """See `Database`.

    Args:
        path: The file, or `:memory:`.
        durable: Whether a write survives a power failure once its response is sent.
    """

    def __init__(self, path: str, *, durable: bool = True) -> None:
        self._path = path
        self._durable = durable
        self._opening = threading.Lock()
        self._writer: _Writer | None = None
        self._readers: deque[sqlite3.Connection] = deque()
        self._threads: Threads | None = None
        self._reading_path = path
        self._refusal: str | None = None
        self._process = os.getpid()
        self._inherited: list[object] = []

    async def open(self) -> None:
        """See `Database`."""
        if self._process != os.getpid():
            self._reset_after_fork()
        if self._writer is None and self._refusal is None:
            await asyncio.get_running_loop().run_in_executor(None, self._open)

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """See `Database`. Short reads run in the event loop: passing them to a thread would cost more."""
        await self.open()
        if not long:
            try:
                return self._read(work, allows_long_reads=self._threads is None)
            except LongReadError:
                pass
        if self._threads is None:
            return self._read(work, allows_long_reads=True)
        return await self._threads.start(lambda: self._read(work, allows_long_reads=True)).future

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """See `Database`."""
        await self.open()
        if self._refusal is not None:
            raise DatabaseError(f"the registry in {self._path} can only be read: {self._refusal}")
        if self._writer is None:
            raise DatabaseError(f"the registry in {self._path} is closed")
        job = Job(work)
        self._writer.submit(job)
        try:
            return await job.future
        finally:
            job.claim()  # drop it if the writer has not started it

    def close(self) -> None:
        """See `Database`."""
        with self._opening:
            if self._threads is not None:
                self._threads.close()
                self._threads = None
            while self._readers:
                self._readers.pop().close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self._refusal = None

    def _open(self) -> None:
        with self._opening:
            if self._writer is not None or self._refusal is not None:
                return
            connection: sqlite3.Connection | None = None
            try:
                connection = prepare(self._path, durable=self._durable)
            except NotWritableError as error:
                if not Path(self._path).is_file():
                    raise
                self._reading_path, self._refusal = uri_for_reading(self._path), str(error)
            if self._path != MEMORY:
                self._threads = Threads(_READING_THREADS, "registry-read")
            if connection is not None:
                self._writer = _Writer(connection)

    def _reset_after_fork(self) -> None:
        """Start with new threads and connections after a fork.

        A fork does not copy threads, and the connections belong to the parent. They stay referenced, because
        closing them in this process would disturb the parent.
        """
        if self._path == MEMORY and self._writer is not None:
            raise DatabaseError("cannot use a registry in memory in a forked process: use a file")
        self._inherited += [self._writer, self._readers, self._threads]
        self._opening, self._readers = threading.Lock(), deque()
        self._writer = self._threads = None
        self._process = os.getpid()

    def _read(self, work: Callable[[Session], Result], *, allows_long_reads: bool) -> Result:
        if self._path == MEMORY:
            # A database in memory has a single connection: readers and the writer take turns.
            if self._writer is None:
                raise DatabaseError("the registry in memory is closed")
            with self._writer.turn:
                return work(self._writer.session)
        try:
            with self._reader() as connection:
                return work(SQLiteSession(connection, allows_long_reads=allows_long_reads))
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    @contextlib.contextmanager
    def _reader(self) -> Generator[sqlite3.Connection]:
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = connect(self._reading_path, reading=True)
        try:
            yield connection
        finally:
            self._readers.append(connection)


class _Writer:
    """The thread that writes.

    Attributes:
        session: Its connection.
        turn: The lock that is held while a transaction is open.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.session = SQLiteSession(connection)
        self.turn = threading.Lock()
        self._connection = connection
        self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="registry-write", daemon=True)
        self._thread.start()

    def submit(self, job: Job[Any]) -> None:
        if self._jobs.qsize() >= _MAX_QUEUE:
            raise ApiError(503, "too many writes are waiting: try again later")
        self._jobs.put(job)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job]
            with contextlib.suppress(queue.Empty):
                while len(group) < _MAX_GROUP:
                    following = self._jobs.get_nowait()
                    if following is None:
                        self._jobs.put(None)
                        break
                    group.append(following)
            self._deliver(self._write(group))

    def _write(self, group: list[Job[Any]]) -> list[tuple[Job[Any], Any]]:
        """Run the jobs of a group that are still wanted, and return each with its result or exception."""
        with self.turn:
            try:
                self._begin(lambda: not all(job.is_claimed for job in group))
            except sqlite3.Error as error:
                return [(job, _unavailable(error)) for job in group]
            jobs = [job for job in group if job.claim()]
            outcomes = self._commit(jobs)
        if outcomes is None:
            outcomes = [self._write_alone(job) for job in jobs]
        return list(zip(jobs, outcomes, strict=True))

    def _write_alone(self, job: Job[Any]) -> object:
        with self.turn:
            try:
                self._begin(lambda: True)
            except sqlite3.Error as error:
                return _unavailable(error)
            return (self._commit([job]) or [None])[0]

    def _begin(self, is_wanted: Callable[[], bool]) -> None:
        """Begin a transaction. Wait for another process that holds the file, as long as any job is wanted."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:  # noqa: PERF203  # the loop retries
                if "locked" not in str(error) or time.monotonic() > deadline or not is_wanted():
                    raise
            else:
                return

    def _commit(self, jobs: list[Job[Any]]) -> list[Any] | None:
        """Run jobs in the open transaction, and return a result or an exception for each.

        Returns `None` if one of several failed after it had written: each must run again on its own.
        """
        connection = self._connection
        outcomes: list[Any] = []
        try:
            for job in jobs:
                changes = connection.total_changes
                try:
                    outcomes.append(job.work(self.session))
                except Exception as error:  # any exception belongs to this job only
                    outcomes.append(error)
                    if connection.total_changes != changes:
                        raise _PartialWriteError from error
            connection.execute("COMMIT")
        except (_PartialWriteError, sqlite3.Error) as error:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                return [_unavailable(error)] * len(jobs)
            if len(jobs) > 1:
                return None
        return outcomes

    @staticmethod
    def _deliver(outcomes: list[tuple[Job[Any], Any]]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job[Any], Any]]] = defaultdict(list)
        for job, outcome in outcomes:
            by_loop[job.loop].append((job, outcome))
        for loop, settled in by_loop.items():
            deliver(loop, settled)


def _unavailable(error: sqlite3.Error) -> ApiError:
    return ApiError(503, f"the database of the registry failed: {error}", {"Retry-After": "1"})
