"""Read what a URI names without storing it: as a stream, or to compute its digest."""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from model_registry.exceptions import IntegrityError, InvalidArgumentError, StorageError, StorageNotFoundError
from model_registry.storage.digests import read_digest, whole_digest
from model_registry.storage.local import path_of
from model_registry.storage.paths import is_ignored, walk
from model_registry.storage.protocol import CHUNK, LocalFile
from model_registry.storage.schemes import as_uri, redact, scheme_of, store_for
from model_registry.storage.transfer import Transfer

from .download import list_files
from .partial_file import PartialFile

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from typing_extensions import Buffer

    from model_registry.storage.protocol import Store, StoredFile


def digest(
    path_or_uri: str | os.PathLike[str],
    *,
    store: Store | None = None,
    concurrency: int = 8,
    ignore: Sequence[str] = (),
) -> str:
    """Return the digest of a file or folder, as `upload` and `download` compute it.

    The digest of a folder is the SHA-256 of the lines that `sha256sum` prints for its files, sorted by path.
    If the store does not know the digests, each file is read through a temporary file.

    Args:
        path_or_uri: The file or folder.
        store: Store to use; by default the one of `store_for`.
        concurrency: Maximum number of files, or parts of files, read at once.
        ignore: Shell patterns for names, or for paths below the folder, to leave out.

    Returns:
        `sha256:` and 64 hexadecimal digits.

    Raises:
        StorageNotFoundError: The URI names nothing.
        StorageError: The files cannot be read.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> storage.digest("fraud.onnx")
        'sha256:9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c'
    """
    uri = str(path_or_uri)
    transfer = Transfer(concurrency=concurrency)
    try:
        if store is None and scheme_of(uri) in ("", "file"):
            return _local_digest(path_of(uri), ignore, transfer)
        store = store or store_for(uri)
        files = [file for file in list_files(uri, store=store) if not is_ignored(file.path, ignore)]
        digests = {file.path: file.digest or _fetched_digest(uri, file, store, transfer) for file in files}
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{redact(uri)} cannot be read: {error}.") from error
    if not digests:
        raise StorageNotFoundError(f"{redact(uri)} contains no files that are not ignored.")
    return whole_digest(digests, single=files[0].single)


def open(  # noqa: A001  # what it is called as `storage.open`
    uri: str | os.PathLike[str],
    path: str | None = None,
    *,
    store: Store | None = None,
    expected: str | None = None,
) -> BinaryIO:
    """Open a file for reading while it is being downloaded.

    It can be read in any order: the bytes are in a temporary file, which closing removes. The last byte is
    returned only when the file is complete and verified.

    Args:
        uri: URI or path of the file, or of a folder.
        path: Path of the file in the folder.
        store: Store to use; by default the one of `store_for`.
        expected: Digest that the file must have.

    Returns:
        The file, open for reading.

    Raises:
        StorageNotFoundError: The file does not exist.
        InvalidArgumentError: There are several files, and `path` is not given.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> with storage.open("fraud.onnx") as file:
        ...     file.read(3)
        b'wei'
    """
    digest = None if expected is None else read_digest(expected, "expected")
    uri = as_uri(uri)
    store = store or store_for(uri)
    files = list_files(uri, store=store)
    if path is None and len(files) > 1:
        raise InvalidArgumentError(
            f"{redact(uri)} contains {len(files)} files. Give path=, such as {files[0].path!r}"
        )
    for file in files:
        if path in (None, file.path):
            raw = _FetchedFile(uri, file, store, [each for each in (digest, file.digest) if each])
            return cast("BinaryIO", io.BufferedReader(raw, CHUNK))
    raise StorageNotFoundError(f"{redact(uri)} contains no file {path!r}.")


def _local_digest(root: Path, ignore: Sequence[str], transfer: Transfer) -> str:
    files = [LocalFile(place, path) for path, place in walk(root, ignore)]
    if not files:
        raise StorageNotFoundError(f"The folder {root} is empty.")
    digests = transfer.each(lambda file: file.digest, files)
    by_path = {file.path: digest for file, digest in zip(files, digests, strict=True)}
    return whole_digest(by_path, single=root.is_file())


def _fetched_digest(uri: str, file: StoredFile, store: Store, transfer: Transfer) -> str:
    with tempfile.TemporaryDirectory(prefix="model-registry-") as folder:
        place = Path(folder)
        with PartialFile(place / "file", place / "note", transfer, file.size) as partial:
            store.get(uri, file, partial, transfer)
            return partial.finish()


class _FetchedFile(io.RawIOBase):
    """A file that a thread downloads to a temporary file while it is being read."""

    def __init__(self, uri: str, file: StoredFile, store: Store, expected: list[str]) -> None:
        super().__init__()
        self._file = file
        self._expected = expected
        self._position = 0
        self._failure: BaseException | None = None
        self._done = threading.Event()
        self._transfer = Transfer()
        self._folder = Path(tempfile.mkdtemp(prefix="model-registry-"))
        self._partial = PartialFile(self._folder / "file", self._folder / "note", self._transfer, file.size)
        self._reading = (self._folder / "file").open("rb", buffering=0)
        self._thread = threading.Thread(
            target=self._fetch, args=(uri, store), name="model-registry-open", daemon=True
        )
        self._thread.start()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        ready = self._wait_for(self._position + 1)
        self._reading.seek(self._position)
        got = self._reading.readinto(view[: max(0, ready - self._position)])
        self._position += got
        return got

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence)
        if start is None:
            start = self._file.size if self._file.size is not None else self._wait_for(None)
        if start + offset < 0:
            raise ValueError(f"negative position {start + offset}")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        if not self.closed:
            self._transfer.stop()
            self._thread.join()
            self._reading.close()
            shutil.rmtree(self._folder, ignore_errors=True)
        super().close()

    def _fetch(self, uri: str, store: Store) -> None:
        try:
            with self._partial as partial:
                if self._file.size != 0:
                    store.get(uri, self._file, partial, self._transfer)
                digest = partial.finish()
            if any(each != digest for each in self._expected):
                raise IntegrityError(  # noqa: TRY301
                    f"{self._file.path} of {redact(uri)} does not have the expected digest: it is {digest}, "
                    f"not {self._expected[0]}. Discard what you read."
                )
        except BaseException as error:  # noqa: BLE001  # raised by the next read
            self._failure = error
        finally:
            self._done.set()
            self._partial.wake()

    def _wait_for(self, size: int | None) -> int:
        """Wait until so many bytes, or all, may be read. Return how many may."""
        ready = self._partial.wait(lambda end: self._done.is_set() or (size is not None and end > size))
        if isinstance(self._failure, OSError) and not isinstance(self._failure, StorageError):
            raise StorageError(f"{self._file.path} cannot be read: {self._failure}.") from self._failure
        if self._failure is not None:
            raise self._failure
        return ready if self._done.is_set() else ready - 1
