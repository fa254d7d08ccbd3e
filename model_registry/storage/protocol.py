"""Files on their way: what a store is asked to keep, what it has, and a file that is being fetched."""

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
    """One file of what a URI names.

    Attributes:
        path: Where it is below the URI, with `/` between folders; its own name when the URI names one file.
        size: Bytes; `None` when the store cannot tell.
        digest: `sha256:` and 64 hexadecimal digits, when it is known.
        version: What differs when the content does, such as an ETag or a revision, when it is known. A
            download that broke goes on only where the digest or this is still the same.
        single: Whether the URI names this very file, rather than a folder that it is in.
        group: What holds it together with other small files, and its place in there. Such neighbours are
            fetched in the order of their places, by one thread.
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
        source: Where it is on this machine.
        path: Where it belongs below the URI, with `/` between folders.

    Attributes:
        size: Bytes.
    """

    def __init__(self, source: Path, path: str) -> None:
        self.source = source
        self.path = path
        state = source.stat()
        self.size = state.st_size
        self._modified = state.st_mtime_ns
        self._digest: str | None = None

    @property
    def digest(self) -> str:
        """Its SHA-256, as `sha256:…`; read from disk when nobody has read all chunks yet."""
        if self._digest is None:
            for _ in self.chunks(CHUNK):
                pass
        return cast("str", self._digest)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Read it in order, a chunk at a time, taking its digest on the way."""
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
        """Refuse a file that was written to while it was uploaded.

        Raises:
            StorageError: It was.
        """
        now = self.source.stat()
        if (now.st_size, now.st_mtime_ns) != (self.size, self._modified):
            raise StorageError(f"{self.source} was changed while it was uploaded: upload it again.")


class IncomingFile(Protocol):
    """A file that is being fetched, as the store sees it. Its bytes are counted and hashed as they come."""

    @property
    def offset(self) -> int:
        """How many bytes are there already, from an earlier attempt: the store goes on behind them."""
        ...

    def write(self, chunk: bytes | memoryview) -> None:
        """Add what follows on what is there."""
        ...

    def write_at(self, offset: int, chunk: bytes | memoryview) -> None:
        """Put bytes at a place; threads may fetch several parts of a file at once."""
        ...

    def restart(self) -> None:
        """Forget what is there: the store cannot go on in the middle, or the file is another by now."""
        ...


class Store(Protocol):
    """One kind of place for files. Its methods block, may be called by several threads, and raise our errors.

    A store is built without work and without network; what it needs (credentials, options) it takes from its
    arguments, then from the environment, on first use.
    """

    def list_files(self, uri: str) -> list[StoredFile]:
        """List what a URI names: one file, or everything below a folder.

        Raises:
            StorageNotFoundError: There is nothing.
        """
        ...

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Upload files below a URI. One file whose `path` is empty is stored as the URI itself.

        Returns:
            The URI under which they are found again.
        """
        ...

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch one of the files that `list_files` named."""
        ...
