"""Run a function in several processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final

from model_registry.exceptions import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.context import SpawnProcess
    from types import FrameType

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Workers:
    """Run a function in several processes until SIGINT or SIGTERM. A process that dies is replaced.

    Args:
        count: Number of processes.
        work: The function. Its argument is a function that it must call once when it is ready. It must stop
            on SIGTERM, and it is pickled.
        on_ready: Called when all processes are ready for the first time.
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

    def run(self) -> None:
        """Run until a signal arrives.

        Raises:
            StoreError: A process ended before it was ready.
        """
        with _signals() as stop:
            try:
                self._keep_running(stop)
            finally:
                self._end()

    def _keep_running(self, stop: Connection) -> None:
        reported = False
        while True:
            while len(self._running) < self._count:
                self._start()
            happened = wait([stop, *self._starting, *(process.sentinel for process in self._running)])
            if stop in happened:
                return
            for connection in [one for one in self._starting if one in happened]:
                self._settle(connection)
            self._running = [process for process in self._running if process.sentinel not in happened]
            if not self._starting and not reported:
                reported = True
                self._on_ready()

    def _start(self) -> None:
        child_end: Connection
        own_end, child_end = self._processes.Pipe(duplex=False)
        process = self._processes.Process(target=_run, args=(self._work, child_end))
        process.start()
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
                raise StoreError(
                    f"process {process.pid} ended before it was ready: see the log above"
                ) from None

    def _end(self) -> None:
        self._on_stop()
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join(self._kill_after)
            process.kill()
            process.join()


def _run(work: Callable[[Callable[[], None]], None], connection: Connection) -> None:
    """Run in the child process."""
    # Ctrl-C reaches all processes of a terminal: the parent stops the children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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

    before: dict[int, Any] = {one: signal.signal(one, on_signal) for one in _SIGNALS}
    try:
        yield reader
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
