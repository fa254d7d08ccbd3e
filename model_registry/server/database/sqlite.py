"""A registry in one SQLite file, or in memory.

One thread writes. It commits all waiting jobs, up to a limit, in one transaction, so that many writers share
the cost of a durable write, and of what they leave to its end. Rules check a request before they write. If
one fails after a write, the whole group is rolled back and each job runs again in its own transaction.
Readers have their own connections. They do not block the writer, and the writer does not block them (WAL).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from model_registry.exceptions import DatabaseError
from model_registry.server.database.address import MEMORY
from model_registry.server.database.protocol import READ_LIMIT, LongReadError, SlowReadError, new_findings
from model_registry.server.database.sqlite_file import (
    BUSY_SECONDS,
    NotWritableError,
    prepare,
    stored_version,
    uri_for_reading,
)
from model_registry.server.database.sqlite_readers import Connections, Readers
from model_registry.server.database.sqlite_session import SQLiteSession, unavailable
from model_registry.server.database.sqlite_watch import WatchedFile
from model_registry.server.database.threads import Job, deliver
from model_registry.server.errors import ApiError, slow_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.protocol import Finish, Session

Result = TypeVar("Result")

_MAX_GROUP: Final = 64
_MAX_QUEUE: Final = 4096
_BUSY_MILLISECONDS: Final = 100
_READING_THREADS: Final = 2
_SLOW_THREADS: Final = 2
_LOOK_SECONDS: Final = 1.0
_SLOW_STATEMENTS: Final = 0
"""Prepared statements of slow reads: none, as each may take a megabyte."""
_QUICK_SECONDS: Final = 1.0
"""Time limit of reads that others wait for. One that takes longer is repeated where only slow ones wait."""
_RECENT_SECONDS: Final = 0.005
"""How long a check of the file is recent, so that a transaction begins without another one."""
_MEMORY_STEPS: Final = 1000
"""Steps of SQLite's virtual machine between checks of the time limit, for a database in memory."""


class _PartialWriteError(Exception):  # internal to the writer
    """A job failed after it had written something."""


