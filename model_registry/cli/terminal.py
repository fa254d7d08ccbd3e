"""What is known of the terminal: whether a person looks, colours, width; and texts made safe for it."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Generator

AGENTS = ("AI_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CI")
"""Environment variables of programs that read what a person would: no colours, no questions, short texts."""


def open_closed_streams() -> None:
    """Open the standard streams that the caller closed. Python sets them to `None`."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123  # until the process ends
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


@contextmanager
def escaping_what_cannot_be_encoded() -> Generator[None]:
    """Let standard output escape characters that its encoding lacks, as standard error does."""
    stream = sys.stdout
    if is_unicode(stream) or not isinstance(stream, io.TextIOWrapper):
        yield
        return
    errors = stream.errors
    stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        stream.reconfigure(errors=errors)


def is_unicode(stream: TextIO) -> bool:
    """Return whether a stream has all characters."""
    return (stream.encoding or "utf-8").lower().startswith("utf")


def is_agent() -> bool:
    """Return whether a program such as an agent or a CI system runs the command."""
    return any(os.environ.get(name) for name in AGENTS)


def is_watched(stream: TextIO) -> bool:
    """Return whether a person looks at a stream."""
    return stream.isatty() and not is_agent()


def can_ask() -> bool:
    """Return whether there is a person who can answer."""
    return sys.stdin.isatty() and is_watched(sys.stderr)


def has_colour(stream: TextIO) -> bool:
    """Return whether texts may have colours, as https://no-color.org describes it."""
    return is_watched(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def can_redraw(stream: TextIO) -> bool:
    """Return whether a line can be drawn again and again, for progress."""
    return is_watched(stream) and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Return how many characters fit in a line of the terminal."""
    from shutil import get_terminal_size

    return get_terminal_size().columns


def safe(text: str) -> str:
    r"""Return a text without control characters, which could change what a terminal shows.

    Example:
        >>> from model_registry.cli.terminal import safe
        >>> safe("fraud\x1b[2J")
        'fraud\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def safe_lines(text: str) -> str:
    """Return a text of several lines without other control characters."""
    return "\n".join(safe(line) for line in text.split("\n"))


def one_line(text: str) -> str:
    """Return a message in one line."""
    return safe(" ".join(text.split()))


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(each) for each in text)


def cut(text: str, most: int) -> str:
    """Return a text cut to a number of columns."""
    if cells(text) <= most:
        return text
    taken, left = "", max(most - 1, 0)
    for each in text:
        left -= _cells(each)
        if left < 0:
            break
        taken += each
    mark = "…" if is_unicode(sys.stdout) else "~"
    return f"{taken}{mark}" if most > 0 else ""


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escaped(character: str) -> str:
    if character in " \u00a0" or (character not in "\t\n\r" and unicodedata.category(character) == "Zs"):
        return " "
    return character.encode("unicode_escape").decode()
