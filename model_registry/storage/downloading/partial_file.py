"""A file that is being downloaded: its bytes on disk, counted and hashed as they arrive."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING, NoReturn, cast

from model_registry.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

    from model_registry.storage.transfer import Transfer

_CHUNK = 256 * 1024  # stays in the cache of a processor until it is hashed
_NOTED_EACH = 64 * 1024 * 1024  # at most, and a hundredth of the file
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class PartialFile:
    """An `IncomingFile` in a file on disk.

    The beginning without gaps is hashed as it grows. Bytes that arrived after a gap are read back for the
    hash when the gap is closed. A later attempt fetches only the gaps.

    Args:
        path: The file. Existing bytes are from an earlier attempt.
        note: File for the ranges that have arrived, while the file may have gaps.
        transfer: Counts the bytes, and stops the download.
        size: Size of the complete file, if known.
    """

    def __init__(self, path: Path, note: Path, transfer: Transfer, size: int | None = None) -> None:
        self._path = path
        self._note = note
        self._transfer = transfer
        self._size = size
        self._changed = threading.Condition()
        self._hashing = threading.Lock()
        self._islands: list[tuple[int, int]] = []  # ranges after the beginning
        self._back: _ReadBack | None = None
        self._noted = -1  # bytes that had arrived at the last note
        self._note_each = min(_NOTED_EACH, max(_CHUNK, (size or _NOTED_EACH) // 100))
        self._end = 0
        self._in_order = True  # so far: then the file ends, and is written on, where its beginning ends
        self._open()

    def _open(self) -> None:
        try:
            try:
                self._file = self._path.open("x+b", buffering=0)
            except FileExistsError:
                self._file = self._path.open("r+b", buffering=0)
                (_, self._end), *self._islands = self._arrived()
                self._file.truncate(self._islands[-1][1] if self._islands else self._end)
                self._file.seek(self._end)
                self._in_order = not self._islands
        except OSError as error:
            self._fail(error)
        self._taken = hashlib.sha256()
        self._hashed = 0
        if not self._received():
            return
        try:
            self._hash()
            self._transfer.advance(self._received())
        except BaseException:
            self.close()
            raise

    def _arrived(self) -> list[tuple[int, int]]:
        """Return the ranges that arrived in an earlier attempt. The first one is the beginning."""
        size = self._path.stat().st_size
        ranges = [(0, size)]
        if self._note.exists():
            ranges = _read_ranges(self._note.read_text("ascii"), size)
            self._noted = sum(end - start for start, end in ranges)
        return ranges if self._size is None or size <= self._size else [(0, 0)]

    @property
    def offset(self) -> int:
        """Return the length of the beginning without gaps."""
        return self._end

    def gaps(self, size: int) -> list[range]:
        """Return the ranges of a file of this size that are missing."""
        with self._changed:
            edges = [self._end, *(place for island in self._islands for place in island), size]
        return [range(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]

    def write(self, chunk: bytes | memoryview) -> None:
        """Append bytes to the beginning."""
        self.write_at(self._end, chunk)

    def write_at(self, offset: int, chunk: bytes | memoryview) -> None:
        """Write bytes at an offset; threads may do so at once. The beginning is not replaced."""
        self._transfer.check()
        end = offset + len(chunk)
        if self._size is not None and end > self._size:
            raise StorageError(f"{self._path.name} has {self._size} bytes, but the store sent more.")
        with self._changed:
            known = max(0, self._end - offset)  # hashed already, or about to be
            offset, chunk = offset + known, chunk[known:]
            try:
                self._put(offset, chunk)
                came = self._add(offset, max(offset, end))
            except OSError as error:
                self._fail(error)
            self._changed.notify_all()
        self._hash(offset, chunk)
        self._transfer.advance(came)

    def restart(self) -> None:
        """Discard all bytes."""
        with self._hashing, self._changed:
            lost = self._received()
            self._file.truncate(0)
            self._note.unlink(missing_ok=True)
            self._taken, self._hashed = hashlib.sha256(), 0
            self._islands, self._end, self._noted = [], 0, -1
            self._file.seek(0)
            self._in_order = True
        self._transfer.advance(-lost)

    def finish(self) -> str:
        """Close the complete file, and return its digest.

        Raises:
            StorageError: The file is not complete.
        """
        if self._islands or (self._size is not None and self._end != self._size):
            raise StorageError(
                f"{self._path.name} ended after {self._end} of {self._size or 'all its'} bytes. Try again: "
                "the download continues there."
            )
        self._hash()
        self.close()
        return "sha256:" + self._taken.hexdigest()

    def close(self) -> None:
        """Close the file. What has arrived stays for a later attempt."""
        if not self._file.closed:
            if self._islands:
                self._store_note()
            elif not self._in_order and self._file.seek(0, os.SEEK_END) != self._end:
                self._file.truncate(self._end)
            self._file.close()
            if self._back is not None:
                self._back.close()
            if self._noted >= 0 and not self._islands:
                self._note.unlink(missing_ok=True)

    def wait(self, enough: Callable[[int], bool]) -> int:
        """Wait until the beginning is long enough. Return its length."""
        with self._changed:
            self._changed.wait_for(lambda: enough(self._end))
            return self._end

    def wake(self) -> None:
        """Wake the threads in `wait`."""
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _put(self, offset: int, chunk: bytes | memoryview) -> None:
        in_order, self._in_order = self._in_order and offset == self._end, False  # should writing fail
        if not in_order:
            if offset > self._end and self._noted < 0:
                self._store_note()
            self._file.seek(offset)
        rest = memoryview(chunk)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._in_order = in_order

    def _add(self, start: int, end: int) -> int:
        """Register written bytes. Return how many of them are new."""
        before = self._received()
        merged: list[tuple[int, int]] = []
        for first, last in sorted([(0, self._end), *self._islands, (start, end)]):
            if merged and first <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            else:
                merged.append((first, last))
        (_, self._end), *self._islands = merged
        received = self._received()
        if self._noted >= 0 and received - self._noted >= self._note_each:
            self._store_note()
        return received - before

    def _received(self) -> int:
        return self._end + sum(end - start for start, end in self._islands)

    def _store_note(self) -> None:
        """Store which ranges have arrived, because the file may have gaps."""
        self._note.parent.mkdir(exist_ok=True)
        new = self._note.with_name(f"{self._note.name}.new")
        new.write_text(json.dumps([(0, self._end), *self._islands]), "ascii")
        new.replace(self._note)
        self._noted = self._received()

    def _hash(self, offset: int = -1, chunk: bytes | memoryview = b"") -> None:
        """Hash the beginning, unless another thread is doing it."""
        while self._hashed < self._end and self._hashing.acquire(blocking=False):
            try:
                while (ready := self._end - self._hashed) > 0:
                    self._transfer.check()
                    part = chunk if offset == self._hashed else self._read(self._hashed, ready)
                    self._taken.update(part)
                    self._hashed += len(part)
            finally:
                self._hashing.release()

    def _read(self, offset: int, size: int) -> memoryview:
        if self._back is None:
            self._back = _ReadBack(self._path)
        return self._back.read(offset, size)

    def _fail(self, error: OSError) -> NoReturn:
        raise write_error(self._path, error) from None


def write_error(path: str | Path, error: OSError) -> StorageError:
    """Build the error for a file that the system cannot write."""
    if error.errno in _FULL:
        return StorageError(
            f"There is no space for {os.path.basename(path)} on this disk ({error.strerror}). Free some "  # noqa: PTH119  # a text
            "space and try again: the download continues where it stopped."
        )
    return StorageError(f"{path} cannot be written: {error.strerror or error}.")


def _read_ranges(text: str, size: int) -> list[tuple[int, int]]:
    """Return the ranges of a note that lie in a file of this size."""
    try:
        noted: object = json.loads(text)
    except ValueError:
        return [(0, 0)]
    if isinstance(noted, int):  # of an earlier release: the length of the beginning
        noted = [[0, noted]]
    ranges = cast("list[list[int]]", noted)
    return [(0, min(ranges[0][1], size)), *((start, end) for start, end in ranges[1:] if end <= size)]


class _ReadBack:
    """Reads written bytes through a second file handle, so that writers need not wait."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._buffer = memoryview(bytearray(_CHUNK))

    def read(self, offset: int, size: int) -> memoryview:
        """Return some bytes at an offset. They are valid until the next call."""
        self._file.seek(offset)
        return self._buffer[: self._file.readinto(self._buffer[:size])]

    def close(self) -> None:
        self._file.close()
