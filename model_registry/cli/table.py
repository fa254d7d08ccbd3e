"""Draw tables that fit the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .terminal import cells, cut, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP: Final = "  "
_LEAST: Final = 8
"""Columns are not cut below this width."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def draw(
    columns: Sequence[str], rows: Sequence[Sequence[str]], most: int | None, *, colour: bool
) -> list[str]:
    """Return the lines of a table.

    Args:
        columns: Names of the columns.
        rows: Texts without control characters.
        most: Width of the terminal; `None` to cut nothing.
        colour: Whether to print the names of the columns bold.
    """
    heads = [safe(column).upper().replace("_", " ") for column in columns]
    widths = [max(map(cells, (head, *texts))) for head, *texts in zip(heads, *rows, strict=True)]
    if most is not None:
        _fit(widths, most)
    numeric = [all(_NUMBER.fullmatch(text) for text in texts if text) for texts in zip(*rows, strict=True)]
    head, *lines = (_line(texts, widths, numeric) for texts in (heads, *rows))
    if most is not None:  # the least widths of many columns can be too much
        head, *lines = (cut(line, most) for line in (head, *lines))
    return [f"\x1b[1m{head}\x1b[0m" if colour else head, *lines]


def _fit(widths: list[int], most: int) -> None:
    """Make the widest columns narrower until a line fits."""
    too_many = sum(widths) + len(_GAP) * (len(widths) - 1) - most
    while too_many > 0 and max(widths) > _LEAST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        too_many -= 1


def _line(texts: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    parts: list[str] = []
    for text, width, is_number in zip(texts, widths, numeric, strict=True):
        shown = cut(text, width)
        space = " " * (width - cells(shown))
        parts.append(space + shown if is_number else shown + space)
    return _GAP.join(parts).rstrip()
