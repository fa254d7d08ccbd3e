"""List the files in the layers of images that other tools created."""

from __future__ import annotations

import hashlib
import itertools
import posixpath
import tarfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from model_registry.exceptions import IntegrityError, StorageError
from model_registry.storage.protocol import CHUNK, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_GZIP_HEADER = 16 + zlib.MAX_WBITS
_DELETED = ".wh."
_EMPTIED = ".wh..wh..opq"
_MOST_LINKS = 40
_MOST_ENTRIES = 1_000_000
_MOST_NAME = 4096
_MOST_HEADER_BYTES = 1024 * 1024
_MOST_UNPACKED = 1024 * 1024 * 1024  # from here on, the ratio counts
_MOST_RATIO = 300
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


@dataclass(frozen=True)
class Member:
    """A file in a layer, or a link to one.

    Attributes:
        layer: Number of the layer.
        offset: Offset of its first byte in the unpacked archive.
        size: Size in bytes.
        digest: `sha256:…`.
        link: Target path of a link, which has no other values.
        compressed: Whether the bytes of the layer are compressed, whatever its media type says.
    """

    layer: int
    offset: int = 0
    size: int = 0
    digest: str = ""
    link: str | None = None
    compressed: bool = False


class BoundedEntry(tarfile.TarInfo):
    """An entry of an archive, whose header may not fill the memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > _MOST_HEADER_BYTES:
            raise StorageError(
                f"A header in the archive has {self.size:,} bytes; {_MOST_HEADER_BYTES:,} are allowed."
            )
        proceed = cast("Callable[[tarfile.TarFile], tarfile.TarInfo]", getattr(super(), "_proc_member"))  # noqa: B009
        return proceed(archive)


class FileTree:
    """The files below one folder of an image, merged from its layers.

    Args:
        folder: The folder; other files are ignored. Empty for all.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._members: dict[str, Member] = {}

    def add(self, number: int, chunks: Iterator[bytes], digest: str) -> None:
        """Add a layer on top.

        Args:
            number: Its number.
            chunks: Its bytes, perhaps compressed.
            digest: Their expected digest.

        Raises:
            IntegrityError: The digest is different, or they are not an archive.
            StorageError: An entry leads out of the image, or has an unsupported type.
        """
        raw = HashingIterator(chunks)
        content, compressed = _unpacked(raw)
        added: dict[str, Member] = {}
        try:
            with tarfile.open(
                fileobj=cast("IO[bytes]", ChunkStream(content)),
                mode="r|",
                bufsize=_BUFFER,
                tarinfo=BoundedEntry,
            ) as archive:
                for count, entry in enumerate(archive):
                    _check_count(count, digest)
                    self._take(number, archive, entry, added, compressed=compressed)
                    archive.members = []  # type: ignore[attr-defined]  # which it would keep
        except StorageError:
            raise
        except (tarfile.TarError, zlib.error, EOFError, RecursionError, ValueError, OverflowError) as error:
            raw.check(digest)
            raise IntegrityError(f"The layer {digest} is not a readable archive: {error}.") from None
        raw.check(digest)
        self._members.update(added)

    def _take(
        self,
        number: int,
        archive: tarfile.TarFile,
        entry: tarfile.TarInfo,
        added: dict[str, Member],
        *,
        compressed: bool,
    ) -> None:
        path = self._inside(entry.name)
        if path is None:
            return
        folder, name = posixpath.split(path)
        if name == _EMPTIED:
            self._remove(folder, but_itself=True)
        elif name.startswith(_DELETED):
            self._remove(posixpath.join(folder, name.removeprefix(_DELETED)))
        elif entry.issym():
            added[path] = Member(
                number, link=posixpath.normpath(posixpath.join("/", self._folder, folder, entry.linkname))
            )
        elif entry.islnk():
            target = self._inside(entry.linkname)
            if target is None or target not in added:
                raise StorageError(
                    f"{entry.name!r} in the image is a link to {entry.linkname!r}, which does not exist."
                )
            added[path] = added[target]
        elif entry.isreg() and not entry.issparse():
            added[path] = Member(
                number, entry.offset_data, entry.size, _digest(archive, entry), compressed=compressed
            )
        elif not entry.isdir():
            raise StorageError(f"{entry.name!r} in the image is neither a plain file, a folder nor a link.")

    def _inside(self, name: str) -> str | None:
        """Return a path below the folder; `None` if it is elsewhere."""
        try:
            name.encode()
        except UnicodeEncodeError:
            raise StorageError(f"The image has an entry whose name is not Unicode: {name!r}.") from None
        if len(name) > _MOST_NAME:
            raise StorageError(
                f"The image has an entry whose name is longer than {_MOST_NAME}: {name[:80]!r}."
            )
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise StorageError(
                f"The image has an entry that leads out of it: {name!r}. Nothing of it is used."
            )
        if self._folder and (not parts or parts.pop(0) != self._folder):
            return None
        return "/".join(parts) or None

    def _remove(self, path: str, *, but_itself: bool = False) -> None:
        below = f"{path}/" if path else ""
        for each in [
            each for each in self._members if each.startswith(below) or (each == path and not but_itself)
        ]:
            del self._members[each]

    def files(self) -> list[tuple[StoredFile, Member]]:
        """Return the files. A link to a file counts as the file."""
        found: list[tuple[StoredFile, Member]] = []
        for path in sorted(self._members, key=str.encode):
            member = self._resolve(path)
            found.append((StoredFile(path, member.size, member.digest), member))
        return found

    def _resolve(self, path: str) -> Member:
        member: Member | None = self._members[path]
        prefix = f"/{self._folder}/" if self._folder else "/"
        for _ in range(_MOST_LINKS):
            if member is None or member.link is None:
                break
            inside = member.link.startswith(prefix)
            member = self._members.get(member.link.removeprefix(prefix)) if inside else None
        if member is None or member.link is not None:
            link = self._members[path].link
            raise StorageError(
                f"{path!r} in the image is a symbolic link to {link!r}, which is not a file of the model."
            )
        return member


