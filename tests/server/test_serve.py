"""The command `model-registry serve`."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from model_registry import cli
from tests.support.backends import SECONDS, Client, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_stops_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    server = Server(f"sqlite:///{tmp_path / 'registry.db'}")
    assert server.url.startswith("http://127.0.0.1:")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        Client(backend).make("/registered_models", name="m")
    server.process.send_signal(ending)
    out, errors = server.process.communicate(timeout=SECONDS)
    assert (server.process.returncode, out) == (0, "")
    assert not re.search("ERROR|Traceback", errors)
    assert [one.name for one in tmp_path.iterdir()] == ["registry.db"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_registry.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", "--db", ":memory:", "--port", str(port))
    assert (ended.returncode != 0, ended.stdout) == (True, "")
    assert ended.stderr.splitlines() == [
        f"model-registry: cannot listen on 127.0.0.1 port {port}: Address already in use: "
        "choose another --port"
    ]


def test_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    ended = run("serve", "--db", str(tmp_path / "no" / "registry.db"), "--port", "0")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1
    assert "does not exist" in ended.stderr


def test_a_database_of_an_unknown_sort() -> None:
    ended = run("serve", "--db", "mysql://localhost/registry", "--port", "0")
    assert ended.returncode != 0
    assert "cannot use a mysql database" in ended.stderr


def test_what_is_missing_can_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "model_registry.server.process.serve", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert cli.main(["serve"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "pip install 'model-registry[server]'" in captured.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"model-registry {version('model-registry')}\n"


def test_the_command_loads_nothing_before_it_knows_what_to_do() -> None:
    program = (
        "import sys; from model_registry import cli;"
        "heavy = {'sqlalchemy', 'uvicorn', 'pydantic', 'aiohttp'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
