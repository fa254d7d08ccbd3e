"""Read what the headers of model files say: safetensors, GGUF and ONNX. The weights are not read."""

from __future__ import annotations

import json
import math
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from .protobuf import fields_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MOST_BYTES: Final = 100 * 2**20
"""Longest header that is read."""
_MOST_TENSORS: Final = 1_000_000
_MOST_TEXT: Final = 100


@dataclass
class ModelHeader:
    """What the headers of a model's files say.

    Attributes:
        format_version: Version of the file format.
        parameters: Number of parameters, by type of number.
        facts: Further facts by name.
    """

    format_version: str | None = None
    parameters: Counter[str] = field(default_factory=Counter[str])
    facts: dict[str, str | int] = field(default_factory=dict[str, "str | int"])

    def properties(self) -> dict[str, str | int | float]:
        """Return the facts as custom properties.

        The number of parameters is a float: some registries store whole numbers of 32 bits only. Values
        that no sensible file has are left out.
        """
        facts: dict[str, str | int | float] = {**self.facts}
        total = self.parameters.total()
        if 0 < total < 2**53:
            facts["parameters"] = float(total)
            facts["dtype"] = ", ".join(dtype for dtype, _ in self.parameters.most_common())
        return {f"model.{name}": value for name, value in facts.items() if _is_sensible(value)}


def _is_sensible(value: str | float) -> bool:
    if isinstance(value, str):
        return value.isascii() and value.isprintable() and 0 < len(value) <= _MOST_TEXT
    return not isinstance(value, int) or 0 <= value < 2**31


def header_of(paths: Iterable[Path]) -> ModelHeader:
    """Read the headers of the files of one model, which may be in several parts.

    A file with another header than its name says is left out.

    Args:
        paths: The files. Those of other formats are not opened.
    """
    result = ModelHeader()
    for path in sorted(paths):
        read = _READERS.get(path.suffix.lower())
        if read is None:
            continue
        part = ModelHeader()
        try:
            with path.open("rb") as file:
                read(file, part)
        except (
            OSError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            RecursionError,
            struct.error,
        ):
            continue
        result.format_version = result.format_version or part.format_version
        result.parameters += part.parameters
        result.facts = {**part.facts, **result.facts}
    return result


def _safetensors(file: IO[bytes], header: ModelHeader) -> None:
    (size,) = struct.unpack("<Q", file.read(8))
    if size > _MOST_BYTES:
        raise ValueError("the header is too long")
    tensors: dict[str, Any] = json.loads(file.read(size))
    metadata = tensors.pop("__metadata__", {})
    for tensor in tensors.values():
        header.parameters[str(tensor["dtype"])] += math.prod(map(int, tensor["shape"]))
    framework = metadata.get("format")
    if isinstance(framework, str):
        header.facts["framework"] = framework


_GGUF_SCALARS: Final = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_GGUF_TEXT: Final = 8
_GGUF_ARRAY: Final = 9
_GGML_TYPES: Final = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    6: "Q5_0",
    7: "Q5_1",
    8: "Q8_0",
    9: "Q8_1",
    10: "Q2_K",
    11: "Q3_K",
    12: "Q4_K",
    13: "Q5_K",
    14: "Q6_K",
    15: "Q8_K",
    16: "IQ2_XXS",
    17: "IQ2_XS",
    18: "IQ3_XXS",
    19: "IQ1_S",
    20: "IQ4_NL",
    21: "IQ3_S",
    22: "IQ2_S",
    23: "IQ4_XS",
    24: "I8",
    25: "I16",
    26: "I32",
    27: "I64",
    28: "F64",
    29: "IQ1_M",
    30: "BF16",
    34: "TQ1_0",
    35: "TQ2_0",
    39: "MXFP4",
}
_GGUF_FACTS: Final = {"general.architecture": "architecture", "general.size_label": "size_label"}


