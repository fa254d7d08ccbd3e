"""A running upload or download: progress, limited concurrency, and stopping."""

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
    """The progress of a transfer.

    Attributes:
        done: Bytes transferred so far.
        total: Total bytes; `None` if unknown.
        files_done: Complete files.
        files_total: Total files.
    """

    done: int
    total: int | None
    files_done: int
    files_total: int


class Transfer:
    """A running upload or download. Stores report every chunk to it, and use its threads.

    Args:
        concurrency: Maximum number of files, or parts of files, transferred at once.
        progress: Called with the `Progress` after every chunk, by one thread at a time.
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
        """Set the total number of files and bytes."""
        with self._lock:
            self._state = Progress(0, size, 0, files)

    def advance(self, size: int, files: int = 0) -> None:
        """Count transferred bytes and complete files.

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
        """Check that the transfer was not stopped.

        Raises:
            StorageError: The transfer was stopped.
        """
        if self._stopped.is_set():
            raise StorageError("The transfer was stopped before it was complete.")

    def pause(self, seconds: float) -> None:
        """Wait before another attempt.

        Raises:
            StorageError: The transfer was stopped.
        """
        self._stopped.wait(seconds)
        self.check()

    def stop(self) -> None:
        """Stop the transfer: every thread gives up at its next chunk."""
        self._stopped.set()

    def each(self, do: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Call a function with each item, several at once. A failure stops the whole transfer.

        The function may call `each` again; the inner call shares the threads, as `parts` does.

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
                    raise self._cause from self._cause.__cause__
                raise

    def parts(self, do: Callable[[T], object], items: Sequence[T]) -> None:
        """Call a function with each part of a file, roughly in order. Use it inside `each`.

        The calling thread works, helped by the threads that `each` leaves idle. After a failure no
        further part starts.
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
        """Stop the transfer and store the cause. Later errors of other threads are only consequences."""
        with self._lock:
            if self._cause is None and not self._stopped.is_set():
                self._cause = error
            self._stopped.set()
