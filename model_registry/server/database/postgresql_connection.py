"""A connection to PostgreSQL that need not wait for an answer."""

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

CAN_BE_IMPATIENT: Final = hasattr(select, "poll")
"""Whether this system can wait for a socket without a thread and without further files: Windows cannot."""

# What psycopg's generators say they wait for, and are told in answer.
_READ: Final = 1
_WRITE: Final = 2


class SlowError(Exception):
    """The answer to a statement did not come in time. The connection is of no use before it does."""


class ImpatientConnection(Connection[TupleRow]):
    """A connection whose `patience` can be limited.

    Attributes:
        patience: Seconds that a statement waits for its answer until it raises `SlowError`; None for ever.
    """

    patience: float | None = None
    _unfinished: PQGen[Any] | None = None

    def wait(self, gen: PQGen[Result], *arguments: Any, **named: Any) -> Result:
        """Wait for an answer, as psycopg does where it talks to the server."""
        if self.patience is None:
            return super().wait(gen, *arguments, **named)
        deadline = time.monotonic() + self.patience
        poll = select.poll()
        try:
            wanted = next(gen)
            while True:
                poll.register(self.fileno(), _events(wanted))
                happened = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
                if not happened:
                    self._unfinished = gen
                    raise SlowError
                wanted = gen.send(_ready(happened[0][1]))
        except StopIteration as end:
            result: Result = end.value
            return result

    def finish(self) -> None:
        """Wait for the answer that did not come in time, and drop it."""
        self.patience = None
        gen, self._unfinished = self._unfinished, None
        if gen is not None:
            with contextlib.suppress(psycopg.Error):
                self.wait(gen)


def _events(wanted: int) -> int:
    return (select.POLLIN if wanted & _READ else 0) | (select.POLLOUT if wanted & _WRITE else 0)


def _ready(events: int) -> int:
    # A socket that has failed is read, which tells how.
    return (0 if events == select.POLLOUT else _READ) | (_WRITE if events & select.POLLOUT else 0)
