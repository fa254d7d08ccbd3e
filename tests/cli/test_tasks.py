"""Twelve tasks as a person or an agent would get them, solved with at most three commands each."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Cli

TASKS = sorted((Path(__file__).parent / "tasks").glob("*.md"))
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?")
SHOWN_TIME = r"2026-11-29\g<1>12:00:00"


def steps(task: Path) -> list[tuple[str, str]]:
    """Return the commands of a task, each with its output."""
    transcript = task.read_text().partition("```console\n")[2].partition("```")[0]
    parts = re.split(r"^\$ model-registry ", transcript, flags=re.MULTILINE)[1:]
    return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def test_there_are_twelve_tasks() -> None:
    assert len(TASKS) == 12


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.stem)
def test_task(bare: Cli, demo_registry: Path, task: Path) -> None:
    shutil.copy(demo_registry, bare.folder)
    (bare.folder / "model").mkdir()
    (bare.folder / "model" / "config.json").write_text('{"labels": 2}\n')
    (bare.folder / "model" / "weights.bin").write_bytes(b"weights")
    assert 1 <= len(steps(task)) <= 3
    for command, output in steps(task):
        said = bare.ok(*shlex.split(command)).replace(str(bare.folder), "/home/ann")
        assert TIME.sub(SHOWN_TIME, said) == output
