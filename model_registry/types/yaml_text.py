"""Writing JSON types as YAML that every version of YAML reads the same."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from model_registry.exceptions.base import InvalidArgumentError
from model_registry.types.arguments import check_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_])?")
"""Texts that need no quotes, unless they are words for something else."""

_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})

_UNPRINTABLE = re.compile("[\x7f-\xa0\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""What JSON leaves as it is, and YAML would not read, or terminals show as the end or order of a line."""


def to_yaml(value: Mapping[str, object] | Sequence[object]) -> str:
    """Write a mapping or a list of JSON types as a YAML document in block style.

    Args:
        value: Texts, numbers, booleans, `None`, and mappings and lists of these.

    Returns:
        The document.

    Raises:
        InvalidArgumentError: A value is none of these.

    Example:
        >>> from model_registry.types.yaml_text import to_yaml
        >>> print(to_yaml({"name": "fraud", "version": "1.0", "ports": [80]}), end="")
        name: fraud
        version: "1.0"
        ports:
          - 80
    """
    return "".join(f"{line}\n" for line in (_lines(value, "") if value else [_scalar(value)]))


def _lines(value: object, indent: str) -> list[str]:
    """Write a mapping or a list that is not empty."""
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, each in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str):
                raise InvalidArgumentError(f"YAML is written with texts for keys, got {key!r}")
            head = f"{indent}{_text(key)}:"
            lines += [head, *_lines(each, f"{indent}  ")] if _is_block(each) else [f"{head} {_scalar(each)}"]
        return lines
    for each in cast("Sequence[object]", value):
        if _is_block(each):
            first, *rest = _lines(each, f"{indent}  ")
            lines += [f"{indent}- {first[len(indent) + 2 :]}", *rest]
        else:
            lines.append(f"{indent}- {_scalar(each)}")
    return lines


def _is_block(value: object) -> bool:
    return isinstance(value, (Mapping, list, tuple)) and len(cast("Sequence[object]", value)) > 0


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (Mapping, list, tuple)):  # empty ones
        return "{}" if isinstance(value, Mapping) else "[]"
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    if isinstance(value, float) and math.isfinite(value):
        mantissa, e, exponent = repr(value).partition("e")
        sign = "" if exponent.startswith("-") or not e else "+"
        point = "" if "." in mantissa or not e else ".0"
        return f"{mantissa}{point}{e}{sign}{exponent.lstrip('+')}"
    raise InvalidArgumentError(f"YAML is written of JSON types, got {value!r}")


def _text(value: str) -> str:
    check_text("a text in YAML", value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
