"""Blobs to push: bytes with a known size and digest, readable from any offset."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from model_registry.exceptions import StorageError
from model_registry.storage.protocol import CHUNK

from .documents import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from model_registry.storage.protocol import LocalFile

_JOINED = 256 * 1024


class Blob(Protocol):
    """A blob to push."""

    @property
    def size(self) -> int:
        """Return the size in bytes."""
        ...

    @property
    def digest(self) -> str:
        """Return the digest, `sha256:…`."""
        ...

    @property
    def files(self) -> Sequence[LocalFile]:
        """Return the user's files in the blob."""
        ...

    def chunks(self, start: int, end: int, moved: Callable[[int, int], object]) -> Iterator[bytes]:
        """Read a part of the blob.

        Args:
            start: The first byte.
            end: End of the part, exclusive.
            moved: Called after each chunk of a user's file, with the offset of its end and its size.
        """
        ...


class BytesBlob:
    """A short blob in memory: a configuration."""

    files: Sequence[LocalFile] = ()

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.digest = digest_of(data)

    def chunks(self, start: int, end: int, moved: Callable[[int, int], object]) -> Iterator[bytes]:
        """See `Blob`."""
        del moved
        yield self.data[start:end]


class FilesBlob:
    """Files with bytes between them, as one blob: a tar archive, or a single file.

    The files are read twice, for the digest and for the push, which may not be necessary.

    Args:
        parts: Bytes and files in their order.
    """

    def __init__(self, parts: Sequence[bytes | LocalFile]) -> None:
        self._parts = parts
        self.files = [part for part in parts if not isinstance(part, bytes)]
        self.size = sum(len(part) if isinstance(part, bytes) else part.size for part in parts)
        self._digest: str | None = None

    @property
    def digest(self) -> str:
        """Return the digest, `sha256:…`. Computing it computes the digests of the files, too."""
        if self._digest is None:
            if len(self._parts) == 1 and self.files:
                self._digest = self.files[0].digest
            else:
                taken = hashlib.sha256()
                for part in self._parts:
                    for chunk in (part,) if isinstance(part, bytes) else whole(part):
                        taken.update(chunk)
                self._digest = "sha256:" + taken.hexdigest()
        return self._digest

    def chunks(self, start: int, end: int, moved: Callable[[int, int], object]) -> Iterator[bytes]:
        """See `Blob`."""
        return _gathered(self._pieces(start, end, moved))

    def _pieces(self, start: int, end: int, moved: Callable[[int, int], object]) -> Iterator[bytes]:
        begin = 0
        for part in self._parts:
            size = len(part) if isinstance(part, bytes) else part.size
            first, last = max(0, start - begin), min(size, end - begin)
            if first < last:
                if isinstance(part, bytes):
                    yield part[first:last]
                else:
                    place = begin + first
                    for chunk in section(part, first, last):
                        yield chunk
                        place += len(chunk)
                        moved(place, len(chunk))
            begin += size


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join small pieces, because each piece is a system call."""
    joined = bytearray()
    for piece in pieces:
        if len(piece) >= _JOINED:
            if joined:
                yield bytes(joined)
                joined.clear()
            yield piece
            continue
        joined += piece
        if len(joined) >= _JOINED:
            yield bytes(joined)
            joined.clear()
    if joined:
        yield bytes(joined)


def whole(file: LocalFile) -> Iterator[bytes]:
    """Read a file in chunks, and compute its digest meanwhile.

    Raises:
        StorageError: The file cannot be read, or its size changed.
    """
    seen = 0
    try:
        for chunk in file.chunks(CHUNK):
            seen += len(chunk)
            yield chunk
    except OSError as error:
        raise _unreadable(file, error) from None
    _check_size(file, seen)


def section(file: LocalFile, start: int, end: int) -> Iterator[bytes]:
    """Read a part of a file.

    Raises:
        StorageError: The file cannot be read, or is shorter now.
    """
    left = end - start
    try:
        with file.source.open("rb", buffering=0) as opened:
            opened.seek(start)
            while left and (chunk := opened.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise _unreadable(file, error) from None
    _check_size(file, file.size - left)


def _unreadable(file: LocalFile, error: OSError) -> StorageError:
    return StorageError(f"{file.source} cannot be read: {error.strerror or error}.")


def _check_size(file: LocalFile, seen: int) -> None:
    if seen != file.size:
        raise StorageError(f"{file.source} changed while it was read. Upload it when it is complete.")
