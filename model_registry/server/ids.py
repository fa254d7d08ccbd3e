"""Ids and other integers that requests send as text."""

from __future__ import annotations

import re
from typing import Final

from model_registry.server.errors import bad_request

INT32: Final = range(-(2**31), 2**31)
"""Values of ids and page sizes."""
INT64: Final = range(-(2**63), 2**63)
"""Values of all other integers."""

# `int()` accepts whitespace, underscores and the digits of every script, and rejects very long texts.
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,30}")


def parse_integer(text: str, within: range = INT64) -> int | None:
    """Return the integer that `text` writes in decimal, or None when it is not one or is out of range.

    >>> parse_integer("+07"), parse_integer("1.5"), parse_integer("9223372036854775808")
    (7, None, None)
    """
    if not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number in within else None


def parse_id(noun: str, text: str) -> int:
    """Return the number in an id.

    Args:
        noun: What error messages call the resource.
        text: The id as it was sent.

    Raises:
        ApiError: 400 when the id is not a 32-bit integer.
    """
    number = parse_integer(text, INT32)
    if number is None:
        raise bad_request(f'invalid {noun} ID: "{text}" is not a 32-bit integer')
    return number
