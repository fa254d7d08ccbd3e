"""Telling objects that the process was forked: what they hold of threads and sockets is the parent's."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_interested: list[weakref.WeakMethod[Callable[[], None]]] = []


def call_in_child(method: Callable[[], None]) -> None:
    """Have a bound method called first thing in each process that is forked from here.

    Its object is not kept alive. No other thread runs when it is called.
    """
    if not _interested and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_tell)
    _interested[:] = [each for each in _interested if each() is not None] or []
    _interested.append(weakref.WeakMethod(method))


def _tell() -> None:
    for reference in _interested:
        method = reference()
        if method is not None:
            method()
