"""Several processes that do the same, started and ended together."""

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
    """Runs a function in several processes until SIGINT or SIGTERM; one that dies is replaced.

    Args:
        count: How many.
        work: What each does. It is given a function to call once it is ready, and must end on SIGTERM. It
            goes to the processes pickled.
        ready: Called when all are ready for the first time.
        ending: Called before the processes are told to end.
        patience: Seconds after a signal until those that have not ended are killed.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Callable[[], None]], None],
        *,
        ready: Callable[[], None],
        ending: Callable[[], None],
        patience: float,
    ) -> None:
        self._count = count
        self._work = work
        self._say_ready = ready
        self._say_ending = ending
        self._patience = patience
        # Not forked: that would copy threads' locks and connections in whatever state they are.
        self._processes = multiprocessing.get_context("spawn")
        self._starting: dict[Connection, SpawnProcess] = {}
        self._running: list[SpawnProcess] = []

    def run(self) -> None:
        """Run until a signal comes.

        Raises:
            StoreError: A process ended before it was ready.
        """
        with _signals() as stop:
            try:
                self._keep_running(stop)
            finally:
                self._end()

    def _keep_running(self, stop: Connection) -> None:
        said = False
        while True:
            while len(self._running) < self._count:
                self._start()
            happened = wait([stop, *self._starting, *(process.sentinel for process in self._running)])
            if stop in happened:
                return
            for connection in [one for one in self._starting if one in happened]:
                self._settle(connection)
            self._running = [process for process in self._running if process.sentinel not in happened]
            if not self._starting and not said:
                said = True
                self._say_ready()

    def _start(self) -> None:
        theirs: Connection
        ours, theirs = self._processes.Pipe(duplex=False)
        process = self._processes.Process(target=_run, args=(self._work, theirs))
        process.start()
        theirs.close()
        self._starting[ours] = process
        self._running.append(process)

    def _settle(self, connection: Connection) -> None:
        """Note that a process is ready, or is not going to be."""
        process = self._starting.pop(connection)
        with connection:
            try:
                connection.recv()
            except EOFError:
                raise StoreError(f"process {process.pid} ended before it was ready: see above") from None

    def _end(self) -> None:
        self._say_ending()
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join(self._patience)
            process.kill()
            process.join()


def _run(work: Callable[[Callable[[], None]], None], connection: Connection) -> None:
    """Work, in a process of its own."""
    # Ctrl-C reaches all processes of a terminal: the first one tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    work(lambda: connection.send(None))


def _end_with_parent() -> None:
    """Nobody would end a process whose parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def _signals() -> Generator[Connection]:
    """A connection that can be read from once a signal to stop has come."""
    reader, writer = multiprocessing.Pipe(duplex=False)

    def note(_number: int, _frame: FrameType | None) -> None:
        writer.send(None)

    before: dict[int, Any] = {one: signal.signal(one, note) for one in _SIGNALS}
    try:
        yield reader
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
