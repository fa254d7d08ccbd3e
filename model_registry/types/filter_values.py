"""Write names and values in the query language of filters."""

from __future__ import annotations

import math
import numbers
import re
from datetime import datetime, timezone
from functools import cache

from model_registry.exceptions.base import InvalidArgumentError

from .arguments import unboxed

_PLAIN_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"AND", "OR", "LIKE", "ILIKE", "IN", "TRUE", "FALSE", "NOT"})
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

KINDS = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}
"""The suffix of a property's name that selects a kind of value."""


def text_literal(field: str, value: object) -> str:
    """Write a text literal.

    Raises:
        InvalidArgumentError: `value` is not a text, or has characters that registries cannot store.
    """
    if not isinstance(value, str):
        raise refused(field, "a text", value)
    if unstorable := _UNSTORABLE.search(value):
        raise InvalidArgumentError(
            f"{field} is compared with {value!r}: registries cannot store the character "
            f"U+{ord(unstorable.group()):04X}, so nothing can match"
        )
    escaped = str.__str__(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def pattern_literal(field: str, pattern: object) -> str:
    r"""Write a pattern of LIKE, where `%`, `_` and `\` are special.

    Raises:
        InvalidArgumentError: `pattern` is not a text, or ends with a backslash that escapes nothing.
    """
    literal = text_literal(field, pattern)
    trailing = len(literal) - 1 - len(literal[:-1].rstrip("\\"))
    if trailing // 2 % 2:
        raise InvalidArgumentError(
            f"{field} cannot match the pattern {pattern!r}: its last backslash escapes nothing; "
            "write \\\\ for a backslash"
        )
    return literal


def pattern_of(field: str, text: object) -> str:
    """Escape a text so that a pattern of LIKE matches it literally."""
    text_literal(field, text)
    return re.sub(r"([%_\\])", r"\\\1", str(text))


def number(field: str, value: object) -> int | float:
    """Convert a number to `int` when it is whole, else to `float`.

    Raises:
        InvalidArgumentError: `value` is not a number, not finite, or too large for a registry.
    """
    value = unboxed(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise refused(field, "a number", value)
    if isinstance(value, numbers.Integral):
        whole = int(value)
        if whole not in _INT64:
            raise InvalidArgumentError(
                f"{field} is compared with {value!r}, which has more than 64 bits: give it as float"
            )
        return whole
    real = float(value)
    if not math.isfinite(real):
        raise InvalidArgumentError(f"{field} is compared with a finite number, got {real!r}")
    return int(real) if real.is_integer() and int(real) in _INT64 else real


def whole_number(field: str, value: object) -> int:
    """Convert a whole number to `int`; ids may be texts.

    Raises:
        InvalidArgumentError: `value` is not a whole number.
    """
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20):  # of 64 bits
            raise refused(field, "a whole number", value)
        value = int(value)
    found = number(field, value)
    if isinstance(found, float):
        raise refused(field, "a whole number", value)
    return found


def comparisons_of_numbers(sign: str, value: float) -> tuple[list[str], list[str]]:
    """Write operator and value to compare a property that holds doubles, and one that holds integers.

    A whole number is written the same for both. A fraction is not: some servers compare it with doubles only,
    so integers are compared with the nearest whole number.
    """
    doubles = [f"{sign} {value!r}"]
    if isinstance(value, int):
        return doubles, doubles
    below = f"<= {min(math.floor(value), _INT64[-1])}" if value > _INT64[0] else ""
    above = f">= {max(math.ceil(value), _INT64[0])}" if value < _INT64[-1] else ""
    whole = {"=": [], "!=": [above, below], "<": [below], "<=": [below], ">": [above], ">=": [above]}[sign]
    return doubles, [bound for bound in whole if bound]


def milliseconds(field: str, sign: str, value: object) -> str:
    """Write operator and value to compare a time, which registries store in milliseconds.

    Raises:
        InvalidArgumentError: `value` is not a time, has no time zone, or falls between two milliseconds where
            that matters.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{sign} {number(field, value)}"
    if not isinstance(value, datetime):
        raise refused(field, "a datetime with a time zone, or milliseconds since 1970,", value)
    if value.utcoffset() is None:
        raise InvalidArgumentError(
            f"{field} is compared with {value!r}, which has no time zone: "
            "add one, for local time with .astimezone()"
        )
    since = value - _EPOCH
    whole, rest = divmod(since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds, 1000)
    if rest and sign in ("=", "!="):
        raise InvalidArgumentError(
            f"{field} is stored in whole milliseconds and never equals {value.isoformat()}: "
            "compare with < or >"
        )
    return f"{sign} {whole + bool(rest and sign in ('<', '>='))}"


def property_name(name: object) -> tuple[str, bool]:
    """Write the name of a custom property.

    Returns:
        The name, in backticks where needed, and whether it is unambiguous. A name that is also the name of a
        field needs a suffix of `KINDS`.

    Raises:
        InvalidArgumentError: `name` is not a text of at least one character.
    """
    if not isinstance(name, str) or not name:
        raise InvalidArgumentError(
            f"the name of a property must be a text of at least one character, got {name!r}"
        )
    text_literal("a property's name", name)
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in _WORDS:
        return name, name not in names_of_fields()
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`", True


@cache
def names_of_fields() -> frozenset[str]:
    """Return the names of all fields, as the contract and its classes spell them."""
    import mr_openapi as contract

    kinds = (
        *(contract.RegisteredModel, contract.ModelVersion, contract.ModelArtifact, contract.DocArtifact),
        *(contract.DataSet, contract.Metric, contract.Parameter),
        *(contract.ServingEnvironment, contract.InferenceService, contract.ServeModel),
    )
    fields = [item for kind in kinds for item in kind.model_fields.items()]
    return frozenset({each for name, field in fields for each in (name, field.serialization_alias) if each})


def refused(field: str, wanted: str, value: object) -> InvalidArgumentError:
    """Build the error for a value that a field cannot be compared with."""
    hint = "; the query language cannot search for missing values" if value is None else ""
    return InvalidArgumentError(f"{field} is compared with {wanted}, got {value!r}{hint}")
