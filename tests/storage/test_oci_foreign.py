"""Images and artifacts that others made: layers of all kinds, links, deletions, and traps."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.oci import OCIStore
from model_registry.storage.oci.blob_upload import BlobUpload
from model_registry.storage.oci.blobs import BytesBlob
from model_registry.storage.oci.credentials import Keychain
from model_registry.storage.oci.documents import CONFIG, LAYER, MANIFEST, TITLE, document
from model_registry.storage.oci.image_reference import ImageReference
from model_registry.storage.oci.registry_client import RegistryClient
from model_registry.storage.oci.repository import Repository
from model_registry.storage.transfer import Transfer
from tests.support.folders import read_files
from tests.support.oci_registry import Faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.oci_registry import Registry

DOCKER = {
    CONFIG: "application/vnd.docker.container.image.v1+json",
    LAYER: "application/vnd.docker.image.rootfs.diff.tar",
    f"{LAYER}+gzip": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    MANIFEST: "application/vnd.docker.distribution.manifest.v2+json",
}


@pytest.fixture
def push(oci_registry: Registry, request: pytest.FixtureRequest) -> Callable[..., str]:
    """A function that pushes layers as an image, and gives its URI."""
    name = "foreign/" + "".join(each for each in request.node.name.lower() if each.isalnum())
    repository = Repository(
        ImageReference.parse(f"{oci_registry.host}/{name}:1"), RegistryClient(), Keychain()
    )

    def push(*layers: bytes, docker: bool = False, config_type: str = CONFIG, **annotations: str) -> str:
        kinds = DOCKER if docker else {kind: kind for kind in DOCKER}
        config = BytesBlob(json.dumps({"os": "linux", "architecture": "amd64"}).encode())
        blobs = [BytesBlob(layer) for layer in layers]
        for blob in [config, *blobs]:
            BlobUpload(repository, blob, lambda size: None, Transfer()).run()
        described = [
            {
                "mediaType": kinds[f"{LAYER}+gzip" if blob.data[:2] == b"\x1f\x8b" else LAYER],
                "digest": blob.digest,
                "size": blob.size,
                **({"annotations": annotations} if annotations else {}),
            }
            for blob in blobs
        ]
        head = {
            "mediaType": kinds.get(config_type, config_type),
            "digest": config.digest,
            "size": config.size,
        }
        repository.put_manifest("1", document(kinds[MANIFEST], {"config": head, "layers": described}))
        return f"oci://{repository.reference}"

    return push


def tar(*entries: tuple[str, bytes | str]) -> bytes:
    """Write an archive: content for files, a target for symbolic links, `=` and a target for hard ones."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                continue
            entry.type = tarfile.LNKTYPE if content.startswith("=") else tarfile.SYMTYPE
            entry.linkname = content.removeprefix("=")
            archive.addfile(entry)
    return buffer.getvalue()


def fetched(uri: str, tmp_path: Path) -> dict[str, bytes]:
    return read_files(storage.download(uri, tmp_path / "back"))


@pytest.mark.parametrize("docker", [False, True])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "gzip"])
def test_later_layers_win(
    pack: Callable[[bytes], bytes], docker: bool, push: Callable[..., str], tmp_path: Path
) -> None:
    uri = push(
        pack(tar(("etc/passwd", b"root"), ("models/a", b"old"), ("./models/sub/b", b"b" * 3_000_000))),
        pack(tar(("models/a", b"new"), ("models/empty", b""), ("models/é x", b"blank"))),
        docker=docker,
    )
    expected = {"a": b"new", "sub/b": b"b" * 3_000_000, "empty": b"", "é x": b"blank"}
    assert fetched(uri, tmp_path) == expected
    assert {file.path: file.size for file in storage.list_files(uri)} == {
        k: len(v) for k, v in expected.items()
    }


