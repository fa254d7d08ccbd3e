"""Filter queries for the reference server, which reads fewer forms than our registry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from model_registry.exceptions import InvalidArgumentError
from model_registry.types import F

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.core.peculiarities.server import ServerFacts

TOKEN = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<quoted>`[^`]*`)|(?P<comment>--[^\n]*)"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_][\w.-]*)"""
    r"""|(?P<sign><=|>=|<>|!=|=|<|>)|(?P<space>\s+)|(?P<other>.)""",
    re.DOTALL,
)
"""A token of a filter; the name of its group says which kind it is."""
_KEYWORDS = frozenset({"AND", "OR", "LIKE", "ILIKE", "IN"})
_BOOLEANS = frozenset({"TRUE", "FALSE"})
_TIMES = frozenset({"createTimeSinceEpoch", "lastUpdateTimeSinceEpoch", "timestamp", "id"})
_GREATEST, _SMALLEST = 2**31 - 1, -(2**31)
_ON_NAMES = frozenset({"=", "LIKE"})
"""Operators that compare the names of versions and artifacts, not an internal form of them."""


class AdaptedFilter(NamedTuple):
    """A filter in the form that the reference server reads.

    Attributes:
        text: The filter.
        names: Names that alone may be found; `None` if the filter does not say.
    """

    text: str
    names: frozenset[str] | None = None


def name_filter(core: ServerFacts, name: str) -> str | None:
    """Return a filter for what has a name; `None` if the server may misread it, and all must be listed."""
    is_safe = core.is_foreign is False or not set("\\'\"") & set(name)
    return str(F.name == name) if is_safe else None


class _Condition(NamedTuple):
    """What precedes a value: the field and the operator."""

    field: str = ""
    operator: str = ""


def adapted(text: str, *, has_inner_names: bool) -> AdaptedFilter:
    """Return a filter as the reference server reads it.

    Args:
        text: The filter.
        has_inner_names: Whether the server stores the names of what is listed with a prefix.

    Raises:
        InvalidArgumentError: The server cannot read it right.
    """
    written: list[str] = []
    names: set[str] = set()
    fields: set[str] = set()
    has_or = False
    condition = _Condition()
    for match in TOKEN.finditer(text):
        kind, part = match.lastgroup, match[0]
        if kind == "word" and part.upper() in _KEYWORDS:
            part = part.upper()
            has_or = has_or or part == "OR"
            condition = condition._replace(operator=part) if part not in ("AND", "OR") else _Condition()
        elif kind == "word" and part.upper() in _BOOLEANS and condition.operator:
            part = part.upper()
        elif kind in ("word", "quoted"):
            condition = _Condition(part.strip("`"))
            fields.add(condition.field)
        elif kind == "sign":
            part = "!=" if part == "<>" else part
            condition = condition._replace(operator=part)
        elif kind == "text":
            _check_text(part)
            if condition.field == "name" and condition.operator == "=":
                names.add(re.sub(r"\\(.)", r"\1", part[1:-1], flags=re.DOTALL))
        elif kind == "number":
            part = _number(written, condition, part)
        if has_inner_names and condition.field == "name" and condition.operator:
            _check_operator(condition.operator)
        written.append(part)
    only_names = bool(names) and (not has_or or fields == {"name"})
    return AdaptedFilter("".join(written), frozenset(names) if only_names and has_inner_names else None)


def _check_operator(operator: str) -> None:
    if operator not in _ON_NAMES:
        raise InvalidArgumentError(
            f"the filter uses {operator} on name, which this server compares with an internal form of the "
            "name: use = or LIKE, several joined with OR, or select from the result"
        )


def _check_text(literal: str) -> None:
    """Check that a text has no quotes at its ends, which the server would drop."""
    content = literal[1:-1]
    if content.startswith(("'", '"')) or content.endswith(("'", '"')):
        raise InvalidArgumentError(
            f"the filter compares with {literal}, and this server drops quotes at the ends of a text: use "
            "LIKE with _ in place of the quote"
        )


def _number(written: list[str], condition: _Condition, token: str) -> str:
    """Return a number as the server reads it; what is beyond 32 bits becomes the bound of 32 bits.

    Args:
        written: The tokens before it; the operator may change.
        condition: What precedes the number.
        token: The number.
    """
    field = condition.field
    if not token.lstrip("-").isdigit() or field in _TIMES or field.endswith(".double_value"):
        return token
    value = int(token)
    if _SMALLEST <= value <= _GREATEST:
        return token
    sign = condition.operator
    place = max((i for i, each in enumerate(written) if each == sign), default=None)
    if not field.endswith(".int_value") or place is None or sign == "IN":
        raise InvalidArgumentError(
            f"the filter compares {field} with {token}, and this server reads whole numbers of 32 bits: "
            f"write {field}.double_value to compare with floats"
        )
    signs = _ABOVE if value > 0 else _BELOW
    written[place] = signs[sign]
    return str(_GREATEST if value > 0 else _SMALLEST)


_ABOVE: Mapping[str, str] = {"<": "<=", "<=": "<=", "!=": "<=", ">": ">", ">=": ">", "=": ">"}
"""Operators for the greatest number of 32 bits that say the same as those for a greater one."""
_BELOW: Mapping[str, str] = {">": ">=", ">=": ">=", "!=": ">=", "<": "<", "<=": "<", "=": "<"}
