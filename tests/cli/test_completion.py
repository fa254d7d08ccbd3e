"""Completion in real shells."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from .test_terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Cli

BEFORE = {
    "bash": "source completion\n",
    # The line editor calls these: print what it would offer.
    "zsh": """
compdef() { }
_describe() { for each in "${(@P)3}"; do print -r -- "${each%%:*}"; done }
compadd() { print -rl -- "${(@P)5}" }
source completion
""",
    "fish": "source completion\n",
}
COMPLETE = {
    "bash": """
COMP_LINE="{line}"
COMP_POINT=${{#COMP_LINE}}
COMP_WORDS=({line})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
COMPREPLY=()
_model_registry_completion model-registry
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "zsh": """
words=({line})
CURRENT=${{#words}}
_model_registry_completion
""",
    "fish": 'complete --do-complete "{line}" | string replace --regex "\\t.*" ""\n',
}
"""What completes a line in each shell, and prints what is offered."""

OF_COMMANDS = [
    ("model-registry mod", "models"),
    ("model-registry versions sh", "show"),
    ("model-registry models ls --arch", "--archived"),
    ("model-registry models ls -o js", "jsonl"),
    ("model-registry whoami --profile te", "team"),
]
OF_REGISTRIES = [
    ("model-registry models show churn", "churn-prediction"),
    ("model-registry versions show churn-prediction/1.1", "churn-prediction/1.1.0"),
    ("model-registry resolve churn-prediction@cha", "churn-prediction@champion"),
    ("model-registry cat demand-forecast/1.2", "demand-forecast/1.2.0"),
    ("model-registry alias rm fraud-detection@l", "fraud-detection@latest"),
]


def installed(cli: Cli) -> Cli:
    """Return the command on the path of shells."""
    script = cli.folder / "bin" / "model-registry"
    if not script.exists():
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m model_registry "$@"\n')
        script.chmod(0o755)
    path = f"{script.parent}{os.pathsep}{os.environ['PATH']}"
    return type(cli)(cli.folder, {**cli.variables, "PATH": path, "HOME": str(cli.folder)})


def offered(cli: Cli, shell: str, *lines: str) -> list[list[str]]:
    """Return what a shell offers for each of some lines."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    (cli.folder / "completion").write_text(cli.ok("completion", shell))
    script = cli.folder / "program"
    script.write_text(BEFORE[shell] + "echo ---\n".join(COMPLETE[shell].format(line=line) for line in lines))
    ended = subprocess.run(
        [path, str(script)], cwd=cli.folder, env=cli.environment, capture_output=True, text=True, check=False
    )
    assert ended.stderr == "", ended.stderr
    return [part.splitlines() for part in ended.stdout.split("---\n")]


@pytest.mark.parametrize("shell", COMPLETE)
def test_16_a_shell_completes_names_of_a_registry(filled: Cli, shell: str) -> None:
    found = offered(installed(filled), shell, *(line for line, _ in OF_REGISTRIES))
    for (line, expected), offers in zip(OF_REGISTRIES, found, strict=True):
        assert expected in offers, line


@pytest.mark.parametrize("shell", COMPLETE)
def test_16_a_shell_completes_commands(bare: Cli, shell: str) -> None:
    (bare.folder / "profiles.ini").write_text("[team]\nurl = http://127.0.0.1:1\n")
    found = offered(installed(bare), shell, *(line for line, _ in OF_COMMANDS))
    for (line, expected), offers in zip(OF_COMMANDS, found, strict=True):
        assert expected in offers, line


class Shell(Terminal):
    """A shell in which a person types; it controls its terminal."""

    command = ("setsid", "--ctty", "--wait")


INTERACTIVE = {
    "bash": (["--norc", "--noprofile", "-i"], "bind 'set enable-bracketed-paste off'; source completion"),
    "zsh": (["-f", "-i"], "autoload -U compinit && compinit -u -D && source completion"),
    "fish": (["--no-config", "-i"], "source completion"),
}
TYPED = [
    ("resolve churn-prediction@cham", "pion", "churn-prediction/1.1.0"),
    ("resolve churn-prediction/1.1", ".0", "churn-prediction/1.1.0"),
    ("models show churn", "-prediction", "churn-prediction"),
    ("--registry registry.db resolve demand-forecast@cham", "pion", "demand-forecast/1.1.0"),
]
"""What is typed before the tab key, what that adds, and what the command prints."""


@pytest.mark.parametrize("shell", INTERACTIVE)
def test_16_a_person_completes_with_the_tab_key(bare: Cli, demo_registry: Path, shell: str) -> None:
    path = shutil.which(shell)
    if path is None or shutil.which("setsid") is None:
        pytest.skip(f"{shell} or setsid is not installed")
    cli = installed(bare)
    shutil.copy(demo_registry, cli.folder)
    (cli.folder / "completion").write_text(cli.ok("completion", shell))
    arguments, setup = INTERACTIVE[shell]
    terminal = Shell(cli, path, *arguments, TERM="dumb", COLUMNS="200", LINES="50", PS1="> ")
    terminal.type(f"{setup}; echo read''y\n")
    terminal.read_until("ready")
    for number, (line, added, printed) in enumerate(TYPED):
        terminal.text = ""
        terminal.type(f"model-registry {line}\t")
        terminal.read_until(line.rpartition(" ")[2] + added)
        terminal.type(f" | cat; echo end{number}''\n")
        terminal.read_until(f"end{number}\r\n")
        assert printed in terminal.text.rpartition("''")[2]
    terminal.type("exit\n")
    assert terminal.end()[0] == 0


def test_16_completion_is_silent_where_it_cannot_know(bare: Cli, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no registry")
    (tmp_path / "broken.ini").write_text("no section")
    for variables in (
        {"MODEL_REGISTRY_REGISTRY": "http://127.0.0.1:1"},
        {"MODEL_REGISTRY_REGISTRY": str(tmp_path / "text")},
        {"MODEL_REGISTRY_REGISTRY": "none.db"},
        {"MODEL_REGISTRY_PROFILE": "none"},
        {"MODEL_REGISTRY_CONFIG": str(tmp_path / "broken.ini")},
    ):
        for line in ("model-registry versions show churn", "model-registry whoami --profile t"):
            asked = {"COMP_WORDS": line, "_MODEL_REGISTRY_COMPLETE": "bash_complete"}
            ended = type(bare)(tmp_path, {**variables, **asked})()
            assert ended.stderr == ""
            assert "Traceback" not in ended.stdout


def test_16_a_shell_does_not_wait_for_a_registry_that_does_not_respond(bare: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = {
            "COMP_WORDS": "model-registry versions show churn",
            "_MODEL_REGISTRY_COMPLETE": "bash_complete",
            "MODEL_REGISTRY_REGISTRY": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        begin = time.monotonic()
        ended = type(bare)(bare.folder, asked)()
        assert (ended.stdout.strip(), ended.stderr) == ("", "")
        assert time.monotonic() - begin < 20


def test_16_names_of_a_registry_are_no_commands_of_the_shell(local: Cli) -> None:
    cli = installed(local)
    for name in ("evil $(touch owned)", "evil\nplain,other"):
        cli.ok("register", name, "1", "--uri", "s3://m")
    ((only,),) = offered(cli, "bash", "model-registry models show ev")
    assert only == "evil\\ \\$\\(touch\\ owned\\)"
