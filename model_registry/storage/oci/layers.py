"""Pack files into layers of an image: reproducible tar archives."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, StorageNotFoundError
from model_registry.storage.protocol import LocalFile

from .blobs import FilesBlob
from .documents import LAYER, TITLE, Descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FOLDER = "models"
"""Where KServe looks for the files of a model in an image."""

DELETED = ".wh."
"""Prefix of the entries with which a layer deletes files of the layers below."""

_BLOCK = tarfile.BLOCKSIZE
_SMALLEST_TARGET = 64 * 1024 * 1024
_MOST_SINGLE = 100  # leaves room for the layers of the base image
_LAYERS = 40  # container runtimes stop at 127, the base image's included; at most twice these come out


@dataclass(frozen=True)
class PackedFile:
    """A file in a layer to push.

    Attributes:
        file: The file.
        offset: Offset of its first byte in the archive.
    """

    file: LocalFile
    offset: int


@dataclass(frozen=True)
class Layer:
    """A layer to push.

    Attributes:
        blob: The archive.
        contents: The files in it.
        annotations: Annotations for the manifest.
    """

    blob: FilesBlob
    contents: Sequence[PackedFile]
    annotations: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def descriptor(self) -> Descriptor:
        """Return the descriptor for a manifest."""
        digest = self.blob.digest  # computes the digests of the files, too
        return Descriptor(LAYER, digest, self.blob.size, {**self.annotations, **self._of_single_file()})

    def _of_single_file(self) -> dict[str, str]:
        """Return what the library olot writes about a layer with one file. Scanners and signers read it."""
        if len(self.contents) != 1:
            return {}
        file = self.contents[0].file
        return {
            "olot.layer.content.digest": file.digest,
            "olot.layer.content.type": "file",
            "olot.layer.content.inlayerpath": f"/{FOLDER}/{path_of(file)}",
            "olot.layer.content.name": file.source.name,
        }


def layers_of(files: Sequence[LocalFile], *, layer_per_file: bool = False) -> list[Layer]:
    """Distribute files over layers. Large files get their own layer, small ones share layers.

    Files are sorted by path, so that the same files give the same layers. The archives are not compressed,
    because weights hardly shrink, and compressing is many times slower than sending.

    Args:
        files: The files, with their paths below `/models`.
        layer_per_file: Give each file its own layer, unless there are more than 100 files.

    Returns:
        The layers, few enough for every container runtime.
    """
    ordered = sorted(files, key=lambda file: path_of(file).encode())
    if layer_per_file and len(ordered) <= _MOST_SINGLE:
        return [layer_of([file]) for file in ordered]
    target = max(_SMALLEST_TARGET, sum(file.size for file in files) // _LAYERS)
    groups: list[list[LocalFile]] = []
    filled = 0
    for file in ordered:
        if not groups or filled + file.size > target:
            groups.append([])
            filled = 0
        groups[-1].append(file)
        filled += file.size
    return [layer_of(group) for group in groups]


def layer_of(files: Sequence[LocalFile], annotations: dict[str, str] | None = None) -> Layer:
    """Pack files into one layer.

    Args:
        files: The files, with their paths below `/models`.
        annotations: Annotations for the manifest, besides the title of a single file.

    Raises:
        InvalidArgumentError: A name means a deletion in an image.
    """
    for file in files:
        _check_names(path_of(file))
    parts: list[bytes | LocalFile] = []
    contents: list[PackedFile] = []
    place = 0
    between = b"".join(_header(folder, tarfile.DIRTYPE, 0, 0o755) for folder in _folders(files))
    for file in files:
        between += _file_header(f"{FOLDER}/{path_of(file)}", file.size)
        place += len(between)
        contents.append(PackedFile(file, place))
        parts += [between, file]
        place += file.size
        between = bytes(-file.size % _BLOCK)
    parts.append(between + bytes(2 * _BLOCK))
    title = {TITLE: path_of(files[0])} if len(files) == 1 else {}
    return Layer(FilesBlob(parts), contents, title | (annotations or {}))


def card_layer(card: Path) -> Layer:
    """Pack a model card into an annotated layer.

    Args:
        card: The file.
    """
    try:
        file = LocalFile(card, card.name)
    except OSError as error:
        raise StorageNotFoundError(f"The model card {card} cannot be read: {error.strerror}.") from None
    return layer_of([file], {"io.opendatahub.modelcar.layer.type": "modelcard"})


def path_of(file: LocalFile) -> str:
    """Return the path below the folder; the name of a file that is uploaded alone."""
    return file.path or file.source.name


def _check_names(path: str) -> None:
    for name in path.split("/"):
        if name.startswith(DELETED):
            raise InvalidArgumentError(
                f"{path!r} cannot be stored in an image: to container runtimes, a name that begins with "
                f"{DELETED!r} deletes another file. Rename it, or store an artifact: OCIStore(artifact=True)"
            )


def _folders(files: Iterable[LocalFile]) -> list[str]:
    """Return the folders of files, outer folders first."""
    found = {FOLDER}
    for file in files:
        parts = path_of(file).split("/")[:-1]
        found |= {"/".join([FOLDER, *parts[:depth]]) for depth in range(1, len(parts) + 1)}
    return sorted(found)


def _file_header(name: str, size: int) -> bytes:
    """Return the tar header of a file, as `_header` does, but sooner for the usual ones."""
    if len(name) > tarfile.LENGTH_NAME or not name.isascii() or size > _MOST_IN_OCTAL:
        return _header(name, tarfile.REGTYPE, size, 0o644)
    block = bytearray(_NAMELESS)
    block[: len(name)] = name.encode()
    block[124:135] = b"%011o" % size
    block[148:154] = b"%06o" % (sum(block) - sum(_NAMELESS[148:156]) + 8 * ord(" "))
    return bytes(block)


def _header(name: str, kind: bytes, size: int, mode: int) -> bytes:
    """Return a tar header without time, owner and machine."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.mode = kind, size, mode
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


_NAMELESS = _header("", tarfile.REGTYPE, 0, 0o644)
_MOST_IN_OCTAL = 8**11 - 1
