"""Runs the Python of a documentation page the way a reader would type it, top-level `await` included."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<language>[\w{}-]*)[^\n]*\n(?P<text>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str
    line: int
    """Line of the page that the text begins on."""


def blocks_of(page: Path) -> list[Block]:
    """Read the fenced blocks of a Markdown page in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(match["language"], match["text"], text.count("\n", 0, match.start("text")) + 1)
        for match in FENCE.finditer(text)
    ]


class Session:
    """One interpreter session: the blocks of a page share its names.

    Args:
        page: The page, for tracebacks.
        replace: Texts of the page and what stands for them in this run, such as a port.
    """

    def __init__(self, page: Path, *, replace: dict[str, str]) -> None:
        self._page = page
        self._replace = replace
        self._names: dict[str, object] = {"__name__": "__main__"}

    async def run(self, block: Block) -> str:
        """Run one block; what it prints is returned."""
        text = block.text
        for written, real in self._replace.items():
            text = text.replace(written, real)
        # Blank lines before it make tracebacks point into the page.
        padded = "\n" * (block.line - 1) + text
        code = compile(
            padded, str(self._page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
        )
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            result = eval(code, self._names)  # our own documentation
            if inspect.isawaitable(result):
                await result
        return printed.getvalue()
