"""Models as others store them: ModelPack, KitOps, Docker Model Runner, Ollama, ORAS, and odd images."""

from __future__ import annotations

import gzip
import struct
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import storage
from model_registry.exceptions import IntegrityError, MissingExtraError, StorageError
from model_registry.storage.oci.credentials import Keychain
from model_registry.storage.oci.image_reference import ImageReference
from model_registry.storage.oci.images import images_of
from model_registry.storage.oci.registry_client import RegistryClient
from model_registry.storage.oci.repository import Repository
from tests.support.folders import read_files
from tests.support.oci_memory import CONFIG, INDEX, LAYER, MemoryRegistry, tar

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PACK = "application/vnd.cncf.model"
KIT = "application/vnd.kitops.modelkit"
DOCKER = "application/vnd.docker.ai"
OLLAMA = "application/vnd.ollama.image"
OLLAMA_CONFIG = "application/vnd.docker.container.image.v1+json"
PATH, TITLE = "org.cncf.model.filepath", "org.opencontainers.image.title"
EMPTY = "application/vnd.oci.empty.v1+json"

Layer = tuple[str, bytes, dict[str, str]]


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    with MemoryRegistry() as registry:
        yield registry


def named(path: str) -> dict[str, str]:
    return {PATH: path}


ARTIFACTS: dict[str, tuple[str, list[Layer], dict[str, bytes]]] = {
    "ModelPack, raw": (
        f"{PACK}.config.v1+json",
        [
            (f"{PACK}.weight.v1.raw", b"w", named("sub/m.safetensors")),
            (f"{PACK}.weight.config.v1.raw", b"{}", named("config.json")),
            (f"{PACK}.doc.v1.raw", b"#", named("README.md")),
        ],
        {"sub/m.safetensors": b"w", "config.json": b"{}", "README.md": b"#"},
    ),
    "ModelPack, whole paths in archives": (
        f"{PACK}.config.v1+json",
        [
            (f"{PACK}.weight.v1.tar", tar({"en/m.bin": b"1"}), named("en/m.bin")),
            (f"{PACK}.weight.v1.tar+gzip", gzip.compress(tar({"fr/m.bin": b"2"})), named("fr/m.bin")),
            (f"{PACK}.code.v1.tar+zstd", zstd.compress(tar({"src/a.py": b"3"})), named("src")),
            (f"{PACK}.dataset.v1.tar", tar({"a/a/x": b"4"}), named("a/a")),
        ],
        {"en/m.bin": b"1", "fr/m.bin": b"2", "src/a.py": b"3", "a/a/x": b"4"},
    ),
    "ModelPack, short paths in archives": (
        f"{PACK}.config.v1+json",
        [
            (f"{PACK}.weight.v1.tar", tar({"m.bin": b"1"}), named("en/m.bin")),
            (f"{PACK}.weight.v1.tar", tar({"m.bin": b"2"}), named("./fr/m.bin")),
            (f"{PACK}.code.v1.tar", tar({"src/a.py": b"3"}), named("deep/src/")),
        ],
        {"en/m.bin": b"1", "fr/m.bin": b"2", "deep/src/a.py": b"3"},
    ),
    "ModelPack, archive without a path": (
        f"{PACK}.config.v1+json",
        [(f"{PACK}.weight.v1.tar", tar({"x/m.bin": b"1"}), {})],
        {"x/m.bin": b"1"},
    ),
    "ModelPack before version 1": (
        "application/vnd.cnai.model.config.v1+json",
        [("application/vnd.cnai.model.weight.v1", b"w", {"org.cnai.model.filepath": "m.bin"})],
        {"m.bin": b"w"},
    ),
    "ModelPack, files that are compressed themselves": (
        f"{PACK}.config.v1+json",
        [
            (f"{PACK}.weight.v1.raw", gzip.compress(b"w"), named("m.bin.gz")),
            (f"{PACK}.doc.v1.raw+gzip", gzip.compress(b"doc"), named("doc.txt")),
            (f"{PACK}.doc.v1.raw+zstd", zstd.compress(b"zdoc"), named("zdoc.txt")),
        ],
        {"m.bin.gz": gzip.compress(b"w"), "doc.txt": b"doc", "zdoc.txt": b"zdoc"},
    ),
    "KitOps": (
        f"{KIT}.config.v1+json",
        [
            (f"{KIT}.model.v1.tar+gzip", gzip.compress(tar({"models/m.gguf": b"g"})), {}),
            (f"{KIT}.code.v1.tar", tar({"src/a.py": b"a"}), {}),
            (f"{KIT}.docs.v1.raw", b"#", named("docs/README.md")),
            (f"{KIT}.config.v1+json", b"{}", {}),
        ],
        {"models/m.gguf": b"g", "src/a.py": b"a", "docs/README.md": b"#"},
    ),
    "Docker Model Runner, names by type": (
        f"{DOCKER}.model.config.v0.1+json",
        [
            (f"{DOCKER}.gguf.v3", b"1", {}),
            (f"{DOCKER}.gguf.v3", b"2", {}),
            (f"{DOCKER}.gguf.v3.mmproj", b"p", {}),
            (f"{DOCKER}.chat.template.jinja", b"t", {}),
            (f"{DOCKER}.license", b"l", {}),
        ],
        {
            "model-00001-of-00002.gguf": b"1",
            "model-00002-of-00002.gguf": b"2",
            "model.mmproj": b"p",
            "template.jinja": b"t",
            "LICENSE": b"l",
        },
    ),
    "Docker Model Runner, archives and paths": (
        f"{DOCKER}.model.config.v0.2+json",
        [
            (f"{DOCKER}.safetensors", b"w", {}),
            (f"{DOCKER}.vllm.config.tar", tar({"config.json": b"{}", "tokenizer/t.json": b"[]"}), {}),
            (f"{DOCKER}.dir.tar", tar({"onnx/m.onnx": b"o"}), {}),
            (f"{DOCKER}.model.file", b"x", named("text_encoder/x.txt")),
        ],
        {
            "model.safetensors": b"w",
            "config.json": b"{}",
            "tokenizer/t.json": b"[]",
            "onnx/m.onnx": b"o",
            "text_encoder/x.txt": b"x",
        },
    ),
    "Ollama": (
        OLLAMA_CONFIG,
        [
            (f"{OLLAMA}.model", b"GGUF", {}),
            (f"{OLLAMA}.projector", b"proj", {}),
            (f"{OLLAMA}.template", b"{{ .Prompt }}", {}),
            (f"{OLLAMA}.params", b"{}", {}),
            (f"{OLLAMA}.license", b"MIT", {}),
        ],
        {
            "model.gguf": b"GGUF",
            "projector.gguf": b"proj",
            "template": b"{{ .Prompt }}",
            "params.json": b"{}",
            "LICENSE": b"MIT",
        },
    ),
    "ORAS, a file that is compressed itself": (
        EMPTY,
        [
            ("application/gzip", gzip.compress(b"w"), {TITLE: "m.gz"}),
            (f"{LAYER}+gzip", gzip.compress(tar({"a": b"1"})), {TITLE: "a.tar.gz"}),
            ("application/zstd", zstd.compress(b"z"), {TITLE: "m.zst"}),
            (EMPTY, b"{}", {}),
        ],
        {
            "m.gz": gzip.compress(b"w"),
            "a.tar.gz": gzip.compress(tar({"a": b"1"})),
            "m.zst": zstd.compress(b"z"),
        },
    ),
}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("case", ARTIFACTS)
def test_9_artifacts_of_others(case: str, algorithm: str, tmp_path: Path) -> None:
    config, layers, expected = ARTIFACTS[case]
    with MemoryRegistry(algorithm) as registry:
        uri = registry.artifact("1", config, *(registry.blob(kind, data, **a) for kind, data, a in layers))
        assert read_files(storage.download(uri, tmp_path / "back")) == expected
        listed = {file.path: file.size for file in storage.list_files(uri)}
    assert listed == {path: len(content) for path, content in expected.items()}