def test_one_file_in_a_compressed_layer(push: Callable[..., str], tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    packed = gzip.compress(tar(("models/m.bin", content)))
    assert fetched(push(packed), tmp_path) == {"m.bin": content}


def test_gzip_files_in_a_row(push: Callable[..., str], tmp_path: Path) -> None:
    archive = tar(("models/a", b"a" * 100_000), ("models/b", b"b" * 100_000))
    packed = gzip.compress(archive[:70_000]) + gzip.compress(archive[70_000:]) + bytes(100)
    assert fetched(push(packed), tmp_path) == {"a": b"a" * 100_000, "b": b"b" * 100_000}


def test_deletions(push: Callable[..., str], tmp_path: Path) -> None:
    uri = push(
        tar(("models/gone", b"1"), ("models/kept", b"2"), ("models/d/x", b"3"), ("models/e/y", b"4")),
        tar(
            ("models/.wh.gone", b""),
            ("models/d/.wh..wh..opq", b""),
            ("models/d/z", b"5"),
            ("etc/.wh.kept", b""),
        ),
        tar(("models/.wh.e", b"")),
    )
    assert fetched(uri, tmp_path) == {"kept": b"2", "d/z": b"5"}


def test_links_to_files_of_the_model(push: Callable[..., str], tmp_path: Path) -> None:
    uri = push(
        tar(("models/blobs/1", b"weights"), ("models/hard", "=models/blobs/1")),
        tar(("models/snapshot/m.bin", "../blobs/1"), ("models/absolute", "/models/snapshot/m.bin")),
    )
    names = ("blobs/1", "hard", "snapshot/m.bin", "absolute")
    assert fetched(uri, tmp_path) == dict.fromkeys(names, b"weights")


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        ("models/m", "/etc/passwd"),
        ("models/m", "../etc/passwd"),
        ("models/m", "../../../../etc/passwd"),
        ("models/m", "nothing"),
        ("models/m", "m"),
        ("models/m", "=etc/passwd"),
    ],
)
def test_links_that_lead_out_are_refused(
    entry: str, target: str, push: Callable[..., str], tmp_path: Path
) -> None:
    uri = push(tar(("etc/passwd", b"root"), (entry, target)))
    with pytest.raises(StorageError, match="link to"):
        storage.download(uri, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    "name", ["../escaped", "models/../../escaped", "/models/../../../escaped", "models/sub/../m"]
)
def test_entries_that_climb_out_are_refused(name: str, push: Callable[..., str], tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="leads out of it"):
        storage.download(push(tar(("models/m", b"1"), (name, b"2"))), tmp_path / "a" / "b" / "back")
    assert not list(tmp_path.rglob("escaped"))


def test_titles_that_climb_out_are_refused(push: Callable[..., str], tmp_path: Path) -> None:
    uri = push(b"content", config_type="application/vnd.oci.empty.v1+json", **{TITLE: "../escaped"})
    with pytest.raises(StorageError, match=r"\.\./escaped"):
        storage.download(uri, tmp_path / "a" / "back")
    assert not list(tmp_path.rglob("escaped"))


def test_devices_are_refused(push: Callable[..., str], tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("models/null")
        entry.type = tarfile.CHRTYPE
        archive.addfile(entry)
    with pytest.raises(StorageError, match="neither a plain file"):
        storage.list_files(push(buffer.getvalue()))


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (b"not a readable archive" * 100, "not a readable archive"),
        (gzip.compress(tar(("models/m", b"1" * 100_000)))[:-20], "no archive|too early"),
        (b"\x28\xb5\x2f\xfd rest", "Zstandard"),
    ],
    ids=["not a readable archive", "cut", "another compression"],
)
def test_layers_that_cannot_be_read(layer: bytes, text: str, push: Callable[..., str]) -> None:
    with pytest.raises(StorageError, match=text):
        storage.list_files(push(layer))


def test_a_tampered_layer(push: Callable[..., str], oci_registry: Registry) -> None:
    layer = tar(("models/m", b"tampered with below"))
    uri = push(layer)
    blob = oci_registry.blob(BytesBlob(layer).digest)
    blob.write_bytes(layer.replace(b"below", b"above"))
    with pytest.raises(IntegrityError, match="damaged"):
        storage.list_files(uri)
    blob.unlink()


def test_images_without_a_model(push: Callable[..., str]) -> None:
    with pytest.raises(StorageNotFoundError, match="none in /models"):
        storage.list_files(push(tar(("etc/passwd", b"root"), ("modelsx/m", b"1"))))


def test_folders_that_oras_pushed(push: Callable[..., str], tmp_path: Path) -> None:
    layer = gzip.compress(tar(("fraud/m.bin", b"weights"), ("fraud/deep/x", b"x")))
    empty = "application/vnd.oci.empty.v1+json"
    uri = push(layer, config_type=empty, **{TITLE: "fraud", "io.deis.oras.content.unpack": "true"})
    assert fetched(uri, tmp_path) == {"fraud/m.bin": b"weights", "fraud/deep/x": b"x"}


def test_an_unpacked_layer_stays_while_somebody_reads(push: Callable[..., str]) -> None:
    content = bytes(range(256)) * 12_000
    uri = push(gzip.compress(tar(("models/a", content), ("models/b", b"b"))))
    store = OCIStore()
    store.list_files(uri)
    contents = store._contents[uri]
    reading = contents.read(contents.locations["a"], 0, storage.Transfer())
    begin = next(reading)
    for _ in range(2):
        assert b"".join(contents.read(contents.locations["b"], 0, storage.Transfer())) == b"b"
    assert begin + b"".join(reading) == content


def test_many_files_that_are_not_in_the_order_of_their_names(
    push: Callable[..., str], oci_registry: Registry, tmp_path: Path
) -> None:
    files = {f"{number * 37 % 120:03}.bin": bytes([number]) * 200 * 1024 for number in range(120)}
    uri = push(tar(*((f"models/{name}", content) for name, content in files.items())))
    with Faults(oci_registry) as proxy:
        back = storage.download(uri.replace(oci_registry.host, proxy.host), tmp_path / "back")
        assert read_files(back) == files
        assert len(proxy.asked("GET", "/blobs/")) < 20, "no part of the layer is fetched over and over"
