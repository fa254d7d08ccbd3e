"""One private event loop for any number of threads that wait for coroutines.

A thread that calls alone runs the loop itself, which saves two switches of threads a call. As soon as others
call too, a helper thread runs the loop until nobody waits any more. Whoever runs it has the turn; nobody else
touches the loop, except to wake it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures.thread import ThreadPoolExecutor  # imported later, it fails as the interpreter ends
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from model_registry.exceptions import StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_PATIENCE = 5.0
"""Seconds that an end waits for connections to close, and for code that does not mind being cancelled."""

_IDLE = 0.05
"""Seconds without a turn, after which the loop is behind with what happened to its connections."""


class Call(Generic[T]):
    """A coroutine on its way through a loop."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._task: asyncio.Task[None] | None = None
        self._is_running = False
        self._is_cancelled = False
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def begin(self, loop: asyncio.AbstractEventLoop, shared: SharedLoop, passes: int = 0) -> None:
        """Start it, within the loop or while nobody runs that, after so many further passes of it."""
        if passes:
            loop.call_soon(self.begin, loop, shared, passes - 1)
        else:
            self._task = loop.create_task(self._run(shared))

    def cancel(self) -> None:
        """Cancel it, within the loop or while nobody runs that."""
        if self._task is not None and self._task.done():
            if not self._task.cancelled():
                self._task.exception()  # looked at, or it would be reported
        elif self._is_running and not self._is_cancelled and self._task is not None:
            self._task.cancel()
        self._is_cancelled = True

    def give_up(self) -> None:
        """End it, as its loop has ended."""
        if self._over.locked():
            if not self._is_running:
                self._coroutine.close()
            self._error = asyncio.CancelledError()
            self._over.release()

    def wait(self) -> None:
        """Wait until it is over."""
        with self._over:
            pass

    def result(self) -> T:
        """Give what came of it, once it is over.

        Raises:
            StoreError: It was cancelled.
        """
        try:
            if self._error is None:
                return self._outcome[0]
            if isinstance(self._error, asyncio.CancelledError):
                raise StoreError("The client was closed during a call.") from None
            raise self._error
        finally:
            del self  # an error holds this frame, and this would hold the error

    async def _run(self, shared: SharedLoop) -> None:
        try:
            self._is_running = True
            if self._is_cancelled:  # the task was not: one that is before its first step would not come here
                cast("asyncio.Task[None]", self._task).cancel()
            self._outcome.append(await self._coroutine)
        except BaseException as error:
            self._error = error
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        finally:
            shared.leave(self)
            self._over.release()
            del self