def test_9_kits_of_the_first_releases_have_their_paths_in_the_kitfile(
    registry: MemoryRegistry, tmp_path: Path
) -> None:
    kitfile = {
        "model": {"path": "models/m.gguf", "parts": [{"path": "parts/lora"}]},
        "code": [{"path": "src"}],
        "datasets": [{"path": "./data/train.csv"}, {"path": "data/test.csv"}],
    }
    layers = [
        ("model", {"m.gguf": b"m"}),
        ("modelpart", {"lora/a.bin": b"l"}),
        ("code", {"src/a.py": b"a"}),
        ("dataset", {"train.csv": b"1"}),
        ("dataset", {"test.csv": b"2"}),
    ]
    blobs = [registry.blob(f"{KIT}.{kind}.v1.tar+gzip", gzip.compress(tar(files))) for kind, files in layers]
    uri = registry.artifact("1", f"{KIT}.config.v1+json", *blobs, config=kitfile)
    assert read_files(storage.download(uri, tmp_path / "back")) == {
        "models/m.gguf": b"m",
        "parts/lora/a.bin": b"l",
        "src/a.py": b"a",
        "data/train.csv": b"1",
        "data/test.csv": b"2",
    }


def test_9_a_kit_without_its_model_names_the_other_kit(registry: MemoryRegistry) -> None:
    code = registry.blob(f"{KIT}.code.v1.tar", tar({"a.py": b"a"}))
    kitfile = {"model": {"path": "ghcr.io/bank/base:1"}, "code": [{"path": "a.py"}]}
    uri = registry.artifact("1", f"{KIT}.config.v1+json", code, config=kitfile)
    with pytest.raises(StorageError, match=r"another ModelKit, 'ghcr\.io/bank/base:1'"):
        storage.list_files(uri)


