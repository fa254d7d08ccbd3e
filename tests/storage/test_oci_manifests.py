"""Manifests that other products wrote: each is read, with short files in place of the published ones."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import storage
from tests.support.folders import read_files
from tests.support.oci_memory import MemoryRegistry, tar

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("manifests")

KITFILE = {
    "manifestVersion": "1.0.0",
    "model": {"name": "Finetuning_SLM", "path": "./model_adapter"},
    "code": [{"path": "./SLM_Finetuning.ipynb"}],
    "datasets": [{"name": "training data", "path": "./slm_tuning_dataset.csv"}],
}
"""The Kitfile of `kitops-inspect.json`, from the same page."""

MODCTL = [
    *("LICENSE", "README.md", "config.json", "foo/bar.json", "generation_config.json"),
    *("tokenizer.json", "tokenizer_config.json", "vocab.json"),
]
NAMES: dict[str, list[str]] = {
    "docker-gguf": ["model.gguf", "LICENSE"],
    "docker-safetensors": [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "config.json",
        "LICENSE",
    ],
    "kitops-inspect": ["SLM_Finetuning.ipynb", "slm_tuning_dataset.csv", "model_adapter/adapter.bin"],
    "kitops-onnx": ["model.onnx", "tokenizer.json", "README.md", "justfile"],
    "modctl-2024": MODCTL,
    "modctl-2025": MODCTL,
    "ollama-phi3": ["model.gguf", "LICENSE", "template", "params.json"],
}
"""The names of the files in the layers of each manifest."""


def manifest(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return loaded


def packed(kind: str, name: str, content: bytes) -> bytes:
    """Return a layer of a type with a file."""
    if ".tar" not in kind:
        return content
    archive = tar({name: content})
    return gzip.compress(archive) if kind.endswith("+gzip") else archive


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    with MemoryRegistry() as registry:
        yield registry


def test_14_9_all_manifests_are_read() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_14_9_manifests_of_other_products(name: str, registry: MemoryRegistry, tmp_path: Path) -> None:
    given, expected = manifest(name), {}
    config = KITFILE if name == "kitops-inspect" else {}
    described = registry.blob(given["config"]["mediaType"], json.dumps(config).encode())
    layers: list[dict[str, Any]] = []
    for number, (layer, path) in enumerate(zip(given["layers"], NAMES[name], strict=True)):
        content = f"{number}".encode()
        blob = registry.blob(layer["mediaType"], packed(layer["mediaType"], path, content))
        layers.append({**layer, "digest": blob["digest"], "size": blob["size"]})
        expected[path] = content
    kind = given.get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    content = {key: value for key, value in given.items() if key not in ("schemaVersion", "mediaType")}
    registry.document("1", kind, **{**content, "config": {**given["config"], **described}, "layers": layers})
    assert read_files(storage.download(registry.uri("1"), tmp_path / "out")) == expected


@pytest.mark.parametrize("name", ["docker-gguf", "ollama-phi3"])
def test_14_9_files_are_listed_from_the_manifest_alone(name: str, registry: MemoryRegistry) -> None:
    given = manifest(name)
    registry.raw("1", json.dumps(given).encode())
    listed = {file.path: (file.size, file.digest) for file in storage.list_files(registry.uri("1"))}
    layers = [(layer["size"], layer["digest"]) for layer in given["layers"]]
    assert listed == dict(zip(NAMES[name], layers, strict=True))
