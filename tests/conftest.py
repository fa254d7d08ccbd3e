"""Fixtures that several folders of tests use."""

from __future__ import annotations

import signal

pytest_plugins = ["tests.support.postgresql"]


def pytest_configure() -> None:
    """Let SIGINT mean what it means in a terminal, also to child processes, when a shell ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
