"""What the headers of model files say. The files were written by the libraries of these formats."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import pytest

from model_registry.storage.headers import header_of

FILES = Path(__file__).parent / "model_headers"


@pytest.mark.parametrize(
    ("name", "version", "properties"),
    [
        (
            "model.safetensors",
            None,
            {"model.framework": "pt", "model.parameters": 11.0, "model.dtype": "F32, F16"},
        ),
        (
            "model.onnx",
            "8",
            {
                "model.producer": "skl2onnx",
                "model.opset": 17,
                "model.parameters": 18.0,
                "model.dtype": "float32, float16, int64",
            },
        ),
        (
            "model.gguf",
            "3",
            {
                "model.architecture": "llama",
                "model.size_label": "1B",
                "model.parameters": 136.0,
                "model.dtype": "F32, F16",
            },
        ),
    ],
)
def test_15_11_headers_say_version_parameters_and_dtype(name, version, properties):
    header = header_of([FILES / name])
    assert (header.format_version, header.properties()) == (version, properties)


def test_15_11_parts_of_one_model_are_added_up(tmp_path):
    for number in (1, 2, 3):
        shutil.copy(FILES / "model.safetensors", tmp_path / f"model-{number}.safetensors")
    assert header_of(tmp_path.iterdir()).properties()["model.parameters"] == 33.0


def safetensors(header: object, size: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.safetensors", b""),
        ("a.safetensors", b"no header at all"),
        ("a.safetensors", safetensors({}, 2**62)),
        ("a.safetensors", safetensors([])),
        ("a.safetensors", safetensors({"a": {"dtype": "F\0", "shape": [2**80]}})),
        ("a.safetensors", safetensors({"a": {"dtype": "F32", "shape": [-1]}})),
        ("a.safetensors", safetensors({"a": {"shape": "wide"}, "__metadata__": []})),
        ("a.gguf", b"GGUF"),
        ("a.gguf", b"GGUF" + struct.pack("<IQQ", 3, 2**63, 2**63)),
        ("a.onnx", b"\xff" * 40),
        ("a.onnx", b"\x3a\xff\xff\x03"),
    ],
)
def test_15_11_broken_headers_say_nothing(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    header = header_of([tmp_path / name])
    assert (header.format_version, header.properties()) == (None, {})


@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx", "model.gguf"])
def test_15_11_no_incomplete_file_raises(tmp_path, name):
    whole = (FILES / name).read_bytes()
    for size in range(len(whole)):
        (tmp_path / name).write_bytes(whole[:size])
        header_of([tmp_path / name]).properties()
