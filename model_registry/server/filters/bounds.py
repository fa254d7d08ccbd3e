"""Bounds that mean the same for a column as a value that it cannot hold.

Numbers compare exactly, whatever a database would do with a column and a value of different types: the value
takes the column's type, and where it cannot, the nearest bound that means the same stands for it. A sign ""
says that nothing matches, `PRESENT` that every value does.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

from model_registry.server.integers import INT64

Value: TypeAlias = "str | int | float | bool"

PRESENT: Final = "PRESENT"
"""The sign that takes any value."""


def as_integer(sign: str, value: Value) -> tuple[str, int]:
    """The comparison of a column of integers that means the same."""
    if isinstance(value, int):
        return sign, value
    assert isinstance(value, float)  # noqa: S101  # what else `_converted` gives for a number
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
    """The comparison of a column of doubles that means the same."""
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
    """The first text behind all those that begin with `text`; None when nothing is."""
    text = text.rstrip("\U0010ffff")
    if not text:
        return None
    following = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if following == 0xD800 else following)  # no text has surrogates
