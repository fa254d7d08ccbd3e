"""Files of this machine and of file systems that it mounts."""

from __future__ import annotations

import contextlib
import os
import uuid
from copy import copy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from model_registry.exceptions import InvalidArgumentError, StorageError, StorageNotFoundError
from model_registry.types.arguments import checked_path

from .paths import walk
from .protocol import CHUNK, LocalFile, StoredFile
from .schemes import scheme_of

if TYPE_CHECKING:
    from pathlib import Path

    from .allow import Allow
    from .protocol import IncomingFile
    from .transfer import Transfer


class FileStore:
    """Store files at plain paths and `file:` URIs."""

    _allow: Allow | None = None

    def for_entry(self, allow: Allow | None) -> FileStore:
        """Return the store for the path of an entry of a registry.

        Args:
            allow: Folders that may be read; `None` for all.
        """
        limited = copy(self)
        limited.__dict__["_allow"] = allow
        return limited

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the file, or all files below the folder."""
        root = self._readable(uri)
        single = root.is_file()
        found = [_stored(path, place, single=single) for path, place in walk(root)]
        if not found:
            raise StorageNotFoundError(f"The folder {root} is empty.")
        return found

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Copy files. A file gets its final name when it is complete."""
        root = path_of(uri)
        for each in files:
            existing = root / each.path if each.path else root
            if existing.exists() and not (existing.is_file() or existing.is_dir()):
                raise StorageError(f"{existing} is a device or a pipe, not a file. Choose another location.")

        def copy(file: LocalFile) -> None:
            place = root / file.path if file.path else root
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.parent / f".{uuid.uuid4().hex}.partial"
            try:
                with temporary.open("xb") as target:
                    for chunk in file.chunks(CHUNK):
                        target.write(chunk)
                        transfer.advance(len(chunk))
                temporary.replace(place)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    temporary.unlink()
                raise
            transfer.advance(0, files=1)

        transfer.each(copy, files)
        return root.absolute().as_uri()

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Copy one file, or the missing rest of it."""
        root = self._readable(uri)
        place = root if file.single else root / file.path
        with place.open("rb") as source:
            if _version(os.fstat(source.fileno())) != file.version:
                raise StorageError(f"{place} changed during the download. Try again.")
            source.seek(target.offset)
            while chunk := source.read(CHUNK):
                transfer.check()
                target.write(chunk)

    def _readable(self, uri: str) -> Path:
        root = path_of(uri)
        if self._allow is not None:
            self._allow.check_path(root)
        return root


def path_of(uri: str) -> Path:
    """Return the path that a `file:` URI or a path names.

    Raises:
        InvalidArgumentError: The URI names another machine, has a query or fragment, or cannot be a path.

    Example:
        >>> from model_registry.storage.local import path_of
        >>> path_of("file:///models/fraud%20v1").as_posix()
        '/models/fraud v1'
    """
    if not scheme_of(uri):
        return checked_path("the location", uri)
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost") or parts.query or parts.fragment or not parts.path:
        raise InvalidArgumentError(
            f"{uri!r} must be file:///path, without host, query or fragment (write ? as %3F, # as %23)"
        )
    return checked_path("the location", url2pathname(parts.path))


def _stored(path: str, place: Path, *, single: bool) -> StoredFile:
    state = place.stat()
    return StoredFile(path, state.st_size, version=_version(state), single=single)


def _version(state: os.stat_result) -> str:
    return f"{state.st_size}-{state.st_mtime_ns}-{state.st_ino}"
