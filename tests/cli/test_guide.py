"""The guide: each console block is what a terminal shows, in order, in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Cli

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide" / "terminal.md"


def test_what_the_guide_shows_is_what_happens(bare: Cli) -> None:
    text = "".join(re.findall(r"```console\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL))
    parts = re.split(r"^\$ model-registry ", text, flags=re.MULTILINE)[1:]
    assert parts
    for part in parts:
        command, _, shown = part.partition("\n")
        ended = bare(*shlex.split(command))
        status = f"[{ended.returncode}]\n" if ended.returncode else ""
        assert ended.stdout + ended.stderr + status == shown, command


def test_the_guide_shows_all_tasks() -> None:
    shown = re.findall(r"\{include\} \.\./\.\./(tests/cli/tasks/\S+)", GUIDE.read_text())
    assert [ROOT / each for each in shown] == sorted((ROOT / "tests" / "cli" / "tasks").glob("*.md"))
