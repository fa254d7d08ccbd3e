"""The thread that writes to a registry in SQLite.

It commits all waiting jobs, up to a limit, in one transaction, so that many writers share the cost of a
durable write, and of what they leave to its end. Rules check a request before they write. If one fails after
a write, the whole group is rolled back and each job runs again in its own transaction.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeVar

from model_registry.exceptions import DatabaseError
from model_registry.server.database.sqlite_file import BUSY_SECONDS
from model_registry.server.database.sqlite_session import SQLiteSession, unavailable
from model_registry.server.database.threads import Job, deliver
from model_registry.server.errors import ApiError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.protocol import Finish, Session
    from model_registry.server.database.sqlite_watch import WatchedFile

Result = TypeVar("Result")

_MAX_GROUP: Final = 64
_MAX_QUEUE: Final = 4096
_BUSY_MILLISECONDS: Final = 100
_LOOK_SECONDS: Final = 1.0
_RECENT_SECONDS: Final = 0.005
"""How long a check of the file is recent, so that a transaction begins without another one."""


class Writer:
    """The thread that writes.

    Args:
        connection: Its connection.
        findings: See `SQLiteSession`.
        watched: The file, unless the registry is in memory.

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

    async def run(self, work: Callable[[Session], Result], finish: Finish[Result] | None) -> Result:
        """Run a job in a transaction, and return its result once that is committed.

        Args:
            work: What the job does.
            finish: See `Database.write`.
        """
        if self._jobs.qsize() >= _MAX_QUEUE:
            raise ApiError(503, "too many writes are waiting: try again later")
        job = _WriteJob(work, finish)
        self._jobs.put(job)
        try:
            return await job.future
        finally:
            job.claim()  # drop it if the thread has not started it
            del job  # an exception that its future holds refers to this frame

    def close(self) -> None:
        """Run the jobs that wait, and stop the thread."""
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


class _WriteJob(Job[Result]):
    """A job that writes, and what it leaves to the end of the transaction."""

    def __init__(self, work: Callable[..., Result], finish: Finish[Result] | None) -> None:
        super().__init__(work)
        self.finish = finish


class _PartialWriteError(Exception):  # internal to the writer
    """A job failed after it had written something."""
