"""Models in a real registry: images and artifacts, there and back."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, StorageError, StorageNotFoundError
from model_registry.storage.oci import OCIStore
from model_registry.storage.oci.documents import INDEX, MANIFEST
from model_registry.storage.oci.layers import layer_of, layers_of
from tests.support.folders import FILES, read_files, sha256, write_files
from tests.support.oci_registry import Faults, Registry, inspect, needs_skopeo, skopeo

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {"image": OCIStore(), "artifact": OCIStore(artifact=True)}


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> OCIStore:
    return KINDS[request.param]


@pytest.fixture
def name(oci_registry: Registry, request: pytest.FixtureRequest) -> str:
    """A repository of the test's own."""
    return f"{oci_registry.host}/{repository(request)}"


def repository(request: pytest.FixtureRequest) -> str:
    return "tests/" + "".join(each for each in request.node.name.lower() if each.isalnum())


def test_folder_there_and_back(store: OCIStore, name: str, folder: Path, tmp_path: Path) -> None:
    seen: list[storage.Progress] = []
    uploaded = storage.upload(folder, f"oci://{name}:1.0", store=store, progress=seen.append)
    pinned, _, digest = uploaded.uri.partition("@")
    assert pinned == f"oci://{name}:1.0"
    assert digest.startswith("sha256:")
    assert seen[-1] == storage.Progress(uploaded.size, uploaded.size, len(FILES), len(FILES))
    for uri in (uploaded.uri, f"oci://{name}:1.0", f"oci://{name}@{digest}"):
        assert storage.list_files(uri) == uploaded.files
        back = storage.download(uri, tmp_path / digest[-8:] / uri[-4:], expected=uploaded.digest)
        assert read_files(back) == FILES
    assert storage.digest(uploaded.uri) == uploaded.digest
    with storage.open(uploaded.uri, "tokenizer/vocab.txt") as file:
        assert file.read() == b"a\nb\n"


def test_one_file_there_and_back(store: OCIStore, name: str, folder: Path, tmp_path: Path) -> None:
    uploaded = storage.upload(folder / "model.onnx", f"oci://{name}:1.0", store=store)
    assert uploaded.digest == sha256(FILES["model.onnx"])
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert back == tmp_path / "back" / "model.onnx"
    assert back.read_bytes() == FILES["model.onnx"]


def test_a_folder_with_one_file_stays_a_folder(store: OCIStore, name: str, tmp_path: Path) -> None:
    source = write_files(tmp_path / "source", {"model.onnx": b"weights"})
    uploaded = storage.upload(source, f"oci://{name}:1.0", store=store)
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert read_files(back) == {"model.onnx": b"weights"}


def test_the_tag_is_latest_when_none_is_given(name: str, folder: Path) -> None:
    uploaded = storage.upload(folder, f"oci://{name}")
    assert uploaded.uri.startswith(f"oci://{name}:latest@sha256:")
    assert storage.list_files(f"oci://{name}") == uploaded.files


