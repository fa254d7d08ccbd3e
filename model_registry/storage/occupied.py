"""Check that an upload does not replace other files."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from model_registry.exceptions import StorageAccessError, StorageExistsError, StorageNotFoundError

from .paths import walk
from .protocol import CHUNK, LocalFile
from .schemes import redact, store_for
from .transfer import Transfer
from .uploading import names_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from .protocol import Store, StoredFile


def refuse_other_files(
    path: str | os.PathLike[str], uri: str, *, store: Store | None = None, ignore: Sequence[str] = ()
) -> None:
    """Check that the target of an upload holds no files but those to upload.

    Files whose digest the store does not know are read if their size is the same. A store that refuses to
    list its files cannot be checked.

    Args:
        path: The file or folder to upload.
        uri: The target.
        store: Store to use; by default the one of `store_for`.
        ignore: Paths at the target that may have any content.

    Raises:
        StorageExistsError: The target holds other files.
        StorageError: The target cannot be read.
    """
    store = store or store_for(uri)
    try:
        existing = [file for file in store.list_files(uri) if file.path not in ignore]
    except (StorageNotFoundError, StorageAccessError):
        return
    source = Path(path)
    single = source.is_file() and not names_folder(uri)
    given = dict(walk(source))
    for file in existing:
        local = source if single and file.single else given.get(file.path)
        if local is None or file.single != single or not _is_same(store, uri, file, local):
            raise StorageExistsError(
                f"{redact(uri)} holds another {file.path!r} than the files to upload, and nothing was "
                "uploaded. Use a location per version, such as to='.../{model}/{version}', or give "
                "replace=True to replace its files."
            )


def _is_same(store: Store, uri: str, file: StoredFile, local: Path) -> bool:
    if file.size is not None and file.size != local.stat().st_size:
        return False
    return (file.digest or _read_digest(store, uri, file)) == LocalFile(local, "").digest


def _read_digest(store: Store, uri: str, file: StoredFile) -> str:
    with tempfile.TemporaryFile() as content:
        store.get(uri, file, _Target(cast("BinaryIO", content)), Transfer())
        content.seek(0)
        read = hashlib.sha256()
        while chunk := content.read(CHUNK):
            read.update(chunk)
    return f"sha256:{read.hexdigest()}"


class _Target:
    """A file in a temporary folder. See `IncomingFile`."""

    offset = 0

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._lock = threading.Lock()
        self._end = 0

    def gaps(self, size: int) -> list[range]:
        return [range(self._end, size)]

    def write(self, chunk: bytes | memoryview) -> None:
        self.write_at(self._end, chunk)
        self._end += len(chunk)

    def write_at(self, offset: int, chunk: bytes | memoryview) -> None:
        with self._lock:
            self._content.seek(offset)
            self._content.write(chunk)

    def restart(self) -> None:
        with self._lock:
            self._content.truncate(0)
            self._end = 0
