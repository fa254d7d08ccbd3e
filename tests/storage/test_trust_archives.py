"""Layers that a stranger made: bounded memory and time, and errors of ours."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import IntegrityError, StorageError
from model_registry.storage.oci import compression, unpacking
from model_registry.storage.oci.blob_upload import BlobUpload
from model_registry.storage.oci.blobs import BytesBlob
from model_registry.storage.oci.credentials import Keychain
from model_registry.storage.oci.documents import CONFIG, LAYER, MANIFEST, document
from model_registry.storage.oci.image_reference import ImageReference
from model_registry.storage.oci.registry_client import RegistryClient
from model_registry.storage.oci.repository import Repository
from model_registry.storage.oci.unpacking import FileTree
from model_registry.storage.transfer import Transfer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.oci_registry import Registry

MIB = 1024 * 1024


def read(*layers: bytes) -> FileTree:
    tree = FileTree("models")
    for number, layer in enumerate(layers):
        add(tree, number, layer)
    return tree


def add(tree: FileTree, number: int, layer: bytes) -> None:
    chunks = (layer[start : start + MIB] for start in range(0, len(layer), MIB))
    tree.add(number, chunks, "sha256:" + hashlib.sha256(layer).hexdigest())


def header(kind: bytes, size: int, name: str = "x") -> bytes:
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, size
    return entry.tobuf(tarfile.USTAR_FORMAT, errors="surrogateescape")


def compressed(*pieces: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*map(packer.compress, pieces), packer.flush()])


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
def test_4_a_large_header_does_not_fill_the_memory(kind: bytes) -> None:
    layer = compressed(header(kind, 64 * MIB), *[bytes(MIB)] * 64)
    tracemalloc.start()
    try:
        with pytest.raises(StorageError, match="A header in the archive"):
            read(layer)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


def test_4_nested_headers_are_no_recursion() -> None:
    with pytest.raises(StorageError):
        read((header(tarfile.GNUTYPE_LONGNAME, 512) + bytes(512)) * 5000)


@pytest.mark.parametrize("name", ["models/\udcff", "models/" + "a/" * 5000])
def test_4_odd_names_are_errors_of_ours(name: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", errors="surrogateescape") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(StorageError, match="name"):
        read(buffer.getvalue()).files()


def test_4_a_negative_size_is_a_damaged_archive() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("models/x")
        entry.pax_headers = {"size": "-1"}
        archive.addfile(entry)
    with pytest.raises(IntegrityError, match="negative size"):
        read(buffer.getvalue())


def test_4_the_number_of_entries_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_MOST_ENTRIES", 10)
    with pytest.raises(StorageError, match="more than 10 entries"):
        read(header(tarfile.DIRTYPE, 0) * 11 + bytes(1024))


def test_4_the_number_of_entries_of_all_layers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_MOST_ENTRIES", 10)
    layer = header(tarfile.DIRTYPE, 0) * 6 + bytes(1024)
    with pytest.raises(StorageError, match="more than 10 entries"):
        read(layer, layer)


def test_4_the_length_of_all_names_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_MOST_NAMES", 50)
    with pytest.raises(StorageError, match="longer than 50"):
        read(header(tarfile.DIRTYPE, 0, "models/" + "x" * 40) * 2 + bytes(1024))


def test_4_the_ratio_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_MOST_UNPACKED", MIB)
    layer = compressed(header(tarfile.REGTYPE, 32 * MIB, "models/x"), *[bytes(MIB)] * 32, bytes(1024))
    with pytest.raises(StorageError, match="300 times its size"):
        read(layer)


@pytest.fixture
def archive() -> bytes:
    """An archive of one file."""
    return header(tarfile.REGTYPE, 7, "models/x") + b"weights".ljust(512, b"\0") + bytes(1024)


def test_4_compression_is_seen_by_content(archive: bytes) -> None:
    for layer, packed in ((archive, False), (gzip.compress(archive), True)):
        ((path, member),) = read(layer).files()
        assert (path, member.compressed) == ("x", packed)


def test_4_a_gzip_layer_that_is_called_plain_is_downloaded(
    oci_registry: Registry, tmp_path: Path, archive: bytes
) -> None:
    reference = ImageReference.parse(f"{oci_registry.host}/plain:1")
    repository = Repository(reference, RegistryClient(), Keychain())
    config, layer = BytesBlob(b"{}"), BytesBlob(gzip.compress(archive))
    for blob in (config, layer):
        BlobUpload(repository, blob, lambda _: None, Transfer()).run()
    described = [{"mediaType": LAYER, "digest": layer.digest, "size": layer.size}]
    head = {"mediaType": CONFIG, "digest": config.digest, "size": config.size}
    repository.put_manifest("1", document(MANIFEST, {"config": head, "layers": described}))
    assert (storage.download(f"oci://{reference}", tmp_path) / "x").read_bytes() == b"weights"
