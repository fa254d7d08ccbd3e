"""A connection to PostgreSQL whose statements can have a time limit."""

from __future__ import annotations

import contextlib
import select
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

if TYPE_CHECKING:
    from psycopg.abc import PQGen

Result = TypeVar("Result")

SUPPORTS_TIME_LIMIT: Final = hasattr(select, "poll")
"""Whether this system can wait for a socket without a thread and without more files. Windows cannot."""

# The values that psycopg's generators yield to wait, and receive when the socket is ready.
_READ: Final = 1
_WRITE: Final = 2


def is_pooled(connection: Connection[Any]) -> bool:
    """Return whether a pooler, such as PgBouncer, may run each transaction on another server connection.

    A pooler gives its clients keys of its own to cancel statements, not those of the server.
    """
    (server_process,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
    return bool(server_process != connection.info.backend_pid)


class SlowStatementError(Exception):
    """A statement exceeded its time limit. The connection cannot be used until the result arrives."""


class TimeLimitedConnection(Connection[TupleRow]):
    """A connection whose statements can have a time limit.

    Attributes:
        time_limit: Seconds after which a statement raises `SlowStatementError`; None for no limit.
    """

    time_limit: float | None = None
    _unfinished: PQGen[Any] | None = None

    def wait(self, gen: PQGen[Result], *arguments: Any, **named: Any) -> Result:
        """Wait for the server, as psycopg does."""
        if self.time_limit is None:
            return super().wait(gen, *arguments, **named)
        deadline = time.monotonic() + self.time_limit
        poll = select.poll()
        try:
            waits_for = next(gen)
            while True:
                poll.register(self.fileno(), _events(waits_for))
                happened = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
                if not happened:
                    self._unfinished = gen
                    raise SlowStatementError
                waits_for = gen.send(_ready(happened[0][1]))
        except StopIteration as end:
            result: Result = end.value
            return result

    def finish(self, seconds: float) -> bool:
        """Wait for the result of a statement that exceeded the limit, and drop it.

        Args:
            seconds: How long to wait.

        Returns:
            Whether the result has arrived.
        """
        gen, self._unfinished = self._unfinished, None
        self.time_limit = seconds
        try:
            if gen is not None:
                with contextlib.suppress(psycopg.Error):
                    self.wait(gen)
        except SlowStatementError:
            return False
        finally:
            self.time_limit = None
        return True


def _events(waits_for: int) -> int:
    return (select.POLLIN if waits_for & _READ else 0) | (select.POLLOUT if waits_for & _WRITE else 0)


def _ready(events: int) -> int:
    # Reading from a failed socket raises its error.
    return (0 if events == select.POLLOUT else _READ) | (_WRITE if events & select.POLLOUT else 0)
