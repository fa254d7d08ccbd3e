"""Names and values as the query language of filters writes them."""

from __future__ import annotations

import math
import numbers
import re
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"AND", "OR", "LIKE", "ILIKE", "IN", "TRUE", "FALSE", "NOT"})
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

KINDS = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}
"""What tells, behind its name, which of a property's values is meant."""


def text_literal(field: str, value: object) -> str:
    """Write a text.

    Raises:
        InvalidArgumentError: It is none, or holds what registries cannot store.
    """
    if not isinstance(value, str):
        raise refused(field, "a text", value)
    if unstorable := _UNSTORABLE.search(value):
        raise InvalidArgumentError(
            f"{field} is never like {value!r}: registries cannot store the character "
            f"U+{ord(unstorable.group()):04X}"
        )
    escaped = str.__str__(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def pattern_literal(field: str, pattern: object) -> str:
    r"""Write a pattern of LIKE, in which `%`, `_` and `\` mean something.

    Raises:
        InvalidArgumentError: It is no text, or its last backslash escapes nothing.
    """
    literal = text_literal(field, pattern)
    trailing = len(literal) - 1 - len(literal[:-1].rstrip("\\"))
    if trailing // 2 % 2:
        raise InvalidArgumentError(
            f"{field} cannot be like {pattern!r}: its last backslash escapes nothing; write two for one"
        )
    return literal


def pattern_of(field: str, text: object) -> str:
    """Write a text so that a pattern of LIKE takes it for itself."""
    text_literal(field, text)
    return re.sub(r"([%_\\])", r"\\\1", str(text))


def number(field: str, value: object) -> int | float:
    """Give a number as Python's own, and a whole one as `int`.

    Raises:
        InvalidArgumentError: It is none, not finite, or too large for a registry.
    """
    item: Callable[[], Any] | None = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():  # a scalar of NumPy and the like
        value = item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise refused(field, "a number", value)
    if isinstance(value, numbers.Integral):
        whole = int(value)
        if whole not in _INT64:
            raise InvalidArgumentError(f"{field} has at most 64 bits, got {value!r}: give it as float")
        return whole
    real = float(value)
    if not math.isfinite(real):
        raise InvalidArgumentError(f"{field} is compared with numbers, and {real!r} is none")
    return int(real) if real.is_integer() and int(real) in _INT64 else real


def whole_number(field: str, value: object) -> int:
    """Give a whole number; the registry's ids may be texts.

    Raises:
        InvalidArgumentError: It is none.
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
    """Write what follows the name to compare a property of doubles, and of integers, with a number.

    A whole number is the same for both. Else some registries compare with doubles alone, so that integers
    need a bound of their own.
    """
    doubles = [f"{sign} {value!r}"]
    if isinstance(value, int):
        return doubles, doubles
    below = f"<= {min(math.floor(value), _INT64[-1])}" if value > _INT64[0] else ""
    above = f">= {max(math.ceil(value), _INT64[0])}" if value < _INT64[-1] else ""
    whole = {"=": [], "!=": [above, below], "<": [below], "<=": [below], ">": [above], ">=": [above]}[sign]
    return doubles, [bound for bound in whole if bound]


def milliseconds(field: str, sign: str, value: object) -> str:
    """Write what follows the name to compare a time, which registries keep in milliseconds.

    Raises:
        InvalidArgumentError: It is no time, has no time zone, or is between milliseconds where that matters.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{sign} {number(field, value)}"
    if not isinstance(value, datetime):
        raise refused(field, "a datetime with a time zone, or milliseconds since 1970,", value)
    if value.utcoffset() is None:
        raise InvalidArgumentError(
            f"{field} is compared with {value!r}, which has no time zone: "
            "give it one, as with .astimezone() for local time"
        )
    since = value - _EPOCH
    whole, rest = divmod(since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds, 1000)
    if rest and sign in ("=", "!="):
        raise InvalidArgumentError(
            f"{field} is in whole milliseconds and never exactly {value.isoformat()}: compare with < or >"
        )
    return f"{sign} {whole + bool(rest and sign in ('<', '>='))}"


def property_name(name: object) -> tuple[str, bool]:
    """Write the name of a custom property.

    Returns:
        The name, in backticks where it has to be, and whether it goes by itself: else it is also the name of
        a field, and needs a kind of value behind it.

    Raises:
        InvalidArgumentError: It is no name.
    """
    if not isinstance(name, str) or not name:
        raise InvalidArgumentError(f"a property has a name of at least one character, got {name!r}")
    text_literal("a property's name", name)
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in _WORDS:
        return name, name not in _names_of_fields()
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`", True


@cache
def _names_of_fields() -> frozenset[str]:
    import mr_openapi as contract

    kinds = (
        *(contract.RegisteredModel, contract.ModelVersion, contract.ModelArtifact, contract.DocArtifact),
        *(contract.DataSet, contract.Metric, contract.Parameter),
        *(contract.ServingEnvironment, contract.InferenceService, contract.ServeModel),
    )
    fields = [item for kind in kinds for item in kind.model_fields.items()]
    return frozenset({each for name, field in fields for each in (name, field.alias) if each})


def refused(field: str, wanted: str, value: object) -> InvalidArgumentError:
    """Build the error for a value that a field cannot be compared with."""
    hint = "; registries cannot be asked for what is missing" if value is None else ""
    return InvalidArgumentError(f"{field} is compared with {wanted}, got {value!r}{hint}")
