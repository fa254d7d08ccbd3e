"""Calls methods in forked processes, for objects whose threads and sockets belong to the parent process."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_methods: list[weakref.WeakMethod[Callable[[], None]]] = []


def call_in_child(method: Callable[[], None]) -> None:
    """Call a bound method first in each process that is forked from this one.

    This keeps no reference to the object of the method. No other thread runs when the method is called.
    """
    if not _methods and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_call_all)
    _methods[:] = [each for each in _methods if each() is not None]
    _methods.append(weakref.WeakMethod(method))


def _call_all() -> None:
    for reference in _methods:
        method = reference()
        if method is not None:
            method()
