"""A coroutine that runs on a shared loop while a thread waits for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from model_registry.exceptions import ModelRegistryError, StoreError
from model_registry.exceptions.tracebacks import is_raised_by_user, shorten
from model_registry.user_warnings import HELD, warn_held

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_LOGGER = logging.getLogger("model_registry")

T = TypeVar("T")


class Call(Generic[T]):
    """A coroutine, and its result once it is over.

    Args:
        coroutine: The coroutine to run.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._task: asyncio.Task[None] | None = None
        self._is_running = False
        self._is_cancelled = False
        self._warnings: list[tuple[str, type[Warning]]] = []
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def begin(
        self, loop: asyncio.AbstractEventLoop, leave: Callable[[Call[Any]], None], passes: int = 0
    ) -> None:
        """Start the coroutine. Call this within the loop, or while no thread runs the loop.

        Args:
            loop: The loop that runs it.
            leave: Called with this call when it is over.
            passes: Iterations of the loop to wait for before the start.
        """
        if passes:
            loop.call_soon(self.begin, loop, leave, passes - 1)
            return
        run = self._run(leave)
        try:
            self._task = loop.create_task(run)
        except BaseException as error:
            run.close()
            self._coroutine.close()
            self._error = error
            self._end(leave)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise

    def cancel(self) -> None:
        """Cancel the coroutine. Call this within the loop, or while no thread runs the loop."""
        if self._task is not None and self._task.done():
            if not self._task.cancelled():
                self._task.exception()  # marks it as retrieved, or asyncio would log it
        elif self._is_running and not self._is_cancelled and self._task is not None:
            self._task.cancel()
        self._is_cancelled = True

    def give_up(self) -> None:
        """End the call, because its loop has ended."""
        if self._over.locked():
            if not self._is_running:
                self._coroutine.close()
            self._error = asyncio.CancelledError()
            self._over.release()

    def wait(self) -> None:
        """Wait until the call is over."""
        with self._over:
            pass

    def result(self) -> T:
        """Return the result of a call that is over, or raise its error.

        Raises:
            StoreError: The call was cancelled.
        """
        try:
            warn_held(self._warnings)
            if self._error is None:
                return self._outcome[0]
            if isinstance(self._error, asyncio.CancelledError):
                raise StoreError("The client was closed during a call.") from None
            if isinstance(self._error, ModelRegistryError) or is_raised_by_user(self._error):
                _LOGGER.debug("%s", type(self._error).__name__, exc_info=self._error)  # the whole traceback
                shorten(self._error)
            raise self._error
        finally:
            del self  # an error holds this frame, and this would hold the error

    async def _run(self, leave: Callable[[Call[Any]], None]) -> None:
        try:
            self._is_running = True
            if self._is_cancelled:  # a task that is cancelled before its first step would not come here
                cast("asyncio.Task[None]", self._task).cancel()
            HELD.set(self._warnings)
            self._outcome.append(await self._coroutine)
        except BaseException as error:
            self._error = error
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        finally:
            self._end(leave)
            del self

    def _end(self, leave: Callable[[Call[Any]], None]) -> None:
        leave(self)
        self._over.release()
