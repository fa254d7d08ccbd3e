"""Wrong uses of the command, each with its exact answer in one line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.support.backends import API, Server

from .conftest import KINDS

if TYPE_CHECKING:
    from .conftest import Cli


def read_table(text: str) -> list[tuple[str, int, str]]:
    """Return command lines, their exit statuses, and the lines that they print."""
    found = re.findall(r"^\$ model-registry (.*)\n\[(\d)\] (.*)$", text, re.MULTILINE)
    return [(arguments, int(status), line) for arguments, status, line in found]


TABLE = (Path(__file__).parent / "wrong_uses.txt").read_text()
LOCAL, OF_REGISTRIES = map(read_table, TABLE.split("# Noticed in a registry"))


def test_the_table_of_wrong_uses_is_read_as_a_whole() -> None:
    assert len(LOCAL) + len(OF_REGISTRIES) == TABLE.count("$ model-registry ") == 106


@pytest.mark.parametrize(
    ("filled", "arguments", "status", "line"),
    [*(("local", *each) for each in LOCAL), *((kind, *each) for kind in KINDS for each in OF_REGISTRIES)],
    indirect=["filled"],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_wrong_use(filled: Cli, arguments: str, status: int, line: str) -> None:
    assert filled.fails(status, *shlex.split(arguments)) == line


def test_a_registry_that_is_away(bare: Cli) -> None:
    line = bare.fails(6, "models", "ls", "--registry", "http://127.0.0.1:1")
    assert "Connection refused" in line
    assert "Traceback" in bare("models", "ls", "--registry", "http://127.0.0.1:1", "--debug").stderr


def test_16_a_database_that_is_away(bare: Cli) -> None:
    pytest.importorskip("psycopg")
    address = "postgresql://ann:s3cret@127.0.0.1:1/registry"
    for command in (["models", "ls", "--registry", address], ["db", "upgrade", "--db", address]):
        line = bare.fails(6, *command)
        assert "Connection refused" in line
        assert "s3cret" not in line


def test_16_a_server_that_refuses(bare: Cli) -> None:
    server = Server(":memory:", "--token-file", str(tokens(bare)))
    bare.variables["MODEL_REGISTRY_URL"] = server.url
    assert bare.fails(5, "models", "ls").startswith("GET ")
    bare.variables["MODEL_REGISTRY_TOKEN"] = "wrong"
    assert "401" in bare.fails(5, "models", "ls")
    bare.variables["MODEL_REGISTRY_TOKEN"] = "s3cret"
    assert bare.ok("models", "ls") == ""
    bare.ok("register", "fraud", "1.0", "--uri", "s3://m")
    assert "already exists" in bare.fails(4, "register", "fraud", "1.0", "--uri", "s3://m")
    server.stop()


def tokens(cli: Cli) -> Path:
    path = cli.folder / "tokens"
    path.write_text("s3cret\n")
    return path


@pytest.mark.parametrize("command", ["models ls", "config ls", "config set author ann", "logout", "whoami"])
def test_16_profiles_that_cannot_be_read(bare: Cli, command: str) -> None:
    file = bare.folder / "profiles.ini"
    file.write_text("url = http://localhost\n")
    assert bare.fails(2, *command.split()) == (
        f"'{file}' cannot be read as profiles (MissingSectionHeaderError): it must be an INI file, with a"
        " [name] before the lines `setting = value` of each profile"
    )
    file.unlink()
    file.mkdir()
    assert f"'{file}' cannot be read as profiles (IsADirectoryError)" in bare.fails(2, *command.split())
    file.rmdir()
    file.write_text("[default]\nurl = http://localhost\nretries = many\n")
    if command == "models ls":
        line = f"retries of profile 'default' in {file} must be a number, got 'many'"
        assert bare.fails(2, *command.split()) == line


def test_16_a_warning_is_one_line(filled: Cli) -> None:
    ended = filled("search", "colour = 'red'")
    assert ended.returncode == 0
    assert ended.stderr.startswith("Warning: nothing in this list has a property 'colour' to filter by")
    assert "metrics are artifacts" in ended.stderr
    assert len(ended.stderr.splitlines()) == 2
    assert filled("search", "colour = 'red'", "--quiet").stderr == ""


def test_texts_of_a_registry_cannot_control_the_terminal(bare: Cli) -> None:
    server = Server(":memory:")
    body = json.dumps({"name": "fraud", "description": "ev\x1b[2Jil \x9b\u202e"}).encode()
    request = Request(f"{server.url}{API}/registered_models", body, {"Content-Type": "application/json"})
    urlopen(request).close()
    bare.variables["MODEL_REGISTRY_URL"] = server.url
    for arguments in (["models", "ls"], ["models", "show", "fraud"]):
        for output in ("table", "csv", "name", "json", "jsonl", "yaml"):
            printed = bare.ok(*arguments, "-o", output)
            assert not {"\x1b", "\x9b", "\u202e"} & set(printed), (arguments, output)
    assert json.loads(bare.ok("models", "show", "fraud", "-o", "json"))["description"].startswith(
        "ev\x1b[2Jil"
    )
    server.stop()