class SQLiteDatabase:
    """See `Database`.

    Args:
        path: The file, or `:memory:`.
        mode: `ro` to only read it, `rw` to not create it, or `rwc`.
        durable: Whether a write survives a power failure once its response is sent.
        read_limit: Time limit of a read, in seconds.
    """

    def __init__(
        self, path: str, *, mode: str = "rwc", durable: bool = True, read_limit: float = READ_LIMIT
    ) -> None:
        self.name = path if path == MEMORY else str(Path(path).resolve())
        self._path = path
        self._mode = mode
        self._durable = durable
        self._opening = threading.Lock()
        self._writer: _Writer | None = None
        self._read_limit = read_limit
        self._findings = new_findings()
        self._connections = Connections(path, self._findings)
        self._all_connections: tuple[Connections, ...] = ()
        self._quick: Readers | None = None
        self._slow: Readers | None = None
        self._refusal: str | None = None
        self._watched: WatchedFile | None = None
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
        if self._quick is None or self._slow is None:
            return self._read_memory(work)
        if self._watched is not None:
            self._watched.check_reading()
        try:
            if not long:
                return self._read_short(work)
        except SlowReadError:
            return await self._slow.run(work)
        except LongReadError:
            pass
        try:
            return await self._quick.run(work)
        except SlowReadError:
            return await self._slow.run(work)

    async def check(self, work: Callable[[Session], Result]) -> Result:
        """See `Database`. Short reads wait for nothing."""
        await self.open()
        if self._watched is not None:
            self._watched.check()
        return await self.read(work)

    async def write(
        self, work: Callable[[Session], Result], *, finish: Finish[Result] | None = None, alone: bool = False
    ) -> Result:
        """See `Database`. All writes are alone."""
        del alone
        await self.open()
        if self._refusal is not None:
            raise DatabaseError(f"the registry in {self._path} can only be read: {self._refusal}")
        if self._writer is None:
            raise DatabaseError(f"the registry in {self._path} is closed")
        job = _WriteJob(work, finish)
        self._writer.submit(job)
        try:
            return await job.future
        finally:
            job.claim()  # drop it if the writer has not started it
            del job  # an exception that its future holds refers to this frame

    def close(self) -> None:
        """See `Database`."""
        with self._opening:
            if self._watched is not None:
                self._watched.before_close()
            for readers in (self._quick, self._slow):
                if readers is not None:
                    readers.close()
            self._quick = self._slow = None
            for connections in self._all_connections:
                connections.close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self._refusal = self._watched = None

    def stored_version(self) -> str | None:
        """See `Database`."""
        return stored_version(self._path)

    def _open(self) -> None:
        with self._opening:
            if self._writer is not None or self._refusal is not None:
                return
            if self._mode == "ro":
                self._open_for_reading("its address has mode=ro")
                return
            try:
                connection = prepare(self._path, durable=self._durable, creates=self._mode == "rwc")
            except NotWritableError as error:
                if not Path(self._path).is_file():
                    raise
                self._open_for_reading(str(error))
                return
            if self._path != MEMORY:
                # It opens the journal, and ends a checkpoint that was interrupted.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                file = os.path.abspath(self._path)  # noqa: PTH100  # the working folder may change
                self._watched = WatchedFile(file, writes=True)
                self._start_readers(file)
            self._writer = _Writer(connection, self._findings, self._watched)

    def _open_for_reading(self, reason: str) -> None:
        if not Path(self._path).is_file():
            raise DatabaseError(f"there is no registry at {self._path}")
        uri = uri_for_reading(self._path)
        self._refusal = reason
        self._watched = WatchedFile(os.path.abspath(self._path), writes=False)  # noqa: PTH100
        self._start_readers(uri)

    def _start_readers(self, path: str) -> None:
        slow = Connections(path, self._findings, statements=_SLOW_STATEMENTS, watched=self._watched)
        self._connections = Connections(path, self._findings, watched=self._watched)
        self._all_connections = (self._connections, slow)
        self._quick = Readers(
            self._connections,
            "registry-read",
            threads=_READING_THREADS,
            seconds=min(_QUICK_SECONDS, self._read_limit),
            for_slow=False,
        )
        self._slow = Readers(
            slow, "registry-slow", threads=_SLOW_THREADS, seconds=self._read_limit, for_slow=True
        )

    def _reset_after_fork(self) -> None:
        """Start with new threads and connections after a fork.

        A fork does not copy threads, and the connections belong to the parent. They stay referenced, because
        closing them in this process would disturb the parent.
        """
        if self._path == MEMORY and self._writer is not None:
            raise DatabaseError("cannot use a registry in memory in a forked process: use a file")
        self._inherited += [self._writer, self._all_connections, self._quick, self._slow]
        self._opening, self._findings = threading.Lock(), new_findings()
        self._connections = Connections(self._path, self._findings)
        self._writer = self._quick = self._slow = self._watched = None
        self._process = os.getpid()

    def _read_short(self, work: Callable[[Session], Result]) -> Result:
        try:
            with self._connections.borrow() as connection:
                session = SQLiteSession(
                    connection, self._findings, allows_long_reads=False, allows_slow_reads=False
                )
                return work(session)
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def _read_memory(self, work: Callable[[Session], Result]) -> Result:
        """Read from a database in memory. It has a single connection: readers and the writer take turns."""
        if self._writer is None:
            raise DatabaseError(f"the registry in {self._path} is closed")
        with self._writer.turn:
            deadline = time.monotonic() + self._read_limit
            connection = self._writer.connection
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _MEMORY_STEPS)
            try:
                return work(self._writer.session)
            except sqlite3.OperationalError as error:
                if time.monotonic() > deadline:
                    raise slow_read(self._read_limit) from None
                raise unavailable(error) from error
            finally:
                connection.set_progress_handler(None, 0)


class _WriteJob(Job[Result]):
    """A job that writes, and what it leaves to the end of the transaction."""

    def __init__(self, work: Callable[..., Result], finish: Finish[Result] | None) -> None:
        super().__init__(work)
        self.finish = finish


