"""Reading what a URI names without keeping it: as a stream, or for its digest."""

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
from model_registry.storage.paths import walk
from model_registry.storage.protocol import CHUNK, LocalFile
from model_registry.storage.schemes import redact, scheme_of, store_for
from model_registry.storage.transfer import Transfer

from .download import list_files
from .partial_file import PartialFile

if TYPE_CHECKING:
    import os

    from typing_extensions import Buffer

    from model_registry.storage.protocol import Store, StoredFile


def digest(path_or_uri: str | os.PathLike[str], *, store: Store | None = None, concurrency: int = 8) -> str:
    """Take the digest of a file or folder, as `upload` and `download` do.

    That of a folder is the SHA-256 of the lines that `sha256sum` prints for its files, sorted by path. Where
    a store does not know the digests, the files are read, one after the other through a temporary file.

    Args:
        path_or_uri: The file or folder.
        store: Where it is; by default what `store_for` gives.
        concurrency: How many files, or parts of files, are read at once.

    Returns:
        `sha256:` and 64 hexadecimal digits.

    Raises:
        StorageNotFoundError: There is nothing.
        StorageError: It cannot be read.

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
            return _local_digest(path_of(uri), transfer)
        store = store or store_for(uri)
        files = list_files(uri, store=store)
        digests = {file.path: file.digest or _fetched_digest(uri, file, store, transfer) for file in files}
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{redact(uri)} could not be read: {error}.") from error
    return whole_digest(digests, single=files[0].single)


def open(  # noqa: A001  # what it is called as `storage.open`
    uri: str, path: str | None = None, *, store: Store | None = None, expected: str | None = None
) -> BinaryIO:
    """Open one file for reading while it is being fetched.

    It may be read from any place and in any order: the bytes are in a temporary file, which closing removes.
    The last byte is given out only when all are there and verified.

    Args:
        uri: URI or path of the file, or of a folder.
        path: Which file of the folder.
        store: Where it is; by default what `store_for` gives.
        expected: Digest that the file must have.

    Returns:
        The file, open for reading.

    Raises:
        StorageNotFoundError: There is no such file.
        InvalidArgumentError: There are several files, and `path` says not which.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> with storage.open("fraud.onnx") as file:
        ...     file.read(3)
        b'wei'
    """
    wanted = None if expected is None else read_digest(expected, "expected")
    store = store or store_for(uri)
    files = list_files(uri, store=store)
    if path is None and len(files) > 1:
        raise InvalidArgumentError(
            f"{redact(uri)} holds {len(files)} files: give path=, such as {files[0].path!r}"
        )
    for file in files:
        if path in (None, file.path):
            raw = _FetchedFile(uri, file, store, [each for each in (wanted, file.digest) if each])
            return cast("BinaryIO", io.BufferedReader(raw, CHUNK))
    raise StorageNotFoundError(f"There is no file {path!r} in {redact(uri)}.")


def _local_digest(root: Path, transfer: Transfer) -> str:
    files = [LocalFile(place, path) for path, place in walk(root)]
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
    """A file that a thread fetches into a temporary one, and that is read meanwhile."""

    def __init__(self, uri: str, file: StoredFile, store: Store, wanted: list[str]) -> None:
        super().__init__()
        self._file = file
        self._wanted = wanted
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
            if any(each != digest for each in self._wanted):
                raise IntegrityError(  # noqa: TRY301
                    f"{self._file.path} of {redact(uri)} is not what was expected: its digest is {digest}, "
                    f"not {self._wanted[0]}. Use nothing of what was read."
                )
        except BaseException as error:  # noqa: BLE001  # raised by whoever reads
            self._failure = error
        finally:
            self._done.set()
            self._partial.wake()

    def _wait_for(self, size: int | None) -> int:
        """Wait until so many bytes, or all, may be given out; give how many may."""
        ready = self._partial.wait(lambda end: self._done.is_set() or (size is not None and end > size))
        if isinstance(self._failure, OSError) and not isinstance(self._failure, StorageError):
            raise StorageError(f"{self._file.path} could not be read: {self._failure}.") from self._failure
        if self._failure is not None:
            raise self._failure
        return ready if self._done.is_set() else ready - 1