class HashingIterator:
    """Pass chunks through and compute their digest."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._taken = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._taken.update(chunk)
        return chunk

    def check(self, digest: str) -> None:
        """Read the remaining chunks, and check the digest.

        Raises:
            IntegrityError: The digest is different.
        """
        for _ in self:
            pass
        if "sha256:" + self._taken.hexdigest() != digest:
            raise IntegrityError(f"The layer {digest} does not match its digest: it is damaged.")


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


def _check_count(count: int, digest: str) -> None:
    if count >= _MOST_ENTRIES:
        raise StorageError(f"The layer {digest} has more than {_MOST_ENTRIES:,} entries.")


def _unpacked(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], bool]:
    """Return the decompressed bytes, and whether they were compressed."""
    first = next(chunks, b"")
    return unpacked(itertools.chain([first], chunks)), first.startswith((_GZIP, _ZSTD))


def unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress a layer, independent of its media type.

    Args:
        chunks: Its bytes.

    Raises:
        StorageError: The compression is not supported.
        zlib.error: The bytes are damaged.
        EOFError: The bytes end too early.
    """
    first = next(chunks, b"")
    if first.startswith(_ZSTD):
        raise StorageError("A layer is compressed with zstd, which is not supported: push it with gzip.")
    everything = itertools.chain([first], chunks)
    return _unzipped(everything) if first.startswith(_GZIP) else (chunk for chunk in everything if chunk)


def _unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    unzip = zlib.decompressobj(_GZIP_HEADER)
    read = written = 0
    for chunk in chunks:
        rest = chunk
        read += len(chunk)
        while rest:
            if unzip.eof:
                if not rest.strip(b"\0"):
                    break  # padding
                unzip = zlib.decompressobj(_GZIP_HEADER)  # one gzip file may follow another
            data = unzip.decompress(rest, CHUNK)  # a megabyte at a time, whatever a few bytes may hold
            written += len(data)
            if written > _MOST_UNPACKED and written > _MOST_RATIO * read:
                raise StorageError(
                    f"A compressed layer holds more than {_MOST_RATIO} times its size. Nothing of it is used."
                )
            if data:
                yield data
            rest = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    if not unzip.eof:
        yield unzip.flush()
    if not unzip.eof:
        raise EOFError("it ends too early")


def _digest(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str:
    taken = hashlib.sha256()
    file = archive.extractfile(entry)
    while file is not None and (chunk := file.read(CHUNK)):
        taken.update(chunk)
    return "sha256:" + taken.hexdigest()
