"""List the files in the layers of images that other tools created."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from model_registry.exceptions import IntegrityError, StorageError
from model_registry.storage.protocol import CHUNK

from .compression import DamagedError, unpacked
from .documents import hash_for
from .layer_tree import Folder, LayerTree, Link, Member, Unusable
from .layers import DELETED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .layer_tree import Node

_EMPTIED = ".wh..wh..opq"
_MOST_ENTRIES = 150_000
"""In all layers. They take about 90 MiB of memory."""
_MOST_NAME = 4096
_MOST_NAMES = 32 * 1024 * 1024
"""Length of all names together."""
_MOST_HEADER_BYTES = 1024 * 1024
_HEADERS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)
"""Types of entries that the library reads into memory as a whole."""
_BUFFER = 64 * 1024


class BoundedEntry(tarfile.TarInfo):
    """An entry of an archive, whose header may not fill the memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > _MOST_HEADER_BYTES:
            raise StorageError(
                f"A header in the archive has {self.size:,} bytes; {_MOST_HEADER_BYTES:,} are allowed."
            )
        proceed = cast("Callable[[tarfile.TarFile], tarfile.TarInfo]", getattr(super(), "_proc_member"))  # noqa: B009
        return proceed(archive)


@dataclass(frozen=True)
class _HardLink:
    """Another name of a file.

    Attributes:
        target: Path of the file.
        below: What this path names in the layers below.
    """

    target: list[str]
    below: Node | None


class FileTree:
    """The files below one folder of an image, merged from its layers.

    Args:
        folder: The folder; other files are ignored. Empty for an archive that is no layer of an image: it
            has no deletions.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._tree = LayerTree()
        self._entries = 0
        self._name_length = 0

    def add(self, number: int, chunks: Iterator[bytes], digest: str) -> None:
        """Add a layer on top.

        Args:
            number: Its number.
            chunks: Its bytes, perhaps compressed.
            digest: Their expected digest.

        Raises:
            IntegrityError: The digest is different, or they are not an archive.
            StorageError: An entry leads out of the image.
        """
        raw = HashingIterator(chunks, digest)
        content, compressed = unpacked(raw)
        deleted: list[list[str]] = []
        added: list[tuple[list[str], Node | _HardLink]] = []
        try:
            with tarfile.open(
                fileobj=cast("IO[bytes]", ChunkStream(content)),
                mode="r|",
                bufsize=_BUFFER,
                tarinfo=BoundedEntry,
            ) as archive:
                for entry in archive:
                    self._count(entry)
                    path = _names(entry.name)
                    if self._folder and path and path[-1].startswith(DELETED):
                        deleted.append(path)
                    elif entry.islnk():
                        target = _names(entry.linkname)
                        added.append((path, _HardLink(target, self._tree.find(target))))
                    else:
                        added.append((path, _node(number, archive, entry, compressed=compressed)))
                    archive.members = []  # type: ignore[attr-defined]  # which it would keep
        except StorageError:
            raise
        except (tarfile.TarError, DamagedError, RecursionError, ValueError, OverflowError) as error:
            raw.check()
            raise IntegrityError(f"The layer {digest} is not a readable archive: {error}.") from None
        raw.check()
        for path in deleted:  # first, because deletions concern the layers below only
            self._delete(path)
        for path, node in added:
            self._tree.add(path, self._linked(path, node) if isinstance(node, _HardLink) else node)

    def _count(self, entry: tarfile.TarInfo) -> None:
        self._entries += 1
        self._name_length += len(entry.name) + len(entry.linkname)
        if self._entries > _MOST_ENTRIES:
            raise StorageError(f"The image has more than {_MOST_ENTRIES:,} entries.")
        if self._name_length > _MOST_NAMES:
            raise StorageError(
                f"The names of the entries in the image are longer than {_MOST_NAMES:,} in all."
            )

    def _delete(self, path: list[str]) -> None:
        if path[-1] == _EMPTIED:
            self._tree.clear(path[:-1])
        else:
            self._tree.remove([*path[:-1], path[-1].removeprefix(DELETED)])

    def _linked(self, path: list[str], link: _HardLink) -> Node:
        """Return the file of a hard link."""
        inside = not self._folder or link.target[:1] == path[:1] or path[:1] != [self._folder]
        found = (self._tree.find(link.target) or link.below) if inside else None
        if found is None or isinstance(found, Folder):
            name, target = "/".join(path), "/".join(link.target)
            return Unusable(f"{name!r} in the image is a link to {target!r}, which is no file of the model.")
        return found

    def files(self) -> list[tuple[str, Member]]:
        """Return the files with their paths. A link counts as the file or folder that it names.

        Raises:
            StorageError: A link leads out of the folder, or an entry has an unsupported type.
        """
        found = self._tree.files([self._folder] if self._folder else [])
        return sorted(found, key=lambda each: each[0].encode())


def _names(name: str) -> list[str]:
    """Return the names in the path of an entry."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise StorageError(f"The image has an entry whose name is not Unicode: {name!r}.") from None
    if len(name) > _MOST_NAME:
        raise StorageError(f"The image has an entry whose name is longer than {_MOST_NAME}: {name[:80]!r}.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise StorageError(f"The image has an entry that leads out of it: {name!r}. Nothing of it is used.")
    return parts


def _node(number: int, archive: tarfile.TarFile, entry: tarfile.TarInfo, *, compressed: bool) -> Node:
    """Return the node for an entry."""
    if entry.isdir():
        return Folder()
    if entry.issym():
        return Link(entry.linkname[: _MOST_NAME + 1])
    if entry.isreg() and not entry.issparse():
        if entry.size < 0:
            raise ValueError(f"{entry.name[:80]!r} has a negative size")
        return Member(number, entry.offset_data, entry.size, _digest(archive, entry), compressed)
    return Unusable(f"{entry.name!r} in the image is neither a plain file, a folder nor a link.")


class HashingIterator:
    """Pass chunks through and compute their digest.

    Args:
        chunks: The chunks.
        digest: Their expected digest.
    """

    def __init__(self, chunks: Iterator[bytes], digest: str) -> None:
        self._chunks = chunks
        self._digest = digest
        self._taken = hash_for(digest)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._taken.update(chunk)
        return chunk

    def check(self) -> None:
        """Read the remaining chunks, and check the digest.

        Raises:
            IntegrityError: The digest is different.
        """
        for _ in self:
            pass
        if not self._digest.endswith(":" + self._taken.hexdigest()):
            raise IntegrityError(f"The layer {self._digest} does not match its digest: it is damaged.")


class ChunkStream:
    """Chunks as a file that is read from start to end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._current = b""
        self._place = 0

    def read(self, size: int) -> bytes:
        """Read bytes; fewer only at the end."""
        taken = bytearray()
        while len(taken) < size:
            if self._place == len(self._current):
                self._current, self._place = next(self._chunks, b""), 0
                if not self._current:
                    break
            piece = self._current[self._place : self._place + size - len(taken)]
            self._place += len(piece)
            taken += piece
        return bytes(taken)


def _digest(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    taken = hashlib.sha256()
    file = archive.extractfile(entry)
    while file is not None and (chunk := file.read(CHUNK)):
        taken.update(chunk)
    return "sha256:" + taken.hexdigest()
