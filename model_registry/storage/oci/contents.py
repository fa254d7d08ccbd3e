"""Read the bytes of files in the layers of an image or artifact."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from model_registry.exceptions import IntegrityError, StorageError
from model_registry.storage.protocol import CHUNK

from .compression import DamagedError, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from model_registry.storage.transfer import Transfer

    from .documents import Descriptor
    from .locations import FileLocation
    from .repository import Repository

_BLOCK = 4 * 1024 * 1024
_BLOCKS = 8


@dataclass
class _Shared:
    """Data that one thread fetches and others use."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    data: bytes | None = None
    next_started: bool = False
    spool: IO[bytes] | None = None


class Contents:
    """The files of a tag or digest.

    Args:
        repository: The repository.
        locations: The files.
    """

    def __init__(self, repository: Repository, locations: Sequence[FileLocation]) -> None:
        self.locations = {location.file.path: location for location in locations}
        self._repository = repository
        self._lock = threading.Lock()
        self._blocks: OrderedDict[tuple[str, int], _Shared] = OrderedDict()
        self._spools: dict[str, _Shared] = {}
        self._needed = {
            (location.blob.digest, number)
            for location in locations
            if location.small
            for number in _blocks_of(location.offset, location.file.size or 0)
        }
        self._files_left = Counter(location.blob.digest for location in locations if location.file.size)

    def read(self, location: FileLocation, start: int, transfer: Transfer) -> Iterator[bytes]:
        """Read a file.

        Args:
            location: The file.
            start: First byte to read.
            transfer: Stopping it ends the retries.
        """
        blob, size = location.blob, location.file.size or 0
        first, end = location.offset + start, location.offset + size
        if location.compressed:
            return self._unpacked(blob, first, end)
        if location.small:
            return self._from_blocks(blob, first, end, max(_BLOCKS, transfer.concurrency))
        return self._repository.read(blob.digest, first, end, transfer)

    def _from_blocks(self, blob: Descriptor, start: int, end: int, most: int) -> Iterator[bytes]:
        """Read a small file from blocks, which contain its neighbours, too."""
        while start < end:
            number, skipped = divmod(start, _BLOCK)
            piece = self._block(blob, number, most)[skipped : skipped + end - start]
            if not piece:
                raise IntegrityError(f"The layer {blob.digest} ends before the files in it.")
            yield piece
            start += len(piece)

    def _block(self, blob: Descriptor, number: int, most: int) -> bytes:
        """Return a block. While it is used, a thread fetches the next one."""
        shared = self._shared_block(blob, number, most)
        with shared.lock:
            if shared.data is None:
                shared.data = self._fetched(blob, number)
            data, started, shared.next_started = shared.data, shared.next_started, True
        if not started and (blob.digest, number + 1) in self._needed:
            following = self._shared_block(blob, number + 1, most)
            threading.Thread(
                target=self._fetch_ahead,
                args=(blob, number + 1, following),
                name="model-registry-ahead",
                daemon=True,  # a program need not wait for it
            ).start()
        return data

    def _fetch_ahead(self, blob: Descriptor, number: int, shared: _Shared) -> None:
        with shared.lock, suppress(StorageError):  # the reader of the block will get the error
            if shared.data is None:
                shared.data = self._fetched(blob, number)

    def _fetched(self, blob: Descriptor, number: int) -> bytes:
        end = min(blob.size, (number + 1) * _BLOCK)
        data = b"".join(self._repository.read(blob.digest, number * _BLOCK, end))
        if not data:
            raise IntegrityError(f"The layer {blob.digest} ends before the files in it.")
        return data

    def _shared_block(self, blob: Descriptor, number: int, most: int) -> _Shared:
        with self._lock:
            shared = self._blocks.setdefault((blob.digest, number), _Shared())
            self._blocks.move_to_end((blob.digest, number))
            if len(self._blocks) > most:
                self._blocks.popitem(last=False)
            return shared

    def _unpacked(self, blob: Descriptor, start: int, end: int) -> Iterator[bytes]:
        """Read from a compressed layer. If it has several files, it is unpacked once to a temporary file."""
        if self._files_left[blob.digest] <= 1 and blob.digest not in self._spools:
            yield from _cut(self._stream(blob), start, end)
            return
        with self._lock:
            shared = self._spools.setdefault(blob.digest, _Shared())
        while start < end:
            with shared.lock:
                if shared.spool is None or shared.spool.closed:
                    shared.spool = self._spool(blob)
                    weakref.finalize(self, shared.spool.close)  # if the last file is never fetched
                shared.spool.seek(start)
                chunk = shared.spool.read(min(CHUNK, end - start))
            if not chunk:
                raise IntegrityError(f"The layer {blob.digest} ends before the files in it.")
            yield chunk
            start += len(chunk)
        self._release(blob, shared)

    def _release(self, blob: Descriptor, shared: _Shared) -> None:
        """Remove the temporary file after the last file of a layer."""
        with self._lock:
            self._files_left[blob.digest] -= 1
            if self._files_left[blob.digest] > 0 or shared.spool is None:
                return
            self._spools.pop(blob.digest, None)
        with shared.lock:
            shared.spool.close()

    def _stream(self, blob: Descriptor) -> Iterator[bytes]:
        try:
            yield from unpacked(self._repository.read(blob.digest, 0, blob.size))[0]
        except DamagedError as error:
            raise IntegrityError(f"The layer {blob.digest} cannot be decompressed: {error}.") from None

    def _spool(self, blob: Descriptor) -> IO[bytes]:
        spool = tempfile.TemporaryFile(prefix="model-registry-")  # noqa: SIM115  # closed after the last file
        try:
            for chunk in self._stream(blob):
                spool.write(chunk)
        except OSError as error:
            spool.close()
            if isinstance(error, StorageError):
                raise
            raise StorageError(
                f"A compressed layer cannot be unpacked to {tempfile.gettempdir()}: "
                f"{error.strerror or error}. TMPDIR= names another folder with more room."
            ) from None
        return spool


def _blocks_of(offset: int, size: int) -> range:
    return range(offset // _BLOCK, (offset + size - 1) // _BLOCK + 1)


def _cut(chunks: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """Return the bytes between two offsets."""
    location = 0
    for chunk in chunks:
        piece = chunk[max(0, start - location) : max(0, end - location)]
        location += len(chunk)
        if piece:
            yield piece
        if location >= end:
            break
