"""When a request is repeated: which failures are transient, how often to try, and how long to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry.exceptions import StorageError
from model_registry.transport.retry import wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.storage.transfer import Transfer

T = TypeVar("T")

RETRIES = 4
"""Further attempts while no progress is made."""

_PROGRESS = 1024 * 1024
_LONGEST_PAUSE = 60.0
_ADVICE = "Try again later: it continues where it stopped."


class TransientError(Exception):
    """A failure that the next attempt may not meet. It never leaves `model_registry.storage`.

    Attributes:
        retry_after: Seconds that the server asks to wait, or `None`.
    """

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Retries:
    """Count the failed attempts of one operation. Progress resets the count.

    Args:
        transfer: Stopping it ends the wait between two attempts.
        advice: What to do after the last attempt, for the error.
    """

    def __init__(self, transfer: Transfer, advice: str = _ADVICE) -> None:
        self._transfer = transfer
        self._advice = advice
        self._failures = 0

    def wait_after(self, error: TransientError, received: int = 0) -> None:
        """Wait before the next attempt.

        Args:
            error: The failure of this attempt.
            received: Bytes that this attempt moved. From 1 MiB on, the count starts again.

        Raises:
            StorageError: No attempts are left, or the transfer was stopped.
        """
        self._failures = 1 if received >= _PROGRESS else self._failures + 1
        if self._failures > RETRIES:
            raise StorageError(f"{error} This was attempt {self._failures}. {self._advice}") from None
        self._transfer.pause(min(_LONGEST_PAUSE, wait(self._failures, error.retry_after)))


def retry(operation: Callable[[], T], transfer: Transfer) -> T:
    """Run an operation until it succeeds, a few times at most.

    Args:
        operation: Raises `TransientError` when it may succeed the next time.
        transfer: Stopping it ends the wait between two attempts.

    Raises:
        StorageError: No attempt succeeded, or the transfer was stopped.
    """
    retries = Retries(transfer)
    while True:
        try:
            return operation()
        except TransientError as error:  # noqa: PERF203  # that is what the loop is for
            retries.wait_after(error)