class _Writer:
    """The thread that writes.

    Attributes:
        connection: Its connection.
        session: The session on it.
        turn: The lock that is held while a transaction is open.
    """

    def __init__(
        self, connection: sqlite3.Connection, findings: SizedCache[Any], watched: WatchedFile | None
    ) -> None:
        self._watched = watched
        self._checked = 0.0
        self.session = SQLiteSession(connection, findings)
        self.turn = threading.Lock()
        self.connection = connection
        self.connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        self._jobs: queue.SimpleQueue[_WriteJob[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="registry-write", daemon=True)
        self._thread.start()

    def submit(self, job: _WriteJob[Any]) -> None:
        if self._jobs.qsize() >= _MAX_QUEUE:
            raise ApiError(503, "too many writes are waiting: try again later")
        self._jobs.put(job)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()
        self.connection.close()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            group = [job]
            with contextlib.suppress(queue.Empty):
                while len(group) < _MAX_GROUP:
                    following = self._jobs.get_nowait()
                    if following is None:
                        self._jobs.put(None)
                        break
                    group.append(following)
            self._deliver(self._write(group))

    def _next_job(self) -> _WriteJob[Any] | None:
        """Wait for a job. Meanwhile, look at the file, as a process that looked long ago sees less."""
        seconds = None if self._watched is None else _LOOK_SECONDS
        while True:
            with contextlib.suppress(queue.Empty):
                return self._jobs.get(timeout=seconds)
            with contextlib.suppress(DatabaseError):  # it was logged
                self._check_file()

    def _write(self, group: list[_WriteJob[Any]]) -> list[tuple[_WriteJob[Any], Any]]:
        """Run the jobs of a group that are still wanted, and return each with its result or exception."""
        with self.turn:
            try:
                self._begin(lambda: not all(job.is_claimed for job in group))
            except (ApiError, DatabaseError) as error:
                return [(job, error) for job in group]
            jobs = [job for job in group if job.claim()]
            outcomes = self._commit(jobs)
        if outcomes is None:
            outcomes = [self._write_alone(job) for job in jobs]
        return list(zip(jobs, outcomes, strict=True))

    def _write_alone(self, job: _WriteJob[Any]) -> object:
        with self.turn:
            try:
                self._begin(lambda: True)
            except (ApiError, DatabaseError) as error:
                return error
            return (self._commit([job]) or [None])[0]

    def _begin(self, is_wanted: Callable[[], bool]) -> None:
        """Begin a transaction. Wait for another process that holds the file, as long as any job is wanted."""
        if time.monotonic() > self._checked + _RECENT_SECONDS:
            self._check_file()
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:  # noqa: PERF203  # the loop retries
                if "locked" not in str(error) or time.monotonic() > deadline or not is_wanted():
                    raise unavailable(error) from None
            else:
                return

    def _commit(self, jobs: list[_WriteJob[Any]]) -> list[Any] | None:
        """Run jobs in the open transaction, and return a result or an exception for each.

        Returns `None` if one of several failed after it had written: each must run again on its own.
        """
        try:
            outcomes = self._run(jobs)
            self._check_file()  # otherwise, refused writes would be in a file that is put back
            self.connection.execute("COMMIT")
            self._check_file()  # otherwise, the writes may be lost
        except (_PartialWriteError, DatabaseError, sqlite3.Error) as error:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            if isinstance(error, DatabaseError):
                return [error] * len(jobs)
            if isinstance(error, sqlite3.Error):
                return [unavailable(error)] * len(jobs)
            return None if len(jobs) > 1 else [error.__cause__]
        return outcomes

    def _check_file(self) -> None:
        if self._watched is not None:
            self._watched.check()
            self._checked = time.monotonic()

    def _run(self, jobs: list[_WriteJob[Any]]) -> list[Any]:
        """Run jobs, and what they leave to the end. Return a result or an exception for each."""
        outcomes: list[Any] = []
        finishing: dict[Finish[Any], list[Any]] = {}
        for job in jobs:
            changes = self.connection.total_changes
            try:
                outcomes.append(job.work(self.session))
            except Exception as error:  # noqa: BLE001  # any exception belongs to this job only
                outcomes.append(_failure(error))
                if self.connection.total_changes != changes:
                    raise _PartialWriteError from outcomes[-1]
            else:
                if job.finish is not None:
                    finishing.setdefault(job.finish, []).append(outcomes[-1])
        try:
            for finish, results in finishing.items():
                finish(self.session, results)
        except sqlite3.Error:
            raise
        except Exception as error:
            raise _PartialWriteError from error
        return outcomes

    @staticmethod
    def _deliver(outcomes: list[tuple[_WriteJob[Any], Any]]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_WriteJob[Any], Any]]] = defaultdict(list)
        for job, outcome in outcomes:
            by_loop[job.loop].append((job, outcome))
        for loop, settled in by_loop.items():
            deliver(loop, settled)


def _failure(error: Exception) -> Exception:
    """Return the error of a job; that of the database if the file is damaged or the disk is full."""
    is_of_database = type(error) in {sqlite3.OperationalError, sqlite3.DatabaseError}
    return unavailable(error) if is_of_database and isinstance(error, sqlite3.Error) else error