def test_the_same_files_are_the_same_image(store: OCIStore, name: str, folder: Path, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", dict(reversed(FILES.items())))
    (copy / "model.onnx").chmod(0o600)
    first = storage.upload(folder, f"oci://{name}:1", store=store).uri
    assert storage.upload(copy, f"oci://{name}:1", store=store).uri == first


def test_what_is_there_is_not_sent_again(
    store: OCIStore, oci_registry: Registry, request: pytest.FixtureRequest, folder: Path
) -> None:
    with Faults(oci_registry) as proxy:
        uri = f"oci://{proxy.host}/{repository(request)}:1"
        first = storage.upload(folder, uri, store=store)
        assert proxy.asked("PUT", "/blobs/uploads/")
        proxy.requests.clear()
        seen: list[storage.Progress] = []
        assert storage.upload(folder, uri, store=store, progress=seen.append) == first
        assert proxy.asked("POST") == []
        assert [each.target.rpartition("/")[2] for each in proxy.asked("PUT")] == ["1"]
        assert (seen[-1].done, seen[-1].files_done) == (first.size, len(FILES))


def test_many_small_files(
    name: str, tmp_path: Path, oci_registry: Registry, request: pytest.FixtureRequest
) -> None:
    files = {f"part {number % 7}/{number}.bin": f"{number}\n".encode() * 40 for number in range(5_000)}
    source = write_files(tmp_path / "source", files)
    with Faults(oci_registry) as proxy:
        uri = f"oci://{proxy.host}/{repository(request)}:1"
        uploaded = storage.upload(source, uri)
        assert len(proxy.requests) < 20
        proxy.requests.clear()
        back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
        assert read_files(back) == files
        assert len(proxy.requests) < 20


def test_layers_hold_large_files_alone_and_stay_few(tmp_path: Path) -> None:
    sizes = {f"{number}.bin": 200_000_000 if number % 2 else 1_000 for number in range(400)}
    files = []
    for path, size in sizes.items():
        with (tmp_path / path).open("wb") as file:
            file.truncate(size)
        files.append(storage.LocalFile(tmp_path / path, path))
    layers = layers_of(files)
    assert len(layers) <= 81
    assert sorted(packed.file.path for layer in layers for packed in layer.contents) == sorted(sizes)
    several = [[packed.file.path for packed in layer.contents] for layer in layers_of(files[:5])]
    assert several == [["0.bin"], ["1.bin"], ["2.bin"], ["3.bin"], ["4.bin"]]
    small = [[packed.file.path for packed in layer.contents] for layer in layers_of(files[4::-2])]
    assert small == [["0.bin", "2.bin", "4.bin"]]
    single = layers_of(files[4::-2], layer_per_file=True)
    assert [[packed.file.path for packed in layer.contents] for layer in single] == [
        ["0.bin"],
        ["2.bin"],
        ["4.bin"],
    ]
    assert len(layers_of(files, layer_per_file=True)) == len(layers)


@pytest.mark.parametrize(
    "uri", ["oci://host/UPPER:1", "oci://host.example/a b", "oci://", "oci://host.example/a:tag:more"]
)
def test_names_that_cannot_be(uri: str, folder: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="is not an OCI reference"):
        storage.upload(folder, uri)


def test_a_password_in_the_name_is_refused_and_not_shown(folder: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        storage.upload(folder, "oci://ann:hunter2@registry.example.org/fraud:1")
    assert "hunter2" not in str(caught.value)


def test_nothing_is_pushed_to_a_digest(name: str, folder: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="Give a tag"):
        storage.upload(folder, f"oci://{name}@sha256:{'0' * 64}")


@pytest.mark.parametrize("uri", ["oci://{}:none", "oci://{}/none:1", "oci://{}@sha256:" + "0" * 64])
def test_what_is_not_there(uri: str, name: str, folder: Path, tmp_path: Path) -> None:
    storage.upload(folder, f"oci://{name}:1")
    with pytest.raises(StorageNotFoundError, match="Check name and tag"):
        storage.download(uri.format(name), tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_arguments_that_contradict() -> None:
    with pytest.raises(InvalidArgumentError):
        OCIStore(artifact=True, base_image="busybox")
    with pytest.raises(InvalidArgumentError):
        OCIStore(username="ann")


@needs_skopeo
def test_skopeo_reads_images(name: str, folder: Path, tmp_path: Path) -> None:
    storage.upload(folder, f"oci://{name}:1")
    told = json.loads(skopeo("inspect", "--tls-verify=false", f"docker://{name}:1"))
    assert (told["Os"], told["Architecture"], len(told["Layers"])) == ("linux", "amd64", 1)
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}:1", f"dir:{tmp_path}/copy")
    manifest = inspect(f"{name}:1")
    (layer,) = manifest["layers"]  # type: ignore[misc]
    with tarfile.open(tmp_path / "copy" / layer["digest"].removeprefix("sha256:"), "r:") as archive:
        entries = archive.getmembers()
        assert {(each.uid, each.gid, each.mtime, each.uname) for each in entries} == {(0, 0, 0, "")}
        assert [each.name for each in entries if each.isdir()] == [
            "models",
            "models/tokenizer",
            "models/tokenizer/deep",
            "models/tokenizer/deep/er",
            "models/with blank",
        ]
        assert {each.name for each in entries if each.isfile()} == {f"models/{path}" for path in FILES}


@needs_skopeo
def test_pushed_on_by_skopeo_with_gzip(name: str, folder: Path, tmp_path: Path) -> None:
    uploaded = storage.upload(folder, f"oci://{name}:1")
    tls = ("--src-tls-verify=false", "--dest-tls-verify=false")
    skopeo("copy", *tls, "--dest-compress-format=gzip", f"docker://{name}:1", f"docker://{name}:2")
    skopeo("copy", tls[0], f"docker://{name}:1", f"dir:{tmp_path}/dir")
    skopeo(
        "copy", tls[1], "--format=v2s2", "--dest-compress", f"dir:{tmp_path}/dir", f"docker://{name}:docker"
    )
    for tag in ("2", "docker"):
        back = storage.download(f"oci://{name}:{tag}", tmp_path / tag, expected=uploaded.digest)
        assert read_files(back) == FILES


@needs_skopeo
@pytest.mark.parametrize("index", [False, True])
def test_on_a_base_image(index: bool, name: str, folder: Path, tmp_path: Path) -> None:
    base = write_files(tmp_path / "base", {"base.txt": b"of the base"})
    platform = "linux/arm64"
    first = storage.upload(base, f"oci://{name}-base:1", store=OCIStore(platform=platform))
    base_name = first.uri.removeprefix("oci://")
    if index:
        base_name = make_index(name, first.uri.rpartition("@")[2])
    store = OCIStore(base_image=base_name)
    uploaded = storage.upload(folder, f"oci://{name}:1", store=store)
    assert storage.list_files(uploaded.uri) == uploaded.files
    assert read_files(storage.download(uploaded.uri, tmp_path / "back")) == FILES
    manifest = inspect(f"{name}:1")
    assert manifest["mediaType"] == (INDEX if index else MANIFEST)
    if index:
        assert [each["platform"]["architecture"] for each in manifest["manifests"]] == ["arm64", "s390x"]  # type: ignore[attr-defined]
        manifest = inspect(f"{name}@{manifest['manifests'][0]['digest']}")  # type: ignore[index]
    assert len(manifest["layers"]) == 2  # type: ignore[arg-type]
    config = json.loads(
        skopeo(
            "inspect",
            "--config",
            "--raw",
            "--tls-verify=false",
            "--override-arch=arm64",
            f"docker://{name}:1",
        )
    )
    assert config["architecture"] == "arm64"
    assert len(config["rootfs"]["diff_ids"]) == len(config["history"]) == 2


def make_index(name: str, digest: str) -> str:
    """Tag an index of one image for two machines, and of an attestation."""
    from model_registry.storage.oci.credentials import Keychain
    from model_registry.storage.oci.documents import document
    from model_registry.storage.oci.image_reference import ImageReference
    from model_registry.storage.oci.registry_client import RegistryClient
    from model_registry.storage.oci.repository import Repository

    reference = ImageReference.parse(f"{name}-base:index")
    base = Repository(reference, RegistryClient(), Keychain())
    size = len(base.manifest(digest).data)
    machines = [{"os": "linux", "architecture": each} for each in ("arm64", "s390x", "unknown")]
    machines[2]["os"] = "unknown"
    entries = [{"mediaType": MANIFEST, "digest": digest, "size": size, "platform": each} for each in machines]
    base.put_manifest("index", document(INDEX, {"manifests": entries}))
    return str(reference)


def test_a_base_of_the_same_registry_is_mounted(
    oci_registry: Registry, request: pytest.FixtureRequest, folder: Path, tmp_path: Path
) -> None:
    base = write_files(tmp_path / "base", {"base.bin": b"base" * 100_000})
    with Faults(oci_registry) as proxy:
        name = f"{proxy.host}/{repository(request)}"
        storage.upload(base, f"oci://{name}-base:1")
        proxy.requests.clear()
        storage.upload(folder, f"oci://{name}:1", store=OCIStore(base_image=f"{name}-base:1"))
        assert len(proxy.asked("POST", "mount=sha256")) == 1
        assert proxy.asked("GET", "/blobs/sha256") == proxy.asked("GET", "-base/blobs/sha256")[:1]


@needs_skopeo
def test_a_base_of_another_registry_is_copied(name: str, folder: Path, tmp_path: Path) -> None:
    base = write_files(tmp_path / "base", {"base.bin": b"base" * 1_000_000})
    with Registry(tmp_path / "other") as other:
        storage.upload(base, f"oci://{other.host}/base:1")
        store = OCIStore(base_image=f"{other.host}/base:1")
        uploaded = storage.upload(folder, f"oci://{name}:1", store=store)
    assert read_files(storage.download(uploaded.uri, tmp_path / "back")) == FILES
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}:1", f"dir:{tmp_path}/all")


@needs_skopeo
def test_a_base_that_has_nothing_for_the_platform(name: str, folder: Path, tmp_path: Path) -> None:
    first = storage.upload(folder, f"oci://{name}-base:1")
    base = make_index(name, first.uri.rpartition("@")[2])
    with pytest.raises(StorageError, match="does not support the platform linux/riscv64"):
        storage.upload(folder, f"oci://{name}:1", store=OCIStore(base_image=base, platform="linux/riscv64"))
    only = OCIStore(base_image=base, platform="linux/s390x")
    storage.upload(folder, f"oci://{name}:2", store=only)
    assert len(inspect(f"{name}:2")["manifests"]) == 1  # type: ignore[arg-type]


@needs_skopeo
def test_a_base_of_dockers_kind(name: str, folder: Path, tmp_path: Path) -> None:
    base = write_files(tmp_path / "base", {"base.txt": b"of the base"})
    storage.upload(base, f"oci://{name}-oci:1")
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}-oci:1", f"dir:{tmp_path}/dir")
    skopeo(
        "copy", "--dest-tls-verify=false", "--format=v2s2", f"dir:{tmp_path}/dir", f"docker://{name}-base:1"
    )
    assert "docker" in str(inspect(f"{name}-base:1")["mediaType"])
    store = OCIStore(base_image=f"{name}-base:1")
    uploaded = storage.upload(folder, f"oci://{name}:1", store=store)
    manifest = inspect(f"{name}:1")
    assert "docker" not in json.dumps(manifest), "one kind of manifest does not mix with the other"
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}:1", f"dir:{tmp_path}/all")
    assert read_files(storage.download(uploaded.uri, tmp_path / "back")) == FILES


@given(
    names=st.sets(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/."), min_size=1),
        min_size=1,
        max_size=5,
    ),
    content=st.binary(max_size=2_000),
)
def test_layers_are_archives_for_any_names(
    names: set[str], content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.getbasetemp() / "any"
    source.write_bytes(content)
    layer = layer_of([storage.LocalFile(source, f"folder/{name}") for name in sorted(names)])
    archive = b"".join(layer.blob.chunks(0, layer.blob.size, lambda end, size: None))
    assert layer.blob.size == len(archive)
    assert layer.blob.digest == sha256(archive)
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
        assert {each.name for each in opened if each.isfile()} == {f"models/folder/{name}" for name in names}
    for packed in layer.contents:
        assert archive[packed.offset :].startswith(content)
    middle = len(archive) // 2
    assert (
        b"".join(layer.blob.chunks(middle, middle + 700, lambda end, size: None))
        == (archive[middle : middle + 700])
    )
