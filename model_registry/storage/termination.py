"""Stop a transfer when the process is asked to end, so that it can remove what is incomplete."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType


@contextmanager
def ending_on_sigterm() -> Generator[None]:
    """Raise `SystemExit` for the signal SIGTERM, which would end the process at once.

    A program that handles the signal itself is left alone, and so are calls outside of the main thread.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
