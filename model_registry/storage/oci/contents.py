"""Which files a tag or digest holds, and how their bytes are read."""

from __future__ import annotations

import tempfile
import threading
import weakref
import zlib
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.protocol import CHUNK, StoredFile

from .documents import CONFIG, INDEX, SINGLE, TITLE, Descriptor, parse
from .layers import FOLDER
from .toc import read_table
from .unpacking import FileTree, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.storage.transfer import Transfer

    from .documents import Document
    from .repository import Repository

_MOST_CONFIG_BYTES = 32 * 1024 * 1024
_UNPACK = "io.deis.oras.content.unpack"
_SMALL = 256 * 1024
_BLOCK = 2 * 1024 * 1024
_BLOCKS = 8


@dataclass(frozen=True)
class FileLocation:
    """Where a file's bytes are.

    Attributes:
        file: The file.
        blob: The layer.
        offset: First byte in the layer, once that is unpacked.
    """

    file: StoredFile
    blob: Descriptor
    offset: int

    @property
    def compressed(self) -> bool:
        """Whether the layer must be unpacked to be read."""
        return self.blob.media_type.endswith(("gzip", "zstd"))

    @property
    def small(self) -> bool:
        """Whether it is read together with its neighbours."""
        size = self.file.size or 0
        return not self.compressed and size <= _SMALL and self.blob.size > size


def locate_files(repository: Repository, target: str) -> list[FileLocation]:
    """Find the files of a model: those below `/models` of an image, or those of an artifact.

    Images that others made must be read to the end for it.

    Args:
        repository: Where it is.
        target: Tag or digest.

    Raises:
        StorageNotFoundError: There are none.
    """
    manifest = _for_one_machine(repository, repository.manifest(target))
    layers = manifest.descriptors("layers")
    if manifest.config.media_type == CONFIG:
        found = _in_image(repository, manifest, layers)
    else:
        found = [place for layer in layers for place in _in_artifact(repository, layer)]
    if not found:
        raise StorageNotFoundError(f"{repository.reference} holds no files of a model (none in /{FOLDER}).")
    if manifest.annotation(SINGLE) == "true" and len(found) == 1:
        found = [replace(place, file=replace(place.file, single=True)) for place in found]
    return [_grouped(place) if place.small else place for place in found]


def _grouped(place: FileLocation) -> FileLocation:
    return replace(place, file=replace(place.file, group=(place.blob.digest, place.offset)))


def _for_one_machine(repository: Repository, top: Document) -> Document:
    """Choose from an index; the files are the same for every machine."""
    if top.media_type != INDEX:
        return top
    runs = [each for each in top.descriptors("manifests") if each.platform.get("os") != "unknown"]
    runs.sort(key=lambda each: each.platform.get("architecture") != "amd64")
    if not runs:
        raise StorageNotFoundError(f"{repository.reference} is an index of nothing.")
    return repository.manifest(runs[0].digest)


def _in_image(repository: Repository, manifest: Document, layers: list[Descriptor]) -> list[FileLocation]:
    config = parse(repository.read_all(manifest.config.digest, _MOST_CONFIG_BYTES))
    listed = read_table(config, len(layers))
    if listed is not None:
        return [FileLocation(each.file, layers[each.layer], each.offset) for each in listed]
    tree = FileTree(FOLDER)
    for number, layer in enumerate(layers):
        tree.add(number, repository.read(layer.digest, 0, layer.size), layer.digest)
    return [FileLocation(file, layers[member.layer], member.offset) for file, member in tree.files()]


def _in_artifact(repository: Repository, layer: Descriptor) -> list[FileLocation]:
    if layer.annotations.get(_UNPACK) == "true":  # a folder, pushed by ORAS
        tree = FileTree("")
        tree.add(0, repository.read(layer.digest, 0, layer.size), layer.digest)
        return [FileLocation(file, layer, member.offset) for file, member in tree.files()]
    title = layer.annotations.get(TITLE)
    return [FileLocation(StoredFile(title, layer.size, layer.digest), layer, 0)] if title else []