def _gguf(file: IO[bytes], header: ModelHeader) -> None:
    if file.read(4) != b"GGUF":
        raise ValueError("not a GGUF file")
    version = _unpack(file, "I")
    order = "<" if version < 2**16 else ">"
    version = version if order == "<" else int.from_bytes(version.to_bytes(4, "little"), "big")
    count_code = "I" if version == 1 else "Q"
    tensors, pairs = _unpack(file, count_code, order), _unpack(file, count_code, order)
    if max(tensors, pairs) > _MOST_TENSORS:
        raise ValueError("the header is too long")
    for _ in range(pairs):
        name = _gguf_text(file, count_code, order)
        value = _gguf_value(file, _unpack(file, "I", order), count_code, order)
        if name in _GGUF_FACTS and isinstance(value, str):
            header.facts[_GGUF_FACTS[name]] = value
    for _ in range(tensors):
        _gguf_text(file, count_code, order)
        shape = [_unpack(file, count_code, order) for _ in range(min(_unpack(file, "I", order), 8))]
        code = _unpack(file, "I", order)
        file.seek(8, 1)
        header.parameters[_GGML_TYPES.get(code, f"type {code}")] += math.prod(shape)
    header.format_version = str(version)


def _unpack(file: IO[bytes], code: str, order: str = "<") -> Any:  # noqa: ANN401  # as the code says
    form = order + code
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _gguf_text(file: IO[bytes], count_code: str, order: str) -> str:
    size = _unpack(file, count_code, order)
    if size > _MOST_BYTES:
        raise ValueError("the header is too long")
    return file.read(size).decode("utf-8", "replace")


def _gguf_value(file: IO[bytes], kind: int, count_code: str, order: str) -> object:
    """Read a value, or skip an array."""
    if kind == _GGUF_TEXT:
        return _gguf_text(file, count_code, order)
    if kind != _GGUF_ARRAY:
        return _unpack(file, _GGUF_SCALARS[kind], order)
    kind, count = _unpack(file, "I", order), _unpack(file, count_code, order)
    if kind in _GGUF_SCALARS:
        file.seek(count * struct.calcsize(order + _GGUF_SCALARS[kind]), 1)
        return None
    for _ in range(min(count, _MOST_TENSORS)):
        _gguf_value(file, kind, count_code, order)
    return None


_ONNX_TYPES: Final = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4e2m1",
}


def _onnx(file: IO[bytes], header: ModelHeader) -> None:
    """Read a `ModelProto`: 1 IR version, 2 and 3 producer, 7 graph, 8 sets of operators."""
    end = file.seek(0, 2)
    file.seek(0)
    for number, value in fields_of(file, end):
        if number == 1 and isinstance(value, int):
            header.format_version = str(value)
        elif number == 2 and isinstance(value, range):
            header.facts["producer"] = _bytes(file, value).decode("utf-8", "replace")
        elif number == 8 and isinstance(value, range):
            file.seek(value.start)
            opset = dict(fields_of(file, value.stop))
            if 1 not in opset or not opset[1]:  # the standard operators
                header.facts["opset"] = int(str(opset.get(2, 0)))
        elif number == 7 and isinstance(value, range):
            _onnx_graph(file, value, header)
    if header.format_version is None:
        raise ValueError("not an ONNX file")


def _onnx_graph(file: IO[bytes], graph: range, header: ModelHeader) -> None:
    """Add up the initializers of a graph: field 5, a tensor with 1 its dimensions and 2 its type."""
    file.seek(graph.start)
    for number, tensor in fields_of(file, graph.stop):
        if number != 5 or not isinstance(tensor, range):
            continue
        file.seek(tensor.start)
        shape: list[int] = []
        dtype = 0
        for part, value in fields_of(file, tensor.stop):
            if part == 1:
                shape += [value] if isinstance(value, int) else numbers_of(_bytes(file, value))
            elif part == 2 and isinstance(value, int):
                dtype = value
        header.parameters[_ONNX_TYPES.get(dtype, f"type {dtype}")] += math.prod(shape)


def _bytes(file: IO[bytes], where: range) -> bytes:
    if len(where) > _MOST_BYTES:
        raise ValueError("a field is too long")
    file.seek(where.start)
    return file.read(len(where))


_READERS: Final[dict[str, Callable[[IO[bytes], ModelHeader], None]]] = {
    ".safetensors": _safetensors,
    ".gguf": _gguf,
    ".onnx": _onnx,
}
