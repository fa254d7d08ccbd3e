"""How many resources were copied so far, in a line on standard error that is drawn again and again."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from .terminal import can_redraw, cut, width

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_SECONDS: Final = 0.1
"""Between two drawings."""
_BAR: Final = 30
"""Characters of the bar."""


@contextmanager
def counting(what: str, total: int | None = None, *, show: bool) -> Generator[Callable[[int], None]]:
    """Provide a function that draws how many resources are done, where a person looks.

    Args:
        what: What happens to them, such as `copied`.
        total: How many there are, if that is known.
        show: Whether to draw at all.
    """
    if not show or not can_redraw(sys.stderr):
        yield lambda _: None
        return
    drawn = 0.0

    def draw(done: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn >= _SECONDS:
            drawn = now
            sys.stderr.write(f"\r{cut(_line(what, done, total), width() - 1)}\x1b[K")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        if drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _line(what: str, done: int, total: int | None) -> str:
    if not total:
        return f"{done} {what}"
    full = min(done, total) * _BAR // total
    return f"[{'#' * full}{' ' * (_BAR - full)}] {done} of {total} {what}"
