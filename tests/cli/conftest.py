"""Fixtures: the command as a process, on each kind of registry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from model_registry import ModelRegistry
from tests.cli.tree import COMMANDS, name_of, schema
from tests.support.backends import Server
from tests.support.reference.serving import ReferenceServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "model_registry"]
SECONDS = 60
CLEARED = ("AI_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CI", "NO_COLOR", "COLUMNS", "TERM")


@dataclass
class Cli:
    """Runs the command in a folder, without the settings of this machine."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            name: value
            for name, value in os.environ.items()
            if name not in CLEARED and not name.startswith("MODEL_REGISTRY_")
        }
        fixed = {"MODEL_REGISTRY_CONFIG": str(self.folder / "profiles.ini"), "MODEL_REGISTRY_AUTHOR": "ann"}
        return {**own, **fixed, **self.variables}

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command, and return its output and status."""
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def ok(self, *arguments: str, stdin: str = "") -> str:
        """Run the command, which must succeed, and return its output."""
        ended = self(*arguments, stdin=stdin)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def json(self, *arguments: str, stdin: str = "", format: str = "json") -> Any:
        """Run the command, which must succeed, and return its JSON, which must follow its schema."""
        printed = self.ok(*arguments, "-o", format, stdin=stdin)
        name = "plan" if "--dry-run" in arguments else COMMANDS[name_of(arguments)].output
        assert name is not None, f"{arguments} prints no JSON"
        rules = schema(name)
        if format == "jsonl":
            rows = [json.loads(line) for line in printed.splitlines()]
            found = rows if rules.get("type") == "array" or len(rows) != 1 else rows[0]
        else:
            found = json.loads(printed)
        jsonschema.validate(found, rules)
        return found

    def client(self) -> ModelRegistry:
        """Open the registry of the command."""
        if "MODEL_REGISTRY_URL" in self.variables:
            return ModelRegistry(self.variables["MODEL_REGISTRY_URL"], author="ann")
        return ModelRegistry.local(self.variables["MODEL_REGISTRY_REGISTRY"], author="ann")

    def fails(self, status: int, *arguments: str) -> str:
        """Run the command, which must fail with a status and one line, and return that line."""
        ended = self(*arguments)
        assert (ended.returncode, ended.stdout) == (status, ""), (ended.stdout, ended.stderr)
        (line,) = ended.stderr.splitlines()
        assert line.startswith("model-registry: ")
        return line.removeprefix("model-registry: ")


@pytest.fixture
def bare(tmp_path: Path) -> Cli:
    """The command in an empty folder, without a registry."""
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def demo_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry that `demo` fills, to be copied."""
    folder = tmp_path_factory.mktemp("demo")
    Cli(folder).ok("demo", "--registry", "registry.db")
    return folder / "registry.db"


KINDS = ("local", "server", "reference")
"""A local registry, a server with SQLite, and the stand-in for the reference server."""


@contextmanager
def command_on(kind: str, folder: Path) -> Iterator[Cli]:
    """Provide the command with an empty registry.

    Args:
        kind: One of `KINDS`.
        folder: The folder that it runs in.
    """
    if kind == "local":
        yield Cli(folder, {"MODEL_REGISTRY_REGISTRY": str(folder / "registry.db")})
    elif kind == "server":
        server = Server(f"sqlite:///{folder / 'server.db'}")
        try:
            yield Cli(folder, {"MODEL_REGISTRY_URL": server.url})
        finally:
            assert server.stop() == 0
    else:
        with ReferenceServer(0) as server:
            yield Cli(folder, {"MODEL_REGISTRY_URL": server.url})


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Cli]:
    """The command with a local registry."""
    with command_on("local", tmp_path) as cli:
        yield cli


@pytest.fixture(params=KINDS)
def cli(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cli]:
    """The command with an empty registry of each kind."""
    with command_on(request.param, tmp_path) as cli:
        yield cli


@pytest.fixture(scope="module", params=KINDS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The command with a registry of each kind that `demo` filled; the tests of a module share it."""
    with command_on(request.param, tmp_path_factory.mktemp(request.param)) as cli:
        cli.ok("demo")
        yield cli
