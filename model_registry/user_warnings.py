"""Warnings that point at the line of the caller."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import warnings
from contextvars import ContextVar
from pathlib import Path

_INNER = (
    *(f"{Path(file).parent}{os.sep}" for file in (__file__, asyncio.__file__)),
    contextlib.__file__,
)
"""Where the code of this package is, and of what runs it."""


HELD: ContextVar[list[tuple[str, type[Warning]]] | None] = ContextVar("HELD", default=None)
"""Where warnings of a call wait for the thread of the caller; `None` to warn at once."""


def warn_held(held: list[tuple[str, type[Warning]]]) -> None:
    """Warn of what waited."""
    while held:
        warn(*held.pop(0))


def warn(message: str, category: type[Warning], *, source: object = None) -> None:
    """Warn at the first line outside this package that led here.

    Args:
        message: What happened, and what to do.
        category: The class of the warning.
        source: Object that the warning is about, for `ResourceWarning`.
    """
    if source is None and (held := HELD.get()) is not None:
        held.append((message, category))
        return
    level, frame = 2, sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as `warnings` itself does
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INNER):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level, source=source)
