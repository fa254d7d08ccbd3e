"""The command on a pseudo-terminal: tables, colours, questions, bars Ctrl-C, and what agents get."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from .conftest import COMMAND, SECONDS

if TYPE_CHECKING:
    from .conftest import Cli

pty = pytest.importorskip("pty")


class Terminal:
    """The command on a terminal of 80 columns."""

    command: tuple[str, ...] = tuple(COMMAND)

    def __init__(self, cli: Cli, *arguments: str, **variables: str) -> None:
        mine, its = pty.openpty()
        environment = {**cli.environment, "TERM": "xterm", "COLUMNS": "80", **variables}
        self.process = subprocess.Popen(
            [*self.command, *arguments],
            cwd=cli.folder,
            env=environment,
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        self._mine = mine
        self.text = ""

    def read_until(self, text: str | None) -> str:
        """Read until a text appears, or to the end."""
        end = time.monotonic() + SECONDS
        while text is None or text not in self.text:
            assert time.monotonic() < end, self.text
            if not select.select([self._mine], [], [], 1)[0]:
                continue
            try:
                read = os.read(self._mine, 4096)
            except OSError:  # Linux reports the end of a pseudo-terminal so
                read = b""
            if not read:
                assert text is None, self.text
                break
            self.text += read.decode()
        return self.text.replace("\r\n", "\n")

    def type(self, text: str) -> None:
        os.write(self._mine, text.encode())

    def end(self) -> tuple[int, str]:
        text = self.read_until(None)
        status = self.process.wait(SECONDS)
        os.close(self._mine)
        return status, text


def test_a_table_fits_the_terminal(local: Cli) -> None:
    long = "A description that is much too long for one line of a terminal, and so is cut"
    local.ok("register", "fraud", "1.0", "--uri", "s3://m", "--model-description", long)
    status, text = Terminal(local, "models", "ls").end()
    head, row = text.splitlines()
    assert status == 0
    assert head.startswith("\x1b[1mNAME")
    assert len(row) <= 80
    assert "A description that is much" in row
    assert "…" in row
    assert row.endswith("just now")
    _, plain = Terminal(local, "models", "ls", NO_COLOR="1").end()
    assert plain.startswith("NAME ")


def test_16_times_of_tokens_and_of_the_trail_are_relative_in_tables(local: Cli) -> None:
    of_database = ("--db", "tokens.db")
    local.ok("token", "create", "ci", "--role", "reader", "--expires", "90m", *of_database)
    _, row = local.ok("token", "ls", "-o", "table", *of_database).splitlines()
    assert row.split("  ")[-2:] == ["just now", "in 1 hour"]
    (token,) = local.json("token", "ls", *of_database)
    assert local.ok("token", "ls", *of_database).split("\t")[3:5] == [token["created"], token["expires"]]


@pytest.mark.parametrize("columns", [40, 20, 5])
def test_16_a_table_fits_a_narrow_terminal(local: Cli, columns: int) -> None:
    local.ok("demo")
    status, text = Terminal(local, "models", "ls", COLUMNS=str(columns), NO_COLOR="1").end()
    assert status == 0
    lines = text.splitlines()
    assert len(lines) == 4
    assert all(len(line) <= columns for line in lines)
    assert lines[1].startswith("frau")


@pytest.mark.parametrize("variable", ["AI_AGENT", "CLAUDECODE", "CODEX_SANDBOX", "CI"])
def test_agents_get_plain_lines_and_no_questions(local: Cli, variable: str) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m")
    status, text = Terminal(local, "models", "ls", **{variable: "1"}).end()
    assert (status, text.partition("\t")[0]) == (0, "fraud")
    status, text = Terminal(local, "models", "archive", "fraud", "--with-versions", **{variable: "1"}).end()
    assert (status, "?" in text) == (0, False)


def test_a_question_is_asked_and_can_be_declined(local: Cli) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m")
    terminal = Terminal(local, "models", "archive", "fraud", "--with-versions")
    terminal.read_until("Archive fraud and all its versions? [y/N]: ")
    terminal.type("n\n")
    status, _ = terminal.end()
    assert status == 130
    assert local.ok("models", "ls", "-o", "name") == "fraud\n"
    terminal = Terminal(local, "models", "archive", "fraud", "--with-versions")
    terminal.read_until("[y/N]: ")
    terminal.type("y\n")
    assert terminal.end()[0] == 0
    assert local.ok("models", "ls", "-o", "name") == ""
    assert Terminal(local, "models", "restore", "fraud", "--with-versions").end()[0] == 0
    assert Terminal(local, "models", "archive", "fraud", "--with-versions", "-y").end()[0] == 0


def test_a_token_is_asked_for_without_an_echo(bare: Cli) -> None:
    terminal = Terminal(bare, "login", "http://127.0.0.1:1")
    terminal.read_until("Token: ")
    terminal.type("s3cret\n")
    status, text = terminal.end()
    assert status == 6
    assert "s3cret" not in text


def test_ctrl_c_ends_with_130_and_no_traceback(bare: Cli) -> None:
    terminal = Terminal(bare, "login", "http://127.0.0.1:1")
    terminal.read_until("Token: ")
    terminal.process.send_signal(signal.SIGINT)  # what a terminal sends for Ctrl-C
    status, text = terminal.end()
    assert status == 130
    assert "Traceback" not in text


def test_16_ctrl_c_while_the_command_loads(bare: Cli) -> None:
    program = (
        "import os, signal, sys\n"
        "class Interrupt:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'model_registry.cli.app': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt)\n"
        "from model_registry.cli import main\n"
        "sys.exit(main(['models', 'ls']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env=bare.environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_an_upload_shows_its_progress(local: Cli) -> None:
    (local.folder / "model").write_bytes(b"weights" * 100_000)
    status, text = Terminal(local, "upload", "model", "store/model", "-o", "json").end()
    assert status == 0
    assert "model" in text.partition("{")[0]
    _, quiet = Terminal(local, "upload", "model", "store/model2", "-o", "json", "--quiet").end()
    assert quiet.startswith("{")


@pytest.mark.parametrize(
    ("arguments", "drawn"),
    [
        (("import", "many.jsonl", "--registry", "new.db"), r"\[#+ *\] \d+ of 3\d\d imported"),
        (("copy", "--to", "new.db"), r"\d+ copied"),
        (("copy", "many/0", "many/1", "--to", "new.db"), r"\d+ copied"),
        (("export", "again.jsonl"), r"\d+ exported"),
        (("export", "again.jsonl", "many/0", "many/1"), r"\d+ exported"),
        (("register-many", "many.txt", "--registry", "new.db"), r"\d+ registered"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_16_copies_of_many_show_their_progress(local: Cli, arguments: tuple[str, ...], drawn: str) -> None:
    many = [{"name": "many", "version": str(number), "uri": "s3://m"} for number in range(150)]
    (local.folder / "many.txt").write_text("\n".join(map(json.dumps, many)))
    local.ok("register-many", "many.txt")
    local.ok("export", "many.jsonl")
    status, text = Terminal(local, *arguments).end()
    assert status == 0
    assert re.search(drawn, text), text
    before, _, result = text.rpartition("\r\x1b[K")  # the line is gone before the result
    assert before
    assert not re.search(drawn, result)
    assert "\x1b[K" not in Terminal(local, *arguments, AI_AGENT="1").end()[1]


def test_a_reader_that_stops_reading_is_no_error(local: Cli) -> None:
    local.ok("demo")
    line = f"{sys.executable} -m model_registry artifacts ls --limit 0 | head -n 1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", line],
        cwd=local.folder,
        env=local.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 141)
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize("line", ["--help", "models ls", "artifacts ls --limit 0 -o json"])
def test_output_that_nobody_reads_ends_with_141(local: Cli, line: str) -> None:
    local.ok("demo")
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [*COMMAND, *line.split()],
        cwd=local.folder,
        env=local.environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")
