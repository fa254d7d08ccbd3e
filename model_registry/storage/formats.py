"""Detect the format of a model from the names of its files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BY_NAME = {"saved_model.pb": "tensorflow", "MLmodel": "mlflow"}
_BY_ENDING = {
    ".onnx": "onnx",
    ".safetensors": "safetensors",
    ".gguf": "gguf",
    ".pt": "pytorch",
    ".pth": "pytorch",
    ".keras": "keras",
    ".tflite": "tflite",
    ".mar": "torchserve",
    ".bst": "xgboost",
    ".ubj": "xgboost",
    ".pmml": "pmml",
    ".mlmodel": "coreml",
}


def format_of(paths: Iterable[str]) -> str | None:
    """Return the format of a model if the names of its files are not ambiguous.

    Args:
        paths: Names or paths of the files.

    Returns:
        A name such as `onnx`, or `None` if the names do not show it.

    Example:
        >>> from model_registry.storage.formats import format_of
        >>> format_of(["model/fraud.onnx", "model/labels.txt"])
        'onnx'
        >>> print(format_of(["fraud.pkl"]))
        None
    """
    files = [PurePosixPath(path) for path in paths]
    by_name = {_BY_NAME[file.name] for file in files if file.name in _BY_NAME}
    found = by_name or {_BY_ENDING[ending] for file in files if (ending := file.suffix.lower()) in _BY_ENDING}
    return found.pop() if len(found) == 1 else None
