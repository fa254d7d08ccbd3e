"""Collect garbage seldom in a process that serves."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_OBJECTS: Final = 10_000 if sys.version_info >= (3, 11) else gc.get_threshold()[0]
"""New objects until a collection. Python's own value, 700, is less than the requests in progress have.

On Python 3.10, requests that fail leave cycles.
"""


@contextlib.contextmanager
def rare_collections() -> Generator[None]:
    """Collect garbage seldom: requests create many objects, and leave no cycles of them."""
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def ignore_existing_objects() -> None:
    """Leave the objects that exist out of collections, once those of the start are garbage or stay."""
    gc.collect()
    gc.freeze()
