"""A file that is being fetched: its bytes on disk, counted and hashed while they come."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from typing import TYPE_CHECKING, NoReturn

from model_registry.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

    from model_registry.storage.transfer import Transfer

_CHUNK = 256 * 1024  # stays in the cache of a processor until it is hashed
_NOTED_EACH = 64 * 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class PartialFile:
    """An `IncomingFile` in a file on disk.

    Its beginning without gaps is what counts: it is hashed as it grows, and a later attempt goes on from its
    end. Bytes that came ahead of it are read back for the hash when the gap before them is closed.

    Args:
        path: The file. What is there already is the beginning from an earlier attempt.
        note: Where to keep the length of the beginning while the file may have gaps.
        transfer: What to count for, and what may be stopped.
        size: Bytes that are to come, when known.
    """

    def __init__(self, path: Path, note: Path, transfer: Transfer, size: int | None = None) -> None:
        self._path = path
        self._note = note
        self._transfer = transfer
        self._size = size
        self._changed = threading.Condition()
        self._hashing = threading.Lock()
        self._islands: list[tuple[int, int]] = []  # what came ahead of the beginning
        self._back: _ReadBack | None = None
        self._noted = -1
        self._end = 0
        self._in_order = True  # so far: then the file ends, and is written on, where its beginning ends
        self._open()

    def _open(self) -> None:
        try:
            try:
                self._file = self._path.open("x+b", buffering=0)
            except FileExistsError:
                self._file = self._path.open("r+b", buffering=0)
                self._end = self._beginning()
                self._file.truncate(self._end)
                self._file.seek(self._end)
        except OSError as error:
            self._fail(error)
        self._taken = hashlib.sha256()
        self._hashed = 0
        if self._end == 0:
            return
        try:
            self._hash()
            self._transfer.advance(self._end)
        except BaseException:
            self.close()
            raise

    def _beginning(self) -> int:
        there = self._path.stat().st_size
        if self._note.exists():
            text = self._note.read_text("ascii")
            there = min(there, int(text)) if text.isdigit() else 0
            self._noted = there
        return there if self._size is None or there <= self._size else 0

    @property
    def offset(self) -> int:
        """Length of the beginning without gaps."""
        return self._end

    def write(self, chunk: bytes | memoryview) -> None:
        """Add what follows on what is there."""
        self.write_at(self._end, chunk)

    def write_at(self, offset: int, chunk: bytes | memoryview) -> None:
        """Put bytes at a place; threads may do so at once. The beginning is not replaced."""
        self._transfer.check()
        end = offset + len(chunk)
        if self._size is not None and end > self._size:
            raise StorageError(f"More came for {self._path.name} than the {self._size} bytes that it has.")
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
        """Forget what is there."""
        with self._hashing, self._changed:
            lost = self._end + sum(end - start for start, end in self._islands)
            self._file.truncate(0)
            self._note.unlink(missing_ok=True)
            self._taken, self._hashed = hashlib.sha256(), 0
            self._islands, self._end, self._noted = [], 0, -1
            self._file.seek(0)
            self._in_order = True
        self._transfer.advance(-lost)

    def finish(self) -> str:
        """Close the file, which is complete.

        Returns:
            Its digest.

        Raises:
            StorageError: It is not complete.
        """
        if self._islands or (self._size is not None and self._end != self._size):
            raise StorageError(
                f"{self._path.name} ended after {self._end} of {self._size or 'all its'} bytes. Try again: "
                "it continues there."
            )
        self._hash()
        self.close()
        return "sha256:" + self._taken.hexdigest()

    def close(self) -> None:
        """Close the file, keeping its beginning for a later attempt."""
        if not self._file.closed:
            if not self._in_order and self._file.seek(0, os.SEEK_END) != self._end:
                self._file.truncate(self._end)
            self._file.close()
            if self._back is not None:
                self._back.close()
            if self._noted >= 0:
                self._note.unlink(missing_ok=True)

    def wait(self, enough: Callable[[int], bool]) -> int:
        """Wait until the beginning is long enough; give its length."""
        with self._changed:
            self._changed.wait_for(lambda: enough(self._end))
            return self._end

    def wake(self) -> None:
        """Have those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _put(self, offset: int, chunk: bytes | memoryview) -> None:
        in_order, self._in_order = self._in_order and offset == self._end, False  # should writing fail
        if not in_order:
            if offset > self._end:
                self._keep_note()
            self._file.seek(offset)
        rest = memoryview(chunk)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._in_order = in_order

    def _add(self, start: int, end: int) -> int:
        """Take note of bytes that came; give how many of them are new."""
        before = self._end + sum(end - start for start, end in self._islands)
        merged: list[tuple[int, int]] = []
        for first, last in sorted([(0, self._end), *self._islands, (start, end)]):
            if merged and first <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            else:
                merged.append((first, last))
        (_, self._end), *self._islands = merged
        if self._noted >= 0 and self._end - self._noted >= _NOTED_EACH:
            self._keep_note()
        return sum(end - start for start, end in merged) - before

    def _keep_note(self) -> None:
        """Write down the length of the beginning, which the length of the file no longer tells."""
        if self._noted < 0 or self._end - self._noted >= _NOTED_EACH:
            self._note.parent.mkdir(exist_ok=True)
            self._note.write_text(str(self._end), "ascii")
            self._noted = self._end

    def _hash(self, offset: int = -1, chunk: bytes | memoryview = b"") -> None:
        """Hash the beginning as far as it goes; what another thread is at is left to that thread."""
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
        if error.errno in _FULL:
            raise StorageError(
                f"There is no room for {self._path.name} on this disk ({error.strerror}). Make room and try "
                "again: it goes on where it stopped."
            ) from None
        raise StorageError(f"{self._path} cannot be written: {error.strerror or error}.") from None


class _ReadBack:
    """Reads what was written, through a file of its own: those who write need not wait for it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._buffer = memoryview(bytearray(_CHUNK))

    def read(self, offset: int, size: int) -> memoryview:
        """Give some of the bytes at a place, until the next call."""
        self._file.seek(offset)
        return self._buffer[: self._file.readinto(self._buffer[:size])]

    def close(self) -> None:
        self._file.close()
