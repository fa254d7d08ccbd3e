"""Fixtures: the command as a process, on each kind of registry."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

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


@pytest.fixture
def local(tmp_path: Path) -> Cli:
    """The command with a local registry."""
    return Cli(tmp_path, {"MODEL_REGISTRY_REGISTRY": str(tmp_path / "registry.db")})


@pytest.fixture(params=["local", "server", "reference"])
def cli(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cli]:
    """The command with a local registry, a server, and the stand-in for the reference server."""
    if request.param == "local":
        yield Cli(tmp_path, {"MODEL_REGISTRY_REGISTRY": str(tmp_path / "registry.db")})
    elif request.param == "server":
        server = Server(f"sqlite:///{tmp_path / 'server.db'}")
        yield Cli(tmp_path, {"MODEL_REGISTRY_URL": server.url})
        assert server.stop() == 0
    else:
        with ReferenceServer(0) as server:
            yield Cli(tmp_path, {"MODEL_REGISTRY_URL": server.url})
