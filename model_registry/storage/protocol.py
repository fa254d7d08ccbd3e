"""The protocol of stores, and the files that they exchange with uploads and downloads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from model_registry.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .transfer import Transfer


CHUNK = 1024 * 1024
"""Bytes of a file that are read at once."""


@dataclass(frozen=True)
class StoredFile:
    """One of the files that a URI names.

    Attributes:
        path: Path below the URI, with `/` between folders; the name of the file if the URI names one file.
        size: Size in bytes; `None` if the store does not know it.
        digest: `sha256:` and 64 hexadecimal digits, if known.
        version: A text that changes with the content, such as an ETag or a revision, if known. A broken
            download is resumed only if the digest or the version is still the same.
        single: Whether the URI names this file, not a folder that contains it.
        group: The container that the file shares with other small files, and its offset in there. One
            thread fetches the files of a container, in the order of their offsets.
    """

    path: str
    size: int | None = None
    digest: str | None = None
    version: str | None = None
    single: bool = False
    group: tuple[str, int] | None = field(default=None, compare=False, repr=False)


class LocalFile:
    """A file to upload.

    Args:
        source: Path on this machine.
        path: Path below the URI, with `/` between folders.

    Attributes:
        size: Size in bytes.
        version: Version of the stored object. The store sets it if it can return this version later.
    """

    def __init__(self, source: Path, path: str) -> None:
        self.source = source
        self.path = path
        state = source.stat()
        self.size = state.st_size
        self._modified = state.st_mtime_ns
        self.version: str | None = None
        self._digest: str | None = None

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the file as `sha256:…`. Reads the file, unless `chunks` did."""
        if self._digest is None:
            for _ in self.chunks(CHUNK):
                pass
        return cast("str", self._digest)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Read the file in chunks, and compute its digest meanwhile."""
        taken = hashlib.sha256()
        left = self.size
        with self.source.open("rb") as file:
            while left and (chunk := file.read(min(size, left))):
                taken.update(chunk)
                left -= len(chunk)
                yield chunk
        self.check_unchanged()
        self._digest = "sha256:" + taken.hexdigest()

    def check_unchanged(self) -> None:
        """Check that the file did not change during the upload.

        Raises:
            StorageError: The file changed.
        """
        now = self.source.stat()
        if (now.st_size, now.st_mtime_ns) != (self.size, self._modified):
            raise StorageError(f"{self.source} changed during the upload. Upload it again.")


class IncomingFile(Protocol):
    """A file that is being downloaded, as the store sees it. Its bytes are hashed as they arrive."""

    @property
    def offset(self) -> int:
        """Return the number of bytes from an earlier attempt. The store continues after them."""
        ...

    def gaps(self, size: int) -> list[range]:
        """Return the ranges of a file of this size that are missing. They begin at the offset."""
        ...

    def write(self, chunk: bytes | memoryview) -> None:
        """Append bytes."""
        ...

    def write_at(self, offset: int, chunk: bytes | memoryview) -> None:
        """Write bytes at an offset. Threads may fetch several parts of a file at once."""
        ...

    def restart(self) -> None:
        """Discard all bytes, because the store cannot resume or the file has changed."""
        ...


class Store(Protocol):
    """A kind of storage for files. Its methods block, and several threads may call them.

    Creating a store does no work and needs no network. A store takes its options and credentials from its
    arguments, then from the environment, on first use. It raises the errors of `model_registry.exceptions`.
    """

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the file that a URI names, or all files below the folder.

        Raises:
            StorageNotFoundError: The URI names nothing.
        """
        ...

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Upload files below a URI. A single file with an empty `path` is stored at the URI itself.

        Returns:
            The URI of the stored files.
        """
        ...

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch one of the files that `list_files` returned."""
        ...
