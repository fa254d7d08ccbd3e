"""Detect that something other than SQLite wrote to the file of a registry.

With a journal (WAL), only checkpoints write to the file. They record how far they are in the index of the
journal (`-shm`, https://sqlite.org/walformat.html). A file that changed without a checkpoint was overwritten,
unless only its time changed, as with `touch`.
"""

from __future__ import annotations

import os
import struct
import threading
from typing import Final, NamedTuple

from model_registry.server.database.file_events import FileEvent, FileEvents

_SALTS: Final = slice(32, 40)
_DONE: Final = 96
_BEGUN: Final = 128
_INDEX_BYTES: Final = 136
_HEADER_BYTES: Final = 100
_DESCRIPTORS: Final = "/dev/fd"
_EVENT_SECONDS: Final = 0.1
"""How long to wait for the event of a change: the system tells it after it has set the time of the file."""


class _Stamp(NamedTuple):
    """What changes when something writes to a file."""

    size: int
    modified: int


class _Progress(NamedTuple):
    """Which part of the journal was written to the file.

    Attributes:
        salts: The journal, as it begins anew from time to time.
        done: Number of frames that were written to the file.
        begun: The same, when the running checkpoint ends.
    """

    salts: bytes
    done: int
    begun: int

    @property
    def is_running(self) -> bool:
        return self.begun > self.done


class WatchedContent:
    """The content of a file that SQLite has open in this process. It can be used from any thread.

    Where a system does not list the descriptors of a process, nothing is detected.

    Args:
        path: The file, whose journal has an index already.

    Attributes:
        is_overwritten: Whether something other than SQLite wrote to the file.
        is_other: Whether the file has another size or header since then, so that the journal does not fit it.
    """

    def __init__(self, path: str) -> None:
        self._file = _OpenFile(path)
        self._index = _OpenFile(f"{path}-shm")
        self._events = FileEvents(path)
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._progress: _Progress | None = None
        self._header = b""
        self.is_overwritten = self.is_other = False
        self.check()

    def check(self) -> None:
        """Set the attributes anew."""
        with self._lock:
            if self.is_overwritten:
                return
            progress, stamp = self._read_progress(), self._file.stamp()
            if stamp == self._stamp:  # the file was the same when the progress was read
                self._progress = progress or self._progress
                return
            events = self._events.take()
            stamp, progress = self._look()
            if stamp is not None and progress is not None and not progress.is_running:
                self._compare(stamp, progress, events)

    def _compare(self, stamp: _Stamp, progress: _Progress, events: FileEvent) -> None:
        header = self._file.read(_HEADER_BYTES)
        if self._stamp and self._progress and self._progress[:2] == progress[:2]:
            self.is_other = stamp.size != self._stamp.size or header != self._header
            events = events or self._events.take(seconds=_EVENT_SECONDS)
            self.is_overwritten = self.is_other or events != FileEvent.ATTRIB
        self._stamp, self._progress, self._header = stamp, progress, header

    def _look(self) -> tuple[_Stamp | None, _Progress | None]:
        """Return both as they are at one moment."""
        progress = self._read_progress()
        while True:
            stamp, before = self._file.stamp(), progress
            progress = self._read_progress()
            if progress == before:
                return stamp, progress

    def _read_progress(self) -> _Progress | None:
        index = self._index.read(_INDEX_BYTES)
        if len(index) < _INDEX_BYTES:
            return None
        (done,), (begun,) = (struct.unpack_from("=I", index, start) for start in (_DONE, _BEGUN))
        return _Progress(index[_SALTS], done, begun)


class _OpenFile:
    """A file that SQLite has open, read through SQLite's own descriptor.

    Closing another descriptor of the file would release the locks that SQLite holds on it.
    """

    def __init__(self, path: str) -> None:
        self._identity = identity_of(path)
        self._descriptor: int | None = None

    def stamp(self) -> _Stamp | None:
        """Return its stamp; None if it cannot be found."""
        found = self._find()
        return None if found is None else _Stamp(found.st_size, found.st_mtime_ns)

    def read(self, length: int) -> bytes:
        """Return its first bytes; none if it cannot be found."""
        if self._find() is None or self._descriptor is None:
            return b""
        try:
            return os.pread(self._descriptor, length, 0)
        except OSError:
            return b""

    def _find(self) -> os.stat_result | None:
        """Find the descriptor, which may be that of a connection that was closed."""
        found = self._status(self._descriptor)
        if found is not None:
            return found
        try:
            descriptors = [int(name) for name in os.listdir(_DESCRIPTORS)]  # noqa: PTH208  # runs for many
        except OSError:
            return None
        for descriptor in descriptors:
            found = self._status(descriptor)
            if found is not None:
                self._descriptor = descriptor
                return found
        return None

    def _status(self, descriptor: int | None) -> os.stat_result | None:
        if descriptor is None:
            return None
        try:
            found = os.fstat(descriptor)
        except OSError:
            return None
        return found if (found.st_dev, found.st_ino) == self._identity else None


def identity_of(path: str) -> tuple[int, int] | None:
    """Return the device and number of a file, which no other file has; None if there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116  # runs for each group of writes
    except OSError:
        return None
    return found.st_dev, found.st_ino
