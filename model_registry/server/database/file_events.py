"""Tell whether a file was written to, or only got another time or other rights (inotify, Linux)."""

from __future__ import annotations

import os
import select
import struct
import sys
import weakref
from enum import IntFlag
from typing import Final

_EVENT: Final = struct.Struct("=iIII")  # of a watched file, whose events have no name
_READ_BYTES: Final = 65536


class FileEvent(IntFlag):
    """What happened to a file (`<sys/inotify.h>`; more can be set)."""

    MODIFY = 0x2
    ATTRIB = 0x4


class FileEvents:
    """The events of a file, from all processes of this machine.

    Where the system does not tell them, there are none.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = _watch(path)
        if self._descriptor is not None:
            weakref.finalize(self, os.close, self._descriptor).atexit = False

    def take(self, *, seconds: float = 0) -> FileEvent:
        """Return what happened since the last call.

        Args:
            seconds: How long to wait if nothing happened yet.
        """
        happened = FileEvent(0)
        if self._descriptor is None:
            return happened
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        while poll.poll(0 if happened else seconds * 1000):
            for _, mask, _, _ in _EVENT.iter_unpack(os.read(self._descriptor, _READ_BYTES)):
                happened |= mask
        return happened


def _watch(path: str) -> int | None:
    """Return the descriptor of the events of a file; None if the system has none to give."""
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    descriptor: int = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        return None
    if library.inotify_add_watch(descriptor, os.fsencode(path), FileEvent.MODIFY | FileEvent.ATTRIB) < 0:
        os.close(descriptor)
        return None
    return descriptor
