"""A registry in one SQLite file, or in memory.

One thread writes. Readers have their own connections. They do not block the writer, and the writer does not
block them (WAL).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from model_registry.exceptions import DatabaseError
from model_registry.server.database.address import MEMORY
from model_registry.server.database.protocol import READ_LIMIT, LongReadError, SlowReadError, new_findings
from model_registry.server.database.sqlite_file import (
    NotWritableError,
    prepare,
    stored_version,
    uri_for_reading,
)
from model_registry.server.database.sqlite_readers import Connections, Readers
from model_registry.server.database.sqlite_session import SQLiteSession, unavailable
from model_registry.server.database.sqlite_watch import WatchedFile
from model_registry.server.database.sqlite_writer import Writer
from model_registry.server.errors import slow_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.database.protocol import Finish, Session

Result = TypeVar("Result")

_READING_THREADS: Final = 2
_SLOW_THREADS: Final = 2
_SLOW_STATEMENTS: Final = 0
"""Prepared statements of slow reads: none, as each may take a megabyte."""
_QUICK_SECONDS: Final = 1.0
"""Time limit of reads that others wait for. One that takes longer is repeated where only slow ones wait."""
_MEMORY_STEPS: Final = 1000
"""Steps of SQLite's virtual machine between checks of the time limit, for a database in memory."""


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
        self._writer: Writer | None = None
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
        return await self._writer.run(work, finish)

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
            self._writer = Writer(connection, self._findings, self._watched)

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
