"""Convert comparisons with numbers to the type of the column.

Numbers compare exactly, whatever a database does when column and value have different types: the value is
converted to the column's type. If that is impossible, the nearest bound with the same meaning replaces it.
The sign "" means that nothing matches, and `PRESENT` that every value matches.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

from model_registry.server.ids import INT64

Value: TypeAlias = "str | int | float | bool"

PRESENT: Final = "PRESENT"
"""The sign that every value matches."""


def as_integer(sign: str, value: Value) -> tuple[str, int]:
    """Return the comparison with the same meaning for a column of integers."""
    if isinstance(value, int):
        return sign, value
    assert isinstance(value, float)  # noqa: S101  # `convert` returns nothing else for a number
    if value.is_integer() and int(value) in INT64:
        return sign, int(value)
    if sign in {"=", "!="}:
        return "" if sign == "=" else PRESENT, 0
    below = sign[0] == "<"
    bound = math.floor(value) if below else math.ceil(value)
    if bound in INT64:
        return "<=" if below else ">=", bound
    return PRESENT if below == (value > 0) else "", 0


def as_double(sign: str, value: Value) -> tuple[str, float]:
    """Return the comparison with the same meaning for a column of doubles."""
    near = float(value)
    if isinstance(value, float) or int(near) == value:
        return sign, near
    if sign in {"=", "!="}:
        return "" if sign == "=" else PRESENT, 0.0
    near_is_above = int(near) > int(value)
    if sign[0] == "<":
        return "<" if near_is_above else "<=", near
    return ">=" if near_is_above else ">", near


def successor(text: str) -> str | None:
    """Return the first text after all texts that begin with `text`, or None when there is none."""
    text = text.rstrip("\U0010ffff")
    if not text:
        return None
    following = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if following == 0xD800 else following)  # texts have no surrogates
