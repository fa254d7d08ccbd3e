"""A server that ends with status 0 after a signal to stop."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Generator


class StoppableServer(uvicorn.Server):
    """A server that returns from `run` after SIGINT or SIGTERM."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle the signals while the server runs."""
        # uvicorn raises the signal again at the end, which would end the process with an error status.
        before = {
            one: signal.signal(one, self.handle_exit)
            for one in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(one) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
