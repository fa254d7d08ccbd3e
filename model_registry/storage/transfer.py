"""One upload or download under way: progress, bounded parallelism, and stopping."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from model_registry.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Progress:
    """How far a transfer is.

    Attributes:
        done: Bytes so far.
        total: Bytes in all; `None` when it is not known.
        files_done: Files that are complete.
        files_total: Files in all.
    """

    done: int
    total: int | None
    files_done: int
    files_total: int


class Transfer:
    """One upload or download under way. Stores tell it of every chunk, and let it run what may run at once.

    Args:
        concurrency: How many files, or parts of files, are on their way at once.
        progress: Called with the `Progress` after every chunk, by the threads that move the bytes, in turns.
    """

    def __init__(self, *, concurrency: int = 8, progress: Callable[[Progress], object] | None = None) -> None:
        self.concurrency = concurrency
        self._progress = progress
        self._lock = threading.Lock()
        self._state = Progress(0, None, 0, 0)
        self._stopped = threading.Event()
        self._cause: BaseException | None = None
        self._thread = threading.local()
        self._slots = threading.Semaphore(max(concurrency, 1))

    def begin(self, files: int, size: int | None) -> None:
        """Say how much there is to do."""
        with self._lock:
            self._state = Progress(0, size, 0, files)

    def advance(self, size: int, files: int = 0) -> None:
        """Count bytes that were moved, and files that are complete.

        Raises:
            StorageError: The transfer was stopped.
        """
        self.check()
        with self._lock:
            now = self._state
            self._state = Progress(now.done + size, now.total, now.files_done + files, now.files_total)
            if self._progress is not None:
                self._progress(self._state)

    def check(self) -> None:
        """Refuse to go on when the transfer was stopped.

        Raises:
            StorageError: It was.
        """
        if self._stopped.is_set():
            raise StorageError("The transfer was stopped before it was complete.")

    def pause(self, seconds: float) -> None:
        """Wait, for example before another attempt.

        Raises:
            StorageError: The transfer was stopped.
        """
        self._stopped.wait(seconds)
        self.check()

    def stop(self) -> None:
        """Have every thread of the transfer give up at its next chunk."""
        self._stopped.set()

    def each(self, do: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Do something with each item, several at once. A failure of one ends the whole transfer.

        What is done with an item may call this again; it then shares the threads, as `parts` does.

        Returns:
            The results, in the order of the items.
        """
        if getattr(self._thread, "has_slot", False):  # waiting for a second one may never end
            results: dict[int, R] = {}
            self.parts(lambda place: results.update({place: do(items[place])}), range(len(items)))
            return [results[place] for place in range(len(items))]

        def take(item: T) -> R:
            with self._slots:
                self._thread.has_slot = True
                try:
                    return do(item)
                finally:
                    self._thread.has_slot = False

        if len(items) < 2 or self.concurrency < 2:
            return [take(item) for item in items]

        def attempt(item: T) -> R:
            self.check()
            try:
                return take(item)
            except BaseException as error:
                self._end_with(error)
                raise

        with ThreadPoolExecutor(min(self.concurrency, len(items)), "model-registry-transfer") as pool:
            futures = [pool.submit(attempt, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException as error:  # or a Ctrl-C: the threads must not go on to the last item
                self._end_with(error)
                pool.shutdown(cancel_futures=True)
                if self._cause is not None:
                    raise self._cause from None
                raise

    def parts(self, do: Callable[[T], object], items: Sequence[T]) -> None:
        """Do something with each part of a file, in about their order; for use within `each`.

        This thread does it, helped by as many others as `each` leaves idle at the time. After a failure no
        further parts are begun.
        """
        left = iter(items)
        failed = threading.Event()
        helping: list[Future[None]] = []

        def work() -> None:
            for item in left:
                if failed.is_set():
                    return
                if self._slots.acquire(blocking=False):
                    helping.append(helpers.submit(help_out))
                try:
                    do(item)
                except BaseException:
                    failed.set()
                    raise

        def help_out() -> None:
            self._thread.has_slot = True  # this thread ends with these parts
            try:
                work()
            finally:
                self._slots.release()

        with ThreadPoolExecutor(max(self.concurrency, 1), "model-registry-part") as helpers:
            try:
                work()
            finally:
                for future in helping:  # which grows meanwhile
                    future.exception()
        for future in helping:
            future.result()

    def _end_with(self, error: BaseException) -> None:
        """Stop, and remember why: what other threads raise from now on only says that they were stopped."""
        with self._lock:
            if self._cause is None and not self._stopped.is_set():
                self._cause = error
            self._stopped.set()
