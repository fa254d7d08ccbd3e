"""All commands by the words that call them, and the schemas of their output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.app import PROGRAM, root
from model_registry.cli.groups import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMAS = Path(__file__).parents[2] / "model_registry" / "cli" / "schemas"


def _commands(group: click.Group, context: click.Context, words: str = "") -> Iterator[tuple[str, Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, click.Context(command, context, name), f"{words}{name} ")
        else:
            assert isinstance(command, Command)
            yield f"{words}{name}", command


COMMANDS = dict(_commands(root, click.Context(root, info_name=PROGRAM)))
"""Each command by the words that call it."""


def name_of(words: Sequence[str]) -> str:
    """Return the words that call a command, of a command line."""
    line = " ".join([*words, ""])
    return max((name for name in COMMANDS if line.startswith(f"{name} ")), key=len)


def schema(name: str) -> dict[str, Any]:
    """Return a schema by its name."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return found
