"""One private event loop for any number of threads that wait for coroutines.

A thread that calls alone runs the loop itself, which saves two switches of threads a call. When other threads
call meanwhile, a helper thread runs the loop until no call is left. The thread that runs the loop has the
turn; no other thread touches the loop, except to wake it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING, Any, cast

from model_registry.exceptions import StoreError

from .private_loop import CLOSE_TIMEOUT, PrivateLoop

if TYPE_CHECKING:
    from .call import Call

_IDLE = 0.05
"""Seconds without a turn after which the loop has yet to notice connections that closed."""


class SharedLoop:
    """An event loop and the threads that use it. It ends once, with all calls that run on it."""

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
        """Whether this thread runs the loop, so that it cannot wait for it."""
        return self._turn == threading.get_ident()

    def run(self, call: Call[Any]) -> bool:
        """Run a call and wait until it is over. Return whether it could run: after the end it cannot."""
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
        """Start a call on the helper thread. Return whether it could start: after the end it cannot."""
        return self._enter(call, may_run=False)

    def wait(self, call: Call[Any]) -> None:
        """Wait until a call is over. Cancel it when this thread is interrupted."""
        try:
            call.wait()
            if self._is_abandoned:
                threading.Event().wait()  # this thread is a daemon and ends with the interpreter, silently
        except BaseException:
            self.cancel(call)
            raise

    def cancel(self, call: Call[Any]) -> None:
        """Cancel a call, from any thread."""
        with self._lock:
            if call in self._calls and self._loop is not None:
                self._loop.call_soon_threadsafe(call.cancel)

    def end(self) -> None:
        """End the loop, whichever thread runs it, and wait until its connections are closed."""
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
        elif not self.is_here:  # garbage collection calls this in any thread
            self._ended.wait(CLOSE_TIMEOUT)

    def abandon(self) -> None:
        """End the loop, because its runner was deleted or the interpreter ends."""
        self._is_abandoned = True
        self.end()

    def _enter(self, call: Call[Any], *, may_run: bool = True) -> bool:
        """Add a call, and take the turn when this thread calls alone. Return whether it could be added."""
        with self._lock:
            is_alone = may_run and self._turn is None and not self._calls and _is_free()
            if self._ended or not (is_alone or self._has_helper()):
                return False
            if self._loop is None:
                self._loop = PrivateLoop(self.start)
            is_behind = self._turn is None and time.monotonic() - self._turn_ended > _IDLE
            passes = 3 if is_behind else 0  # so that closed connections are not used; TLS needs three
            self._calls.add(call)
            if is_alone:
                self._turn = threading.get_ident()
                call.begin(self._loop, self._leave, passes)
                return True
            self._loop.call_soon_threadsafe(call.begin, self._loop, self._leave, passes)
            if self._turn is not None and not self._is_helped:
                self._loop.call_soon_threadsafe(self._loop.stop)  # the thread that was alone gives way
            self._give_to_helper()
            return True

    def _leave(self, call: Call[Any]) -> None:
        """Remove a call that is over. The loop calls this, or the thread that has the turn."""
        with self._lock:
            self._calls.discard(call)
            if not self._ended and not (self._calls and self._is_helped):
                cast("PrivateLoop", self._loop).stop()

    def _interrupt(self, call: Call[Any]) -> None:
        """Cancel a call whose thread has the turn and was interrupted."""
        if self.is_here:
            call.cancel()
            with self._lock:
                if self._calls:
                    self._has_helper()  # which runs the loop until the call has ended

    @property
    def _is_helped(self) -> bool:
        return self._helper is not None and self._turn == self._helper.ident

    def _has_helper(self) -> bool:
        """Start the helper thread unless it runs. Return whether it runs: a shutdown prevents the start."""
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
        """Pass the turn to the helper when calls are left, or finish the loop when it is to end."""
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
    """Run a call on a new loop, in this thread.

    Raises:
        StoreError: This thread runs another loop, and the interpreter ends, so that no thread can start.
    """
    shared = SharedLoop()
    try:
        if not shared.run(call):
            call.give_up()
            raise StoreError("The Python interpreter is shutting down: the call cannot run any more.")
    finally:
        shared.end()


def _is_free() -> bool:
    """Return whether this thread runs no event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False
