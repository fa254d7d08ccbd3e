"""Collect garbage seldom in a process that serves."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING, Final

from model_registry.garbage_collection import rare_collections

if TYPE_CHECKING:
    from collections.abc import Generator

_OBJECTS: Final = 10_000
"""New objects until a collection. Python's own value, 700, is less than the requests in progress have."""


@contextlib.contextmanager
def collections_of_a_server() -> Generator[None]:
    """Collect garbage seldom: requests create many objects, and leave no cycles of them."""
    # On Python 3.10, requests that fail leave some.
    objects = _OBJECTS if sys.version_info >= (3, 11) else gc.get_threshold()[0]
    with rare_collections(objects):
        try:
            yield
        finally:
            gc.unfreeze()


def ignore_existing_objects() -> None:
    """Leave the objects that exist out of collections, once those of the start are garbage or stay."""
    gc.collect()
    gc.freeze()
