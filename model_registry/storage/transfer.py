"""One upload or download under way: progress, bounded parallelism, and stopping."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
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
        """Do something with each item, several at once; after a failure no further ones are begun.

        Not to be called from within itself: a thread that waits for others of the same pool may wait forever.

        Returns:
            The results, in the order of the items.
        """
        if len(items) < 2 or self.concurrency < 2:
            return [do(item) for item in items]
        with ThreadPoolExecutor(min(self.concurrency, len(items)), "model-registry-transfer") as pool:
            futures = [pool.submit(do, item) for item in items]
            try:
                done, waiting = wait(futures, return_when=FIRST_EXCEPTION)
                if waiting:
                    self.stop()
            except BaseException:  # a Ctrl-C: the threads must not go on to the last item
                self.stop()
                raise
            finally:
                pool.shutdown(cancel_futures=True)
            failed = [future for future in futures if future in done and future.exception() is not None]
            return [future.result() for future in failed or futures]