@dataclass
class _Shared:
    """Something that one thread fetches and others use."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    data: bytes | None = None
    spool: IO[bytes] | None = None


class Contents:
    """The files of a tag or digest.

    Args:
        repository: Where they are.
        places: The files.
    """

    def __init__(self, repository: Repository, places: list[FileLocation]) -> None:
        self.places = {place.file.path: place for place in places}
        self._repository = repository
        self._lock = threading.Lock()
        self._blocks: OrderedDict[tuple[str, int], _Shared] = OrderedDict()
        self._spools: dict[str, _Shared] = {}
        self._files_left = Counter(place.blob.digest for place in places if place.file.size)

    def read(self, place: FileLocation, start: int, transfer: Transfer) -> Iterator[bytes]:
        """Read a file.

        Args:
            place: Which one.
            start: First byte wanted.
            transfer: What may be stopped.
        """
        blob, size = place.blob, place.file.size or 0
        first, end = place.offset + start, place.offset + size
        if place.compressed:
            return self._unpacked(blob, first, end)
        if place.small:
            return self._from_blocks(blob, first, end, max(_BLOCKS, transfer.concurrency))
        return self._repository.read(blob.digest, first, end, transfer)

    def _from_blocks(self, blob: Descriptor, start: int, end: int, most: int) -> Iterator[bytes]:
        """Read a small file with its neighbours, which somebody is going to want as well."""
        while start < end:
            number, skipped = divmod(start, _BLOCK)
            piece = self._block(blob, number, most)[skipped : skipped + end - start]
            yield piece
            start += len(piece)

    def _block(self, blob: Descriptor, number: int, most: int) -> bytes:
        with self._lock:
            kept = self._blocks.setdefault((blob.digest, number), _Shared())
            self._blocks.move_to_end((blob.digest, number))
            if len(self._blocks) > most:
                self._blocks.popitem(last=False)
        with kept.lock:
            if kept.data is None:
                end = min(blob.size, (number + 1) * _BLOCK)
                kept.data = b"".join(self._repository.read(blob.digest, number * _BLOCK, end))
                if not kept.data:
                    raise IntegrityError(f"The layer {blob.digest} ends before the files in it.")
            return kept.data

    def _unpacked(self, blob: Descriptor, start: int, end: int) -> Iterator[bytes]:
        """Read from a compressed layer; one with several files is unpacked once, to a temporary file."""
        if self._files_left[blob.digest] <= 1 and blob.digest not in self._spools:
            yield from _cut(self._stream(blob), start, end)
            return
        with self._lock:
            kept = self._spools.setdefault(blob.digest, _Shared())
        while start < end:
            with kept.lock:
                if kept.spool is None or kept.spool.closed:
                    kept.spool = self._spool(blob)
                    weakref.finalize(self, kept.spool.close)  # should nobody fetch the last file
                kept.spool.seek(start)
                chunk = kept.spool.read(min(CHUNK, end - start))
            if not chunk:
                raise IntegrityError(f"The layer {blob.digest} ends before the files in it.")
            yield chunk
            start += len(chunk)
        self._release(blob, kept)

    def _release(self, blob: Descriptor, kept: _Shared) -> None:
        """Give the disk back after the last file of a layer."""
        with self._lock:
            self._files_left[blob.digest] -= 1
            if self._files_left[blob.digest] > 0 or kept.spool is None:
                return
            self._spools.pop(blob.digest, None)
        with kept.lock:
            kept.spool.close()

    def _stream(self, blob: Descriptor) -> Iterator[bytes]:
        try:
            yield from unpacked(self._repository.read(blob.digest, 0, blob.size))
        except (zlib.error, EOFError) as error:
            raise IntegrityError(f"The layer {blob.digest} cannot be unpacked: {error}.") from None

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


def _cut(chunks: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """Give what is from one place to another."""
    place = 0
    for chunk in chunks:
        piece = chunk[max(0, start - place) : max(0, end - place)]
        place += len(chunk)
        if piece:
            yield piece
        if place >= end:
            break
