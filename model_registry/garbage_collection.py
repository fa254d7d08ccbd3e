"""Collect garbage rarely, in processes of this package alone."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextlib.contextmanager
def rare_collections(objects: int) -> Generator[None]:
    """Collect garbage rarely, and as before at the end.

    Args:
        objects: New objects between two collections. Python's own value is 700.
    """
    usual = gc.get_threshold()
    gc.set_threshold(objects, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
