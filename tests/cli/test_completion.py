"""Completion in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Cli

BASH = """
source completion
COMP_WORDS=({words})
COMP_CWORD={last}
_model_registry_completion model-registry
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

ZSH = """
# The line editor calls these: print what it would offer.
compdef() {{ }}
_describe() {{ for each in "${{(@P)3}}"; do print -r -- "${{each%%:*}}"; done }}
compadd() {{ print -rl -- "${{(@P)5}}" }}
source completion
words=({words})
CURRENT={current}
_model_registry_completion
"""

FISH = """
source completion
complete --do-complete "{line}"
"""

CASES = [
    ("model-registry mod", "models"),
    ("model-registry versions sh", "show"),
    ("model-registry models ls --arch", "--archived"),
    ("model-registry models show churn", "churn-prediction"),
    ("model-registry versions show churn-prediction/1.1", "churn-prediction/1.1.0"),
    ("model-registry models ls -o js", "jsonl"),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    from .conftest import Cli

    folder = tmp_path_factory.mktemp("completion")
    script = folder / "bin" / "model-registry"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m model_registry "$@"\n')
    script.chmod(0o755)
    cli = Cli(folder, {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)})
    cli.ok("demo", "--registry", "registry.db")
    return cli


def offered(cli: Cli, shell: str, program: str) -> list[str]:
    """Run a program of a shell after the completion script was loaded, and return the lines it prints."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    (cli.folder / "completion").write_text(cli.ok("completion", shell))
    script: Path = cli.folder / "program"
    script.write_text(program)
    ended = subprocess.run(
        [path, str(script)], cwd=cli.folder, env=cli.environment, capture_output=True, text=True, check=False
    )
    assert ended.stderr == "", ended.stderr
    return ended.stdout.splitlines()


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash(filled: Cli, line: str, expected: str) -> None:
    words = line.split()
    assert expected in offered(filled, "bash", BASH.format(words=line, last=len(words) - 1))


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_zsh(filled: Cli, line: str, expected: str) -> None:
    assert expected in offered(filled, "zsh", ZSH.format(words=line, current=len(line.split())))


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish(filled: Cli, line: str, expected: str) -> None:
    found = offered(filled, "fish", FISH.format(line=line))
    assert expected in [each.partition("\t")[0] for each in found]
