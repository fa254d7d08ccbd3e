"""The configurations in the guide start a server."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.pages import blocks_of

from .conftest import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "agents.md"


def commands_in(value: Any) -> Iterator[list[str]]:
    """The commands that a configuration starts."""
    if isinstance(value, dict):
        if "command" in value:
            yield [value["command"], *value["args"]]
        for each in value.values():
            yield from commands_in(each)


async def test_each_configuration_starts_a_server(tmp_path: Path) -> None:
    found: list[list[str]] = []
    for block in blocks_of(PAGE):
        if block.language == "json":
            found += commands_in(json.loads(block.text))
        elif block.language == "toml":
            found += commands_in(tomllib.loads(block.text))
        elif block.language == "bash" and " -- " in block.text:
            found.append(shlex.split(block.text.partition(" -- ")[2]))
    assert len(found) == 4
    (command,) = {tuple(each) for each in found}
    assert command[:2] == ("model-registry", "mcp")
    arguments = [":memory:" if each.startswith("https://") else each for each in command[2:]]
    async with Command(tmp_path, "stdio", tuple(arguments)).agent() as agent:
        assert await agent.ok("find_models")
