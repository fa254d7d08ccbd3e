"""Convert the literals of a filter to the type of what they are compared with."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NoReturn

from model_registry.server.contract import load_contract
from model_registry.server.filters.query import (
    FilterError,
    Literal,
    Operator,
    PropertyComparison,
    ValueKind,
)
from model_registry.server.ids import INT32, INT64

if TYPE_CHECKING:
    from model_registry.server.filters.bounds import Value

KIND_NAMES: Final = {
    ValueKind.STRING: "text",
    ValueKind.INT: "an integer",
    ValueKind.DOUBLE: "a number",
    ValueKind.BOOL: "a boolean",
}
_EQUALITIES: Final = {Operator.EQ, Operator.NE, Operator.IN}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,19}")
_MOST_SEARCHED: Final = 255
"""Length of a pattern that is searched for anywhere in a text. SQLite compares each of its characters with
each character of the text, and cannot be stopped in between."""


def convert(literal: Literal, kind: ValueKind, comparison: PropertyComparison) -> Value:
    """Return the literal as a value that can be compared with values of `kind`.

    Raises:
        FilterError: The literal is not of that kind.
    """
    converted: Value | None
    if kind is ValueKind.STRING:
        converted = literal if isinstance(literal, str) else None
    elif kind is ValueKind.BOOL:
        converted = literal if isinstance(literal, bool) else None
    elif isinstance(literal, str):
        converted = _number(literal, kind)
    else:
        converted = None if isinstance(literal, bool) else literal
    if converted is None:
        quoted = f"'{literal[:40]}'" if isinstance(literal, str) else str(literal).lower()
        refuse(comparison, f"{quoted} is not {KIND_NAMES[kind]}")
    return converted


def can_convert(literal: Literal, kind: ValueKind, comparison: PropertyComparison) -> bool:
    """Return whether the literal can be compared with values of `kind`."""
    try:
        convert(literal, kind, comparison)
    except FilterError:
        return False
    return True


def is_id(literal: Literal) -> bool:
    """Return whether a literal is in the range of ids, unless it is no integer at all."""
    number = _number(literal, ValueKind.INT) if isinstance(literal, str) else literal
    return not isinstance(number, int) or number in INT32


def with_state_names(comparison: PropertyComparison) -> PropertyComparison:
    """Replace the numbers of artifact states, as the reference server stores them, by their names."""
    if (comparison.name, comparison.kind) != ("state", None) or comparison.operator not in _EQUALITIES:
        return comparison
    states = dict(enumerate(load_contract().enum("ArtifactState")))
    values = (
        states.get(value, str(value)) if type(value) is int else value  # not a boolean
        for value in comparison.values
    )
    return replace(comparison, values=tuple(values))


def split_pattern(pattern: str, comparison: PropertyComparison) -> tuple[str, str]:
    """Return the literal beginning of a LIKE pattern, and the pattern of the rest.

    Raises:
        FilterError: The pattern ends in a backslash that escapes nothing, or would take too long.
    """
    prefix: list[str] = []
    position = 0
    while position < len(pattern) and pattern[position] not in "%_":
        position += pattern[position] == "\\"
        prefix += pattern[position : position + 1]
        position += 1
    trailing = len(pattern) - len(pattern.rstrip("\\"))
    if trailing % 2:
        refuse(comparison, r"the pattern ends in a single \, which escapes nothing")
    rest = pattern[position:]
    if len(rest) > _MOST_SEARCHED and "%" in rest[:-1]:
        detail = f"from its first % or _ on, the pattern has {len(rest):,} characters"
        refuse(comparison, f"{detail}; at most {_MOST_SEARCHED} are allowed")
    return "".join(prefix), rest


def refuse(comparison: PropertyComparison, detail: str) -> NoReturn:
    """Raise the error for a comparison that makes no sense."""
    name = comparison.name + (f".{comparison.kind.value}" if comparison.kind else "")
    raise FilterError(
        "invalid filter query, type mismatch or invalid value in comparison: "
        f"{name[:80]} {comparison.operator.value} ...: {detail}",
        comparison.position,
    )


def _number(text: str, kind: ValueKind) -> int | float | None:
    """Return the number in a text, as in `id = '7'`."""
    if _INTEGER.fullmatch(text) and int(text) in INT64:
        return int(text)
    try:
        number = float(text) if kind is ValueKind.DOUBLE and text.isascii() else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
