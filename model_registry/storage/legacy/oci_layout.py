"""An OCI image layout: the folder in which skopeo and ORAS store an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.exceptions import StorageError
from model_registry.storage.oci.documents import (
    INDEX,
    OCI_TYPES,
    Descriptor,
    Document,
    check_digest,
    compact,
    mapping,
    parse,
    sequence,
)
from model_registry.storage.oci.images import images_of, with_layers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from model_registry.storage.oci.blobs import Blob
    from model_registry.storage.oci.documents import JSON
    from model_registry.storage.oci.layers import Layer


class Layout:
    """Read and extend an image on disk.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._blobs = root / "blobs"

    def add(self, layers: Sequence[Layer]) -> None:
        """Add layers to the image, for each of its platforms.

        Args:
            layers: The layers, from the lowest to the highest.

        Raises:
            StorageError: The folder is not an image layout, or cannot be written.
        """
        composed = with_layers(images_of(self, "", None), layers)
        try:
            for layer in layers:
                self._write(layer.blob)
            for config in composed.blobs:
                self._write(config)
            for manifest in [*composed.manifests, composed.top]:
                self._path(manifest.digest).write_bytes(manifest.data)
            entry = {**mapping(self._entry()), **composed.top.describe({}).json()}
            index: JSON = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
            (self._root / "index.json").write_bytes(compact(index))
        except OSError as error:
            raise StorageError(f"The image in {self._root} cannot be extended: {error.strerror}.") from None

    def manifest(self, target: str) -> Document:
        """Read a manifest or index.

        Args:
            target: Digest; empty for the top.
        """
        descriptor = Descriptor.read(self._entry()) if not target else None
        data = self._read(descriptor.digest if descriptor else target)
        kind = descriptor.media_type if descriptor else str(parse(data).get("mediaType", ""))
        return Document(OCI_TYPES.get(kind, kind), data)

    def read_all(self, digest: str, most: int) -> bytes:
        """Read a short blob."""
        data = self._read(digest)
        if len(data) > most:
            raise StorageError(f"A blob in {self._root} has more than {most} bytes.")
        return data

    def _entry(self) -> object:
        try:
            index = parse((self._root / "index.json").read_bytes())
        except OSError:
            raise StorageError(f"{self._root} is not an OCI image layout: it has no index.json.") from None
        entries = sequence(index.get("manifests"))
        if len(entries) != 1:
            raise StorageError(f"{self._root} contains {len(entries)} images instead of one.")
        return entries[0]

    def _read(self, digest: str) -> bytes:
        try:
            return check_digest(f"A blob in {self._root}", self._path(digest).read_bytes(), digest)
        except OSError as error:
            raise StorageError(f"The image in {self._root} is incomplete: {error}.") from None

    def _write(self, blob: Blob) -> None:
        with self._path(blob.digest).open("wb") as file:
            for chunk in blob.chunks(0, blob.size, _ignore_progress):
                file.write(chunk)

    def _path(self, digest: str) -> Path:
        return self._blobs / digest.replace(":", "/", 1)


def _ignore_progress(end: int, size: int) -> None:
    del end, size
