"""A small file that is being downloaded: in memory until it is complete."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageError

from .partial_file import write_error

if TYPE_CHECKING:
    from typing_extensions import Self

    from model_registry.storage.transfer import Transfer

SMALL = 256 * 1024
"""The largest size of a small file."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


class SmallFile:
    """An `IncomingFile` in memory, for which a `PartialFile` does too much work.

    Args:
        path: The file. It is written when it is complete; the beginning of one that is closed earlier, too.
        transfer: Counts the bytes, and stops the download.
        size: Size of the complete file.
        resume: Whether the file may have bytes from an earlier attempt.
    """

    def __init__(self, path: str, transfer: Transfer, size: int, *, resume: bool) -> None:
        self._path = path
        self._transfer = transfer
        self._size = size
        self._data: bytes | bytearray = b""  # as it came, if it came at once
        self._missing = [range(size)] if size else []
        self._lock = threading.Lock()
        self._stored: int | None = None  # length of the file on disk, if it exists
        if resume:
            self._read_back()

    @property
    def offset(self) -> int:
        """Return the length of the beginning without gaps."""
        return self._missing[0].start if self._missing else self._size

    def gaps(self, size: int) -> list[range]:  # noqa: ARG002  # the protocol
        """Return the ranges that are missing."""
        return list(self._missing)

    def write(self, chunk: bytes | memoryview) -> None:
        """Append bytes to the beginning."""
        self.write_at(self.offset, chunk)

    def write_at(self, offset: int, chunk: bytes | memoryview) -> None:
        """Write bytes at an offset; threads may do so at once. What has arrived is not replaced."""
        end = offset + len(chunk)
        if end > self._size:
            raise StorageError(
                f"{os.path.basename(self._path)} has {self._size} bytes, but the store sent more."  # noqa: PTH119  # a text
            )
        with self._lock:
            came = self._take(offset, end, chunk)
        self._transfer.advance(came)

    def _take(self, offset: int, end: int, chunk: bytes | memoryview) -> int:
        """Store a chunk. Return how many of its bytes are new."""
        if not self._data and end - offset == self._size:
            self._data, self._missing = bytes(chunk), []
            return self._size
        if not isinstance(self._data, bytearray):
            self._data = bytearray(self._data.ljust(self._size, b"\0"))
        came = 0
        missing: list[range] = []
        for gap in self._missing:
            first, last = max(gap.start, offset), min(gap.stop, end)
            if first >= last:
                missing.append(gap)
                continue
            self._data[first:last] = chunk[first - offset : last - offset]
            came += last - first
            missing += [rest for rest in (range(gap.start, first), range(last, gap.stop)) if rest]
        self._missing = missing
        return came

    def restart(self) -> None:
        """Discard all bytes."""
        with self._lock:
            lost = self._size - sum(map(len, self._missing))
            self._data = b""
            self._missing = [range(self._size)] if self._size else []
            if self._stored is not None:
                self._stored = -1  # other bytes
        self._transfer.advance(-lost)

    def finish(self) -> str:
        """Write the complete file, and return its digest.

        Raises:
            StorageError: The file is not complete.
        """
        if self._missing:
            raise StorageError(
                f"{os.path.basename(self._path)} ended after {self.offset} of {self._size} bytes. Try again: "  # noqa: PTH119  # a text
                "the download continues there."
            )
        self.close()
        return "sha256:" + hashlib.sha256(self._data).hexdigest()

    def close(self) -> None:
        """Write what has arrived without gaps, for a later attempt."""
        arrived = self.offset
        if self._stored == arrived or (self._stored is None and self._missing and not arrived):
            return
        try:
            file = os.open(self._path, _FLAGS, 0o666)
            try:
                rest = memoryview(self._data)[:arrived]
                while rest:
                    rest = rest[os.write(file, rest) :]
            finally:
                os.close(file)
        except OSError as error:
            raise write_error(self._path, error) from None
        self._stored = arrived

    def _read_back(self) -> None:
        """Take the bytes of an earlier attempt."""
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123  # one of many small files
                found = file.read(self._size + 1)
        except FileNotFoundError:
            return
        self._stored = len(found)
        if len(found) <= self._size:
            self.write_at(0, found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
