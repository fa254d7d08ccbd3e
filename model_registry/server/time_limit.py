"""Limit how long a block of a coroutine takes."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class TimeLimit:
    """Cancel the block when its time is over, and raise `asyncio.TimeoutError`.

    It does what `asyncio.timeout` does, which Python 3.10 does not have.

    Args:
        seconds: Time that the block may take.

    Attributes:
        is_over: Whether the time was over.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._cancel)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.lift()
        if self.is_over and isinstance(error, asyncio.CancelledError) and not self._is_cancelled_by_others():
            raise asyncio.TimeoutError from None

    def lift(self) -> None:
        """Let the rest of the block take any time."""
        if self._timer is not None:
            self._timer.cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self.is_over = self._task.cancel()

    def _is_cancelled_by_others(self) -> bool:
        """Return whether other code has cancelled the task, too; unknown on Python 3.10."""
        return sys.version_info >= (3, 11) and self._task is not None and self._task.uncancel() > 0
