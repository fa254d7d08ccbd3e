"""Find the files of a tag or digest in the layers of its image or artifact."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.protocol import StoredFile

from .artifacts import FORMER_MODELPACK, KIT_CONFIG, OLLAMA, contents_of, typed_layer
from .compression import DamagedError, unpacked
from .documents import CONFIG, INDEX, MOST_NESTED, SINGLE, Descriptor, parse
from .layers import FOLDER
from .toc import read_table
from .unpacking import FileTree, HashingIterator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .artifacts import LayerContent
    from .documents import Document
    from .repository import Repository

_MOST_CONFIG_BYTES = 32 * 1024 * 1024
_SMALL = 256 * 1024


@dataclass(frozen=True)
class FileLocation:
    """The location of a file's bytes.

    Attributes:
        file: The file.
        blob: The layer.
        offset: First byte in the decompressed layer.
        compressed: Whether the layer is compressed.
    """

    file: StoredFile
    blob: Descriptor
    offset: int = 0
    compressed: bool = False

    @property
    def small(self) -> bool:
        """Return whether the file is read together with its neighbours."""
        return self.file.group is not None


def locate_files(repository: Repository, target: str) -> list[FileLocation]:
    """Return the files of a model: those below `/models` of an image, or those of an artifact.

    Images and archives that others made must be read to the end for it.

    Args:
        repository: Where it is.
        target: Tag or digest.

    Raises:
        StorageNotFoundError: There are none.
    """
    manifest = _for_one_machine(repository, repository.manifest(target))
    layers = manifest.descriptors("layers")
    artifact = str(manifest.json.get("artifactType") or "").startswith(FORMER_MODELPACK)
    if artifact:
        layers = [typed_layer(layer) for layer in layers]
    artifact = artifact or any(layer.media_type.startswith(OLLAMA) for layer in layers)
    if manifest.config.media_type == CONFIG and not artifact:
        found = _in_image(repository, manifest, layers)
    else:
        found = _in_artifact(repository, manifest, layers)
    if not found:
        raise StorageNotFoundError(f"{repository.reference} holds no files of a model (none in /{FOLDER}).")
    if manifest.annotation(SINGLE) == "true" and len(found) == 1:
        found = [replace(location, file=replace(location.file, single=True)) for location in found]
    return found


def _for_one_machine(repository: Repository, top: Document) -> Document:
    """Choose one manifest of an index, which may be in another index. All platforms have the same files."""
    for _ in range(MOST_NESTED):
        if top.media_type != INDEX:
            return top
        runs = [each for each in top.descriptors("manifests") if each.platform.get("os") != "unknown"]
        runs.sort(key=lambda each: each.platform.get("architecture") != "amd64")
        if not runs:
            raise StorageNotFoundError(f"{repository.reference} is an index of nothing.")
        top = repository.manifest(runs[0].digest)
    raise StorageError(f"{repository.reference} has more than {MOST_NESTED} indexes inside each other.")


def _in_image(repository: Repository, manifest: Document, layers: Sequence[Descriptor]) -> list[FileLocation]:
    config = parse(repository.read_all(manifest.config.digest, _MOST_CONFIG_BYTES))
    listed = read_table(config, len(layers))
    if listed is not None:
        packed = [layer.media_type.endswith(("gzip", "zstd")) for layer in layers]
        return [
            _location(each.path, each.size, each.digest, layers[each.layer], each.offset, packed[each.layer])
            for each in listed
        ]
    return _in_archives(repository, layers, FOLDER)


def _in_archives(repository: Repository, layers: Sequence[Descriptor], folder: str) -> list[FileLocation]:
    tree = FileTree(folder)
    for number, layer in enumerate(layers):
        tree.add(number, repository.read(layer.digest, 0, layer.size), layer.digest)
    return [
        _location(path, each.size, each.digest, layers[each.layer], each.offset, each.compressed)
        for path, each in tree.files()
    ]


def _location(
    path: str,
    size: int,
    digest: str,
    blob: Descriptor,
    offset: int,
    compressed: bool,  # called once for each of many files
) -> FileLocation:
    small = not compressed and size <= _SMALL and blob.size > size
    group = (blob.digest, offset) if small else None
    return FileLocation(StoredFile(path, size, digest, group=group), blob, offset, compressed)


def _in_artifact(
    repository: Repository, manifest: Document, layers: Sequence[Descriptor]
) -> list[FileLocation]:
    config = manifest.config
    kitfile = (
        parse(repository.read_all(config.digest, _MOST_CONFIG_BYTES))
        if config.media_type == KIT_CONFIG
        else {}
    )
    found: list[FileLocation] = []
    for content in contents_of(layers, kitfile):
        if content.archive:
            found += [
                replace(location, file=replace(location.file, path=content.place(location.file.path)))
                for location in _in_archives(repository, [content.layer], "")
            ]
        else:
            found.append(_single_file(repository, content))
    _check_conflicts(found)
    return found


def _check_conflicts(found: Sequence[FileLocation]) -> None:
    """Refuse layers that hold different files with the same path: neither replaces the other."""
    digests: dict[str, str | None] = {}
    for location in found:
        path, digest = location.file.path, location.file.digest
        if digests.setdefault(path, digest) != digest:
            raise StorageError(f"Two layers of the artifact hold different files with the path {path!r}.")


def _single_file(repository: Repository, content: LayerContent) -> FileLocation:
    layer = content.layer
    if layer.digest.startswith("sha256:") and not content.compressed:
        return FileLocation(StoredFile(content.path, layer.size, layer.digest), layer)
    raw = HashingIterator(repository.read(layer.digest, 0, layer.size), layer.digest)
    chunks, compressed = unpacked(raw) if content.compressed else (raw, False)
    taken, size = hashlib.sha256(), 0
    try:
        for chunk in chunks:
            taken.update(chunk)
            size += len(chunk)
    except DamagedError as error:
        raw.check()
        raise IntegrityError(f"The layer {layer.digest} cannot be decompressed: {error}.") from None
    raw.check()
    file = StoredFile(content.path, size, f"sha256:{taken.hexdigest()}")
    return FileLocation(file, layer, 0, compressed)
