"""Artifacts that follow the CNCF ModelPack specification: public tools read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import modelpack_client
import oras.client
import pytest

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.oci import OCIStore
from tests.support.folders import read_files, write_files
from tests.support.oci_registry import inspect, needs_skopeo, skopeo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.oci_registry import Registry

FILES = {
    "model.onnx": b"weights",
    "shards/model-1.safetensors": b"1",
    "tokenizer.json": b"{}",
    "Tokenizer.model": b"t",
    "vocab.txt": b"v",
    "README.md": b"#",
    "LICENSE": b"MIT",
    "src/handler.py": b"pass",
    "requirements.txt": b"numpy",
    "data/train.parquet": b"p",
    ".wh.unusual": b"u",
    "empty": b"",
}
KINDS = {
    "model.onnx": "weight",
    "shards/model-1.safetensors": "weight",
    "tokenizer.json": "weight.config",
    "Tokenizer.model": "weight.config",
    "vocab.txt": "weight.config",
    "README.md": "doc",
    "LICENSE": "doc",
    "src/handler.py": "code",
    "requirements.txt": "code",
    "data/train.parquet": "dataset",
    ".wh.unusual": "weight",
    "empty": "weight",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_files(tmp_path / "source", FILES)


@pytest.fixture
def name(oci_registry: Registry, request: pytest.FixtureRequest) -> str:
    folder = "".join(each for each in request.node.name.lower() if each.isalnum())
    return f"{oci_registry.host}/modelpack/{folder}:1"


def push(source: Path, name: str, **options: Any) -> storage.Upload:
    return storage.upload(source, f"oci://{name}", store=OCIStore(format="modelpack", **options))


def test_9_there_and_back(source: Path, name: str, tmp_path: Path) -> None:
    uploaded = push(source, name)
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert read_files(back) == FILES
    assert push(source, name).uri == uploaded.uri, "the same files give the same digest"


def test_9_a_single_file(source: Path, name: str, tmp_path: Path) -> None:
    uploaded = push(source / "model.onnx", name)
    assert storage.download(uploaded.uri, tmp_path / "m.onnx").read_bytes() == b"weights"


@needs_skopeo
def test_9_types_and_annotations_are_those_of_the_specification(source: Path, name: str) -> None:
    push(source, name)
    manifest: dict[str, Any] = inspect(name)
    assert manifest["artifactType"] == "application/vnd.cncf.model.manifest.v1+json"
    assert manifest["config"]["mediaType"] == "application/vnd.cncf.model.config.v1+json"
    kinds = {}
    for layer in manifest["layers"]:
        path = layer["annotations"]["org.cncf.model.filepath"]
        kinds[path] = layer["mediaType"]
        metadata = json.loads(layer["annotations"]["org.cncf.model.file.metadata+json"])
        assert (metadata["name"], metadata["size"]) == (path.rpartition("/")[2], layer["size"])
        assert layer["size"] == len(FILES[path])
    assert kinds == {path: f"application/vnd.cncf.model.{kind}.v1.raw" for path, kind in KINDS.items()}


def test_9_modelpack_client_validates_and_pulls_it(source: Path, name: str, tmp_path: Path) -> None:
    described = {"name": "fraud", "version": "1.0", "licenses": ["Apache-2.0"]}
    uploaded = push(
        source,
        name,
        model_config={"descriptor": described, "config": {"capabilities": {"inputTypes": ["text"]}}},
    )
    pulled = modelpack_client.ModelPackClient(insecure=True).pull(name, tmp_path / "pulled")
    assert read_files(tmp_path / "pulled") == FILES
    assert pulled.config["descriptor"] == described
    assert pulled.config["config"] == {"capabilities": {"inputTypes": ["text"]}}
    digests = {file.digest for file in uploaded.files}
    assert set(pulled.config["modelfs"]["diffIds"]) == digests


def test_9_the_format_is_detected(source: Path, name: str, tmp_path: Path) -> None:
    push(source / "model.onnx", name)
    pulled = modelpack_client.ModelPackClient(insecure=True).pull(name, tmp_path / "pulled")
    assert pulled.config["config"] == {"format": "onnx"}


def test_9_oras_pulls_it(source: Path, name: str, tmp_path: Path) -> None:
    push(source, name)
    oras.client.OrasClient(insecure=True).pull(name, outdir=str(tmp_path / "pulled"))
    assert read_files(tmp_path / "pulled") == FILES


def test_9_what_modelpack_client_pushes_is_read(source: Path, name: str, tmp_path: Path) -> None:
    layers = [
        modelpack_client.ModelLayer(source / "model.onnx", artifact_path="deep/model.onnx"),
        modelpack_client.ModelLayer(source / "shards"),
        modelpack_client.ModelLayer(
            source / "src", media_type="application/vnd.cncf.model.code.v1.tar+zstd", artifact_path="code/src"
        ),
    ]
    config = modelpack_client.ModelPackConfig()
    modelpack_client.ModelPackClient(insecure=True).push(name, layers=layers, config=config)
    assert read_files(storage.download(f"oci://{name}", tmp_path / "back")) == {
        "deep/model.onnx": FILES["model.onnx"],
        "shards/model-1.safetensors": FILES["shards/model-1.safetensors"],
        "code/src/handler.py": FILES["src/handler.py"],
    }


@needs_skopeo
def test_9_a_copy_by_skopeo_is_the_same(source: Path, name: str, tmp_path: Path) -> None:
    uploaded = push(source, name)
    copied = name.removesuffix(":1") + ":2"
    skopeo(
        "copy", "--src-tls-verify=false", "--dest-tls-verify=false", f"docker://{name}", f"docker://{copied}"
    )
    back = storage.download(f"oci://{copied}", tmp_path / "back", expected=uploaded.digest)
    assert read_files(back) == FILES


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"format": "zip"}, "format must be one of image, artifact, modelpack, got 'zip'"),
        ({"format": "modelpack", "artifact": True}, "artifact=True contradicts"),
        ({"format": "modelpack", "base_image": "busybox"}, "excludes base_image"),
        ({"model_config": {}}, "needs format"),
        ({"format": "modelpack", "model_config": {"descriptor": {"nam": "x"}}}, r"\['descriptor'\]\['nam'\]"),
        ({"format": "modelpack", "model_config": {"descriptor": {"name": 1}}}, "string"),
        ({"format": "modelpack", "model_config": 5}, "model_config: "),
        (
            {"format": "modelpack", "model_config": {"descriptor": {"createdAt": "yesterday"}}},
            "a time such as",
        ),
        (
            {"format": "modelpack", "model_config": {"descriptor": {"createdAt": "2026-02-30T00:00:00Z"}}},
            "a time such as",
        ),
        (
            {
                "format": "modelpack",
                "model_config": {"config": {"capabilities": {"knowledgeCutoff": "2026-01"}}},
            },
            r"\['knowledgeCutoff'\]",
        ),
    ],
)
def test_9_wrong_options_are_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgumentError, match=text):
        OCIStore(**options)