@pytest.mark.parametrize("kind", [f"{OLLAMA}.tensor", f"{PACK}.weight.v1.raw", f"{DOCKER}.new"])
def test_9_layers_without_a_name_are_not_left_out_in_silence(kind: str, registry: MemoryRegistry) -> None:
    uri = registry.artifact("1", EMPTY, registry.blob(f"{DOCKER}.license", b"l"), registry.blob(kind, b"w"))
    with pytest.raises(StorageError, match=kind):
        storage.list_files(uri)


def test_9_two_files_with_one_path_are_refused(registry: MemoryRegistry, tmp_path: Path) -> None:
    def pushed(*contents: bytes) -> str:
        layers = [registry.blob(f"{PACK}.weight.v1.raw", data, **named("m.bin")) for data in contents]
        return registry.artifact("1", f"{PACK}.config.v1+json", *layers)

    with pytest.raises(StorageError, match=r"different files with the path 'm\.bin'"):
        storage.list_files(pushed(b"1", b"2"))
    assert read_files(storage.download(pushed(b"1", b"1"), tmp_path / "back")) == {"m.bin": b"1"}


@pytest.mark.parametrize("path", ["../escaped", "/etc/escaped", "a/../../escaped"])
@pytest.mark.parametrize("archive", [False, True])
def test_9_paths_that_lead_out_are_refused(
    path: str, registry: MemoryRegistry, tmp_path: Path, *, archive: bool
) -> None:
    kind, data = ("tar", tar({"escaped": b"w"})) if archive else ("raw", b"w")
    layer = registry.blob(f"{PACK}.weight.v1.{kind}", data, **named(path))
    uri = registry.artifact("1", f"{PACK}.config.v1+json", layer)
    with pytest.raises(StorageError, match="escaped"):
        storage.download(uri, tmp_path / "a" / "back")
    assert not list(tmp_path.rglob("escaped"))


def test_8_an_index_in_an_index(registry: MemoryRegistry, tmp_path: Path) -> None:
    layer = registry.blob(LAYER, tar({"models/m": b"w"}))
    image = registry.document(
        "image",
        config=registry.blob(CONFIG, b'{"os": "linux", "architecture": "arm64"}'),
        layers=[layer],
    ) | {"platform": {"os": "linux", "architecture": "arm64"}}
    unknown = image | {"platform": {"os": "unknown", "architecture": "unknown"}}
    inner = registry.document("inner", INDEX, manifests=[unknown, image])
    registry.document("outer", INDEX, manifests=[inner])
    assert read_files(storage.download(registry.uri("outer"), tmp_path / "back")) == {"m": b"w"}
    source = Repository(ImageReference.parse(registry.uri("outer")), RegistryClient(), Keychain())
    assert [each.platform for each in images_of(source, "outer", "linux/arm64")] == [image["platform"]]
    with pytest.raises(StorageError, match="linux/amd64"):
        images_of(source, "outer", "linux/amd64")


