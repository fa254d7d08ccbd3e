"""64-bit whole numbers that travel as text."""

from __future__ import annotations

import re
from typing import Final

INT64: Final = range(-(2**63), 2**63)
"""What fits."""

# Python's own reading takes blanks, underscores and the digits of every script, and refuses very long texts.
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,30}")


def parse_integer(text: str) -> int | None:
    """The number that `text` writes in decimal, or None when it is none or has more than 64 bits.

    >>> parse_integer("+07"), parse_integer("1.5"), parse_integer("9223372036854775808")
    (7, None, None)
    """
    if not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number in INT64 else None
