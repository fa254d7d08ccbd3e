"""Whole numbers that travel as text."""

from __future__ import annotations

import re
from typing import Final

INT32: Final = range(-(2**31), 2**31)
"""What an id or a size of a page can be."""
INT64: Final = range(-(2**63), 2**63)
"""What any other number can be."""

# Python's own reading takes blanks, underscores and the digits of every script, and refuses very long texts.
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,30}")


def parse_integer(text: str, within: range = INT64) -> int | None:
    """The number that `text` writes in decimal, or None when it is none or does not fit.

    >>> parse_integer("+07"), parse_integer("1.5"), parse_integer("9223372036854775808")
    (7, None, None)
    """
    if not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number in within else None
