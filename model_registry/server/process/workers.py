"""Run a function in several processes."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import StoreError
from model_registry.server.process.signals import SIGNALS, handle_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.context import SpawnProcess
    from types import FrameType

_logger: Final = logging.getLogger("model_registry.server")
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_GIVE_UP_AFTER: Final = 30


class Workers:
    """Run a function in several processes until a signal to stop. A process that dies is replaced.

    One that cannot start is tried again, after a pause that grows from 0.5 to 10 seconds.

    Args:
        count: Number of processes.
        work: The function. Its argument is a function that it must call once when it is ready. It must stop
            on SIGTERM, and it is pickled.
        on_ready: Called when the processes are ready for the first time.
        on_stop: Called before the processes are stopped.
        kill_after: Seconds after a signal until processes that still run are killed.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Callable[[], None]], None],
        *,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
        kill_after: float,
    ) -> None:
        self._count = count
        self._work = work
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._kill_after = kill_after
        # Not fork: it would copy the locks and connections of threads in any state.
        self._processes = multiprocessing.get_context("spawn")
        self._starting: dict[Connection, SpawnProcess] = {}
        self._running: list[SpawnProcess] = []
        self._pause = _FIRST_PAUSE
        self._next_start = 0.0
        self._last_ready = 0.0

    def run(self) -> None:
        """Run until a signal arrives.

        Raises:
            StoreError: No process could start for 30 seconds.
        """
        self._last_ready = time.monotonic()
        with _signals() as stop:
            try:
                self._keep_running(stop)
            finally:
                self._end(stop)

    def _keep_running(self, stop: Connection) -> None:
        reported = False
        while True:
            pause = self._start_missing()
            sentinels = [process.sentinel for process in self._running]
            happened = wait([stop, *self._starting, *sentinels], pause)
            if stop in happened:
                stop.recv()
                return
            for connection in [one for one in self._starting if one in happened]:
                self._settle(connection)
            self._drop_ended()
            if self._has_ready():
                self._last_ready = time.monotonic()
                if not self._starting and not reported:
                    reported = True
                    self._on_ready()

    def _start_missing(self) -> float | None:
        """Start the processes that are missing, or return the seconds until that may be tried again."""
        if len(self._running) == self._count:
            return None
        pause = self._next_start - time.monotonic()
        if pause > 0:
            return pause
        try:
            while len(self._running) < self._count:
                self._start()
        except OSError as error:
            # The system has no room for a process, or it was killed before it had its arguments.
            return self._postpone(f"a process did not start ({error})")
        return None

    def _start(self) -> None:
        child_end: Connection
        own_end, child_end = self._processes.Pipe(duplex=False)
        process = self._processes.Process(target=_run, args=(self._work, child_end))
        try:
            process.start()
        except OSError:
            own_end.close()
            raise
        finally:
            child_end.close()
        self._starting[own_end] = process
        self._running.append(process)

    def _settle(self, connection: Connection) -> None:
        """Handle a process that is ready, or that ended before it was."""
        process = self._starting.pop(connection)
        with connection:
            try:
                connection.recv()
            except EOFError:
                process.join()
                self._running = [one for one in self._running if one is not process]
                self._postpone(f"process {process.pid} {_end_of(process)} before it was ready")
            else:
                self._pause = _FIRST_PAUSE

    def _drop_ended(self) -> None:
        """Forget the processes that ended, and log those that were ready."""
        for process in [one for one in self._running if not one.is_alive()]:
            self._running.remove(process)
            if process not in self._starting.values():
                _logger.warning("process %s %s: starting another", process.pid, _end_of(process))

    def _has_ready(self) -> bool:
        starting = self._starting.values()
        return any(process not in starting for process in self._running)

    def _postpone(self, reason: str) -> float:
        """Wait before the next start, and return the seconds. The other processes go on serving."""
        now, pause = time.monotonic(), self._pause
        if not self._has_ready() and now - self._last_ready > _GIVE_UP_AFTER:
            raise StoreError(f"no process could start for {_GIVE_UP_AFTER} seconds: see the log above")
        _logger.warning("%s: trying again in %g seconds", reason, pause)
        self._next_start = now + pause
        self._pause = min(pause * 2, _LONGEST_PAUSE)
        return pause

    def _end(self, stop: Connection) -> None:
        """Stop the processes. They get each further signal, too."""
        self._on_stop()
        self._terminate()
        end = time.monotonic() + self._kill_after
        while (sentinels := [one.sentinel for one in self._running if one.is_alive()]) and (
            time.monotonic() < end
        ):
            if stop in wait([stop, *sentinels], end - time.monotonic()):
                stop.recv()
                self._terminate()
        for process in self._running:
            process.kill()
            process.join()

    def _terminate(self) -> None:
        for process in self._running:
            process.terminate()


def _end_of(process: SpawnProcess) -> str:
    """Return how a process ended, in words."""
    status = process.exitcode or 0
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:  # a signal without a name, such as those for real-time
        return f"was ended by signal {-status}"


def _run(work: Callable[[Callable[[], None]], None], connection: Connection) -> None:
    """Run in the child process."""
    # Signals of a terminal reach all its processes: the parent stops the children, with SIGTERM.
    for one in set(SIGNALS) - {signal.SIGTERM}:
        signal.signal(one, signal.SIG_IGN)
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    work(lambda: connection.send(None))


def _stop_with_parent() -> None:
    """Stop this process when its parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def _signals() -> Generator[Connection]:
    """Yield a connection that becomes readable when a signal to stop arrives."""
    reader, writer = multiprocessing.Pipe(duplex=False)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        writer.send(None)

    before = handle_signals(on_signal)
    try:
        yield reader
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
