"""Signals to stop, and a server that ends with status 0 after one."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Any, Final

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType


SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals to stop. SIGHUP says that the terminal was closed; Windows does not have it."""


def handle_signals(handler: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Handle the signals to stop that are not ignored, as `nohup` does; return the handlers before."""
    return {
        one: signal.signal(one, handler) for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN
    }


class StoppableServer(uvicorn.Server):
    """A server that returns from `run` after one of `SIGNALS`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle the signals while the server runs."""
        # uvicorn raises the signal again at the end, which would end the process with an error status.
        before = handle_signals(self.handle_exit)
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
