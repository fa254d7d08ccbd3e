"""Files as layers of an image: tar archives that are the same for the same files, wherever they are made."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageNotFoundError
from model_registry.storage.protocol import LocalFile

from .blobs import FilesBlob
from .documents import LAYER, TITLE, Descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FOLDER = "models"
"""Where KServe looks for the files of a model in an image."""

_BLOCK = tarfile.BLOCKSIZE
_SMALLEST_TARGET = 64 * 1024 * 1024
_LAYERS = 40  # container runtimes stop at 127, the base image's included; at most twice these come out


@dataclass(frozen=True)
class PackedFile:
    """A file in a layer.

    Attributes:
        file: The file.
        offset: Where its first byte is in the archive.
    """

    file: LocalFile
    offset: int


@dataclass(frozen=True)
class Layer:
    """A layer to be pushed.

    Attributes:
        blob: The archive.
        contents: The files in it.
        annotations: What the manifest shall say of it.
    """

    blob: FilesBlob
    contents: Sequence[PackedFile]
    annotations: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def descriptor(self) -> Descriptor:
        """How a manifest points to it."""
        return Descriptor(LAYER, self.blob.digest, self.blob.size, self.annotations)


def layers_of(files: Sequence[LocalFile]) -> list[Layer]:
    """Spread files over layers: large ones have their own, small ones share some.

    Files are taken in the order of their paths, so that the same files give the same layers. The archives are
    not compressed: weights hardly shrink, and compressing is many times slower than sending.

    Args:
        files: The files, with their paths below `/models`.

    Returns:
        The layers, few enough for every container runtime.
    """
    target = max(_SMALLEST_TARGET, sum(file.size for file in files) // _LAYERS)
    groups: list[list[LocalFile]] = []
    filled = 0
    for file in sorted(files, key=lambda file: path_of(file).encode()):
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
        annotations: What the manifest shall say of it, besides the name of a single file.
    """
    parts: list[bytes | LocalFile] = []
    contents: list[PackedFile] = []
    place = 0
    between = b"".join(_header(folder, tarfile.DIRTYPE, 0, 0o755) for folder in _folders(files))
    for file in files:
        between += _header(f"{FOLDER}/{path_of(file)}", tarfile.REGTYPE, file.size, 0o644)
        place += len(between)
        contents.append(PackedFile(file, place))
        parts += [between, file]
        place += file.size
        between = bytes(-file.size % _BLOCK)
    parts.append(between + bytes(2 * _BLOCK))
    title = {TITLE: path_of(files[0])} if len(files) == 1 else {}
    return Layer(FilesBlob(parts), contents, title | (annotations or {}))


def card_layer(card: Path) -> Layer:
    """Pack a model card into a layer that says what it is.

    Args:
        card: The file.
    """
    try:
        file = LocalFile(card, card.name)
    except OSError as error:
        raise StorageNotFoundError(f"The model card {card} cannot be read: {error.strerror}.") from None
    return layer_of([file], {"io.opendatahub.modelcar.layer.type": "modelcard"})


def path_of(file: LocalFile) -> str:
    """Give the path below the folder; a file that is uploaded alone has its name."""
    return file.path or file.source.name


def _folders(files: Iterable[LocalFile]) -> list[str]:
    """Name the folders that files are in, the outer before the inner."""
    found = {FOLDER}
    for file in files:
        parts = path_of(file).split("/")[:-1]
        found |= {"/".join([FOLDER, *parts[:depth]]) for depth in range(1, len(parts) + 1)}
    return sorted(found)


def _header(name: str, kind: bytes, size: int, mode: int) -> bytes:
    """Write a header that says nothing of when, by whom and where it was made."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.mode = kind, size, mode
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