def test_8_indexes_in_indexes_are_bounded(registry: MemoryRegistry) -> None:
    described: dict[str, Any] = registry.document("0", INDEX, manifests=[])
    for depth in range(1, 30):
        described = registry.document(str(depth), INDEX, manifests=[described])
    with pytest.raises(StorageError, match="indexes inside each other"):
        storage.list_files(registry.uri("29"))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_8_digests_of_images_are_checked(algorithm: str, tmp_path: Path) -> None:
    with MemoryRegistry(algorithm) as registry:
        config = registry.blob(CONFIG, b"{}")
        layer = registry.blob(LAYER, tar({"models/m": b"w"}))
        manifest = registry.document("1", config=config, layers=[layer])
        uri = f"{registry.uri('1')}@{manifest['digest']}"
        assert read_files(storage.download(uri, tmp_path / "back")) == {"m": b"w"}
        for each in (layer, config, manifest):
            registry.damage(each["digest"])
            with pytest.raises(IntegrityError, match="damaged"):
                storage.list_files(uri)


def zstd_layers() -> dict[str, bytes]:
    layer = tar({"models/m": b"w" * 3_000_000, "models/n": b"n"})
    skipped = struct.pack("<II", 0x184D2A5E, 10) + b"0123456789"
    return {
        "one frame": zstd.compress(layer),
        "many frames": b"".join(
            zstd.compress(layer[at : at + 500_000]) for at in range(0, len(layer), 500_000)
        ),
        "frames without content": skipped + zstd.compress(layer) + skipped,
    }


@pytest.mark.parametrize("case", zstd_layers())
@pytest.mark.parametrize("kind", [f"{LAYER}+zstd", LAYER])
def test_8_zstd_layers(case: str, kind: str, registry: MemoryRegistry, tmp_path: Path) -> None:
    uri = registry.artifact("1", CONFIG, registry.blob(kind, zstd_layers()[case]))
    back = storage.download(uri, tmp_path / "back")
    assert read_files(back) == {"m": b"w" * 3_000_000, "n": b"n"}


def damaged(layer: bytes) -> bytes:
    return layer[:-3]


def bomb(layer: bytes) -> bytes:
    del layer
    frame = zstd.compress(bytes(64 * 1024 * 1024))
    header = tarfile.TarInfo("models/m")
    header.size = 2 * 1024**3
    return zstd.compress(header.tobuf()) + frame * 32


@pytest.mark.parametrize(("change", "text"), [(damaged, "ends too early"), (bomb, "times its size")])
def test_8_bad_zstd_layers(change: Callable[[bytes], bytes], text: str, registry: MemoryRegistry) -> None:
    layer = change(zstd.compress(tar({"models/m": b"w"})))
    uri = registry.artifact("1", CONFIG, registry.blob(f"{LAYER}+zstd", layer))
    with pytest.raises(StorageError, match=text):
        storage.list_files(uri)


def test_8_zstd_without_the_extra_names_it(registry: MemoryRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = registry.artifact("1", CONFIG, registry.blob(LAYER, zstd.compress(tar({"models/m": b"w"}))))
    monkeypatch.setitem(sys.modules, zstd.__name__, None)
    if sys.version_info < (3, 14):
        monkeypatch.delattr(sys.modules["backports"], "zstd")
    with pytest.raises(MissingExtraError, match=r"model-registry\[oci\]"):
        storage.list_files(uri)


@pytest.mark.parametrize("path", ["/", "", "./"])
def test_14_4_a_path_that_names_nothing_is_refused(
    registry: MemoryRegistry, tmp_path: Path, path: str
) -> None:
    layer = registry.blob(f"{PACK}.weight.v1.raw", b"weights", **{PATH: path})
    uri = registry.artifact("odd", f"{PACK}.config.v1+json", layer)
    with pytest.raises(StorageError):
        storage.download(uri, tmp_path / "out")


@pytest.mark.parametrize("where", ["manifest", "config"])
def test_14_4_documents_with_many_levels_are_refused(
    registry: MemoryRegistry, tmp_path: Path, where: str
) -> None:
    deep = b'{"config": ' + b"[" * 200_000
    config = registry.blob(CONFIG, deep)
    registry.document("deep", config=config, layers=[registry.blob(LAYER, tar({"models/a": b"a"}))])
    if where == "manifest":
        registry.raw("deep", deep)
    with pytest.raises(StorageError, match="not a JSON object"):
        storage.download(registry.uri("deep"), tmp_path / "out")


@pytest.mark.parametrize("size", [-1, 2**64, 10**4000])
def test_14_4_impossible_sizes_are_refused(registry: MemoryRegistry, tmp_path: Path, size: int) -> None:
    layer = registry.blob(LAYER, tar({"models/a": b"a"}))
    uri = registry.artifact("odd", CONFIG, {**layer, "size": size})
    with pytest.raises(StorageError, match=" bytes"):
        storage.download(uri, tmp_path / "out")