class SharedLoop:
    """An event loop that ends once, with all that runs on it."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()  # a signal handler may call while this thread holds it
        self._loop: PrivateLoop | None = None
        self._calls: set[Call[Any]] = set()
        self._turn: int | None = None  # the thread that runs the loop
        self._turn_ended = 0.0
        self._helper: threading.Thread | None = None
        self._helper_is_needed = threading.Semaphore(0)
        self._ended: threading.Event | None = None
        self._is_abandoned = False

    @property
    def is_here(self) -> bool:
        """Whether this thread runs the loop, and so cannot wait for it."""
        return self._turn == threading.get_ident()

    def run(self, call: Call[Any]) -> bool:
        """Wait until a call is over; whether it could be made, which it cannot after the end."""
        try:
            if not self._enter(call):
                return False
            if self.is_here:
                cast("PrivateLoop", self._loop).run_forever()
        except BaseException:
            self._interrupt(call)
            raise
        finally:
            if self.is_here:
                self._give_away()
        self.wait(call)
        return True

    def start(self, call: Call[Any]) -> bool:
        """Have the helper run a call; whether that could be, which it cannot after the end."""
        return self._enter(call, may_run=False)

    def wait(self, call: Call[Any]) -> None:
        """Wait until a call is over, and cancel it when that is interrupted."""
        try:
            call.wait()
            if self._is_abandoned:
                threading.Event().wait()  # this is a daemon's thread; it ends with the interpreter, silently
        except BaseException:
            self.cancel(call)
            raise

    def cancel(self, call: Call[Any]) -> None:
        """Cancel a call, from any thread."""
        with self._lock:
            if call in self._calls and self._loop is not None:
                self._loop.call_soon_threadsafe(call.cancel)

    def leave(self, call: Call[Any]) -> None:
        """Note, within the loop, that a call is over."""
        with self._lock:
            self._calls.discard(call)
            if not self._ended and not (self._calls and self._is_helped):
                asyncio.get_running_loop().stop()

    def end(self) -> None:
        """End the loop, whoever runs it, and wait until its connections are closed."""
        with self._lock:
            if self._ended or self._process != os.getpid():
                return
            self._ended = threading.Event()
            if self._loop is None:
                return
            finishes_here = self._turn is None and _is_free()
            if finishes_here:
                self._turn = threading.get_ident()
            elif self._turn is not None or self._has_helper():
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._give_to_helper()
            else:
                return
        if finishes_here:
            self._finish()
        elif not self.is_here:  # garbage is collected in any thread
            self._ended.wait(_PATIENCE)

    def abandon(self) -> None:
        """End the loop when nobody holds its runner any more, or the interpreter ends."""
        self._is_abandoned = True
        self.end()

    def _enter(self, call: Call[Any], *, may_run: bool = True) -> bool:
        """Add a call; this thread has the turn now when nobody else needs it. Whether that could be."""
        with self._lock:
            is_alone = may_run and self._turn is None and not self._calls and _is_free()
            if self._ended or not (is_alone or self._has_helper()):
                return False
            if self._loop is None:
                self._loop = PrivateLoop(self)
            is_behind = self._turn is None and time.monotonic() - self._turn_ended > _IDLE
            passes = 3 if is_behind else 0  # so that connections which have closed are not used: TLS says bye
            self._calls.add(call)
            if is_alone:
                self._turn = threading.get_ident()
                call.begin(self._loop, self, passes)
                return True
            self._loop.call_soon_threadsafe(call.begin, self._loop, self, passes)
            if self._turn is not None and not self._is_helped:
                self._loop.call_soon_threadsafe(self._loop.stop)  # who was alone gives the turn away
            self._give_to_helper()
            return True

    def _interrupt(self, call: Call[Any]) -> None:
        """Cancel a call whose thread has the turn and was interrupted."""
        if self.is_here:
            call.cancel()
            with self._lock:
                if self._calls:
                    self._has_helper()  # who lets it come to its end

    @property
    def _is_helped(self) -> bool:
        return self._helper is not None and self._turn == self._helper.ident

    def _has_helper(self) -> bool:
        """Start the helper where there is none; whether there is one, as the interpreter does not end."""
        if self._helper is None:
            helper = threading.Thread(target=self._help, name="model-registry", daemon=True)
            try:
                helper.start()
            except RuntimeError:  # can't start new thread at interpreter shutdown
                return False
            self._helper = helper
        return True

    def _help(self) -> None:
        while True:
            self._helper_is_needed.acquire()
            if self._loop is None:  # it ended
                return
            self._loop.run_forever()
            self._give_away()

    def _give_to_helper(self) -> None:
        if self._turn is None and self._helper is not None:
            self._turn = self._helper.ident
            self._helper_is_needed.release()

    def _give_away(self) -> None:
        """Give the turn to who needs it, or end the loop when that is wanted."""
        with self._lock:
            if not self._ended:
                self._turn = None
                self._turn_ended = time.monotonic()
                if self._calls:
                    self._give_to_helper()
                return
        self._finish()

    def _finish(self) -> None:
        """End the loop in this thread, which has the turn."""
        loop, ended = cast("PrivateLoop", self._loop), cast("threading.Event", self._ended)
        try:
            loop.finish()
        finally:
            with self._lock:
                left, self._calls = self._calls, set()
                self._loop = self._turn = None
            for call in left:
                call.give_up()
            ended.set()
            self._helper_is_needed.release()


def run_once(call: Call[Any]) -> None:
    """Run a call on a loop of its own, in this thread.

    Raises:
        StoreError: This thread runs another loop, and there can be no other thread as the interpreter ends.
    """
    shared = SharedLoop()
    try:
        if not shared.run(call):
            call.give_up()
            raise StoreError("The Python interpreter ends: the call cannot be made any more.")
    finally:
        shared.end()


class PrivateLoop(asyncio.SelectorEventLoop):
    """An event loop that belongs to its process. It is made without the policy, which is the caller's."""

    def __init__(self, shared: SharedLoop) -> None:
        super().__init__()
        self._shared = shared
        self._process = os.getpid()
        self._executor = ThreadPoolExecutor(thread_name_prefix="model-registry-call")
        self.set_default_executor(self._executor)

    def __del__(self) -> None:
        if self._process == os.getpid():  # a child would take the parent's sockets from what they share
            super().__del__()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report what nobody caught, but for sessions that nobody closed: the client warns of that itself."""
        if not context.keys() & {"client_session", "connector"}:
            super().call_exception_handler(context)

    async def run_from_another(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on this loop, also when nobody runs that just now, and await it on another."""
        call = Call(coroutine)
        if self._shared.start(call):
            await asyncio.to_thread(call.wait)
        else:
            coroutine.close()

    def finish(self) -> None:
        """Cancel what still runs, release what it holds, and close."""
        self.call_soon(self.stop)
        self.run_forever()  # so that nothing is left that stops the loop
        self.run_until_complete(_cancel_others())
        self.run_until_complete(self.shutdown_asyncgens())
        self._executor.shutdown(wait=False)
        self.close()


def _is_free() -> bool:
    """Whether this thread runs no event loop, and so may run one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=_PATIENCE)
