"""A registry in one SQLite file, or in memory.

One thread writes. It takes what waits, up to a limit, into one transaction, so that many writers share the
cost of making it durable. Rules refuse before they write; should one fail half way, the group is undone and
each of it gets a transaction of its own. Readers have connections of their own and are never blocked by the
writer, nor block it (WAL).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from model_registry.exceptions import DatabaseError
from model_registry.server.database.sqlite_file import MEMORY, connect, prepare
from model_registry.server.database.store import TakesLongError
from model_registry.server.database.threads import Job, Threads, deliver
from model_registry.server.errors import ApiError, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from model_registry.server.database.store import Row, Session, Statement

Result = TypeVar("Result")

_LARGEST_GROUP: Final = 64
_LONGEST_QUEUE: Final = 4096
_READING_THREADS: Final = 2
_DIALECT: Final = sqlite_dialect(paramstyle="named")
_UNIQUE_COLUMNS: Final = {
    "UNIQUE constraint failed: resource.family, resource.external_id": "external_id",
    "UNIQUE constraint failed: resource.kind, resource.name, resource.parent_id": "name",
}


class SQLiteSession:
    """Statements on one connection.

    Args:
        connection: The connection.
        may_take_long: See `Session`.
    """

    __slots__ = ("_connection", "may_take_long")

    def __init__(self, connection: sqlite3.Connection, *, may_take_long: bool = True) -> None:
        self._connection = connection
        self.may_take_long = may_take_long

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
        """See `Session`. Nobody else writes while this transaction lasts."""
        (last,) = self._connection.execute("SELECT max(id) FROM resource").fetchone()
        return (last or 0) + 1

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> sqlite3.Cursor:
        sql, given = statement.compiled(_DIALECT)
        return self._connection.execute(sql, {**given, **values} if given else values)


class _HalfDone(Exception):  # noqa: N818  # no error: nobody but the writer sees it
    """A job failed after it had changed something."""


class SQLiteStore:
    """See `Store`.

    Args:
        path: The file, or `:memory:`.
        durable: Whether an answered write survives a power failure.
    """

    def __init__(self, path: str, *, durable: bool = True) -> None:
        self._path = path
        self._durable = durable
        self._opening = threading.Lock()
        self._writer: _Writer | None = None
        self._readers: deque[sqlite3.Connection] = deque()
        self._threads: Threads | None = None
        self._process = os.getpid()
        self._inherited: list[object] = []

    async def open(self) -> None:
        """See `Store`."""
        if self._process != os.getpid():
            self._leave_to_parent()
        if self._writer is None:
            await asyncio.get_running_loop().run_in_executor(None, self._open)

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """See `Store`. Short work is done at once, where a change of threads would cost more than itself."""
        await self.open()
        if not long:
            try:
                return self._read(work, may_take_long=self._threads is None)
            except TakesLongError:
                pass
        if self._threads is None:
            return self._read(work, may_take_long=True)
        return await self._threads.start(lambda: self._read(work, may_take_long=True)).answer

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """See `Store`."""
        await self.open()
        if self._writer is None:
            raise DatabaseError(f"the registry in {self._path} is closed")
        job = Job(work)
        self._writer.submit(job)
        return await job.answer

    def close(self) -> None:
        """See `Store`."""
        with self._opening:
            if self._writer is None:
                return
            if self._threads is not None:
                self._threads.close()
                self._threads = None
            while self._readers:
                self._readers.pop().close()
            self._writer.close()
            self._writer = None

    def _open(self) -> None:
        with self._opening:
            if self._writer is not None:
                return
            connection = prepare(self._path, durable=self._durable)
            if self._path != MEMORY:
                self._threads = Threads(_READING_THREADS, "registry-read")
            self._writer = _Writer(connection)

    def _leave_to_parent(self) -> None:
        """After a fork, start anew: threads did not come along, and connections belong to the parent.

        They are kept, unused, since closing them here would disturb the parent's.
        """
        if self._path == MEMORY and self._writer is not None:
            raise DatabaseError("a registry in memory cannot be used in a forked process: keep it in a file")
        self._inherited += [self._writer, self._readers, self._threads]
        self._opening, self._readers = threading.Lock(), deque()
        self._writer = self._threads = None
        self._process = os.getpid()

    def _read(self, work: Callable[[Session], Result], *, may_take_long: bool) -> Result:
        if self._path == MEMORY:
            # A database in memory is its one connection: readers take turns with the writer.
            if self._writer is None:
                raise DatabaseError("the registry in memory is closed")
            with self._writer.turn:
                return work(self._writer.session)
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = connect(self._path, reading=True)
        try:
            return work(SQLiteSession(connection, may_take_long=may_take_long))
        except sqlite3.OperationalError as error:
            raise _unavailable(error) from error
        finally:
            self._readers.append(connection)


class _Writer:
    """The thread that writes.

    Attributes:
        session: Its connection.
        turn: Held while a transaction is open.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.session = SQLiteSession(connection)
        self.turn = threading.Lock()
        self._connection = connection
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="registry-write", daemon=True)
        self._thread.start()

    def submit(self, job: Job[Any]) -> None:
        if self._jobs.qsize() >= _LONGEST_QUEUE:
            raise ApiError(503, "too many writes are waiting, try again later")
        self._jobs.put(job)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job]
            with contextlib.suppress(queue.Empty):
                while len(group) < _LARGEST_GROUP:
                    following = self._jobs.get_nowait()
                    if following is None:
                        self._jobs.put(None)
                        break
                    group.append(following)
            self._deliver(group, self._write(group))

    def _write(self, group: list[Job[Any]]) -> list[Any]:
        """Run a group as one transaction, and return a result or an exception for each of its jobs."""
        connection = self._connection
        outcomes: list[Any] = []
        with self.turn:
            try:
                connection.execute("BEGIN IMMEDIATE")
                for job in group:
                    changes = connection.total_changes
                    try:
                        outcomes.append(job.work(self.session))
                    except Exception as error:  # whatever it is, it belongs to this job alone
                        outcomes.append(error)
                        if connection.total_changes != changes:
                            raise _HalfDone from error
                connection.execute("COMMIT")
            except (_HalfDone, sqlite3.Error) as error:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    outcomes = [_unavailable(error)] * len(group)
                elif len(group) > 1:
                    outcomes = []
        return outcomes or [outcome for job in group for outcome in self._write([job])]

    @staticmethod
    def _deliver(group: list[Job[Any]], outcomes: list[Any]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job[Any], Any]]] = defaultdict(list)
        for job, outcome in zip(group, outcomes, strict=True):
            by_loop[job.loop].append((job, outcome))
        for loop, settled in by_loop.items():
            deliver(loop, settled)


def _unavailable(error: sqlite3.Error) -> ApiError:
    return ApiError(503, f"the registry's database failed: {error}", {"Retry-After": "1"})
