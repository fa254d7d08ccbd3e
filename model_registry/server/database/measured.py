"""Measure how long requests wait for the database, and how long it works for them."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.server.database.protocol import Database, Finish, Session

    Work = Callable[[Session], "Result"]

Result = TypeVar("Result")
Use: TypeAlias = Literal["read", "write", "check"]
"""What the database is used for."""

USES: Final[tuple[Use, ...]] = ("read", "write", "check")


@dataclass
class DatabaseTimes:
    """The times of one request.

    Attributes:
        waited: Seconds in queues and for connections.
        worked: Seconds in which the database worked, commits included.
    """

    waited: float = 0.0
    worked: float = 0.0


current_times: ContextVar[DatabaseTimes | None] = ContextVar("current_times", default=None)
"""The times of the current request, if something wants to know them."""


class MeasuredDatabase:
    """A database whose times are measured. See `Database`.

    Args:
        database: The database.
        observe: Called after each use, with the seconds of waiting and of work.
    """

    def __init__(
        self, database: Database, observe: Callable[[Use, float, float], None] | None = None
    ) -> None:
        self.name = database.name
        self._database = database
        self._observe = observe

    async def open(self) -> None:
        """See `Database`."""
        await self._database.open()

    async def read(self, work: Work[Result], *, long: bool = False) -> Result:
        """See `Database`."""
        return await self._measure("read", work, lambda timed: self._database.read(timed, long=long))

    async def check(self, work: Work[Result]) -> Result:
        """See `Database`."""
        return await self._measure("check", work, self._database.check)

    async def write(
        self, work: Work[Result], *, finish: Finish[Result] | None = None, alone: bool = False
    ) -> Result:
        """See `Database`."""
        return await self._measure(
            "write", work, lambda timed: self._database.write(timed, finish=finish, alone=alone)
        )

    def stored_version(self) -> str | None:
        """See `Database`."""
        return self._database.stored_version()

    def close(self) -> None:
        """See `Database`."""
        self._database.close()

    async def _measure(
        self, use: Use, work: Work[Result], run: Callable[[Work[Result]], Awaitable[Result]]
    ) -> Result:
        started: float | None = None
        failed_seconds = 0.0

        def timed(session: Session) -> Result:
            nonlocal started, failed_seconds
            started = time.perf_counter()
            try:
                return work(session)
            except BaseException:  # it may be called again
                failed_seconds += time.perf_counter() - started
                started = None
                raise

        begun = time.perf_counter()
        try:
            return await run(timed)
        finally:
            ended = time.perf_counter()
            worked = failed_seconds + (0.0 if started is None else ended - started)
            self._record(use, max(0.0, ended - begun - worked), worked)

    def _record(self, use: Use, waited: float, worked: float) -> None:
        if self._observe is not None:
            self._observe(use, waited, worked)
        times = current_times.get()
        if times is not None:
            times.waited += waited
            times.worked += worked
