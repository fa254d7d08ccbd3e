"""Standard input and output: named as files, closed, in other encodings, and what stands for files."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Cli


def in_shell(cli: Cli, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell, in which $M is the command."""
    environment = {**cli.environment, "M": " ".join(COMMAND)}
    return subprocess.run(
        ["bash", "-c", line], cwd=cli.folder, env=environment, capture_output=True, text=True, check=False
    )


def test_16_a_file_is_read_from_standard_input_and_written_to_standard_output(cli: Cli) -> None:
    allowed = ("--allow-folder", "store")
    plan = cli.ok("upload", "-", "store/a.bin", "--dry-run", stdin="bytes")
    assert plan == "+ file store/a.bin\n+     size: 5\n"
    uploaded = cli.json("upload", "-", "store/a.bin", stdin="bytes")
    assert (cli.folder / "store" / "a.bin").read_text() == "bytes"
    cli.ok("register", "fraud", "1.0", "-", "--to", "store/b.bin", stdin="bytes")
    (file,) = cli.json("files", "fraud/1.0", *allowed)
    assert (file["path"], file["digest"]) == ("b.bin", uploaded["digest"])
    assert cli.ok("cat", "fraud/1.0:b.bin", *allowed) == "bytes"
    assert cli.ok("cat", "model-registry://fraud/1.0:b.bin", *allowed) == "bytes"
    assert "add the name of the file" in cli.fails(2, "upload", "-", "store/")
    assert "`model-registry cat fraud/1.0:FILE`" in cli.fails(2, "download", "fraud/1.0", "-")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_16_sigterm_leaves_no_temporary_files(bare: Cli, tmp_path_factory: pytest.TempPathFactory) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    process = subprocess.Popen(
        [*COMMAND, "upload", "-", "store/a.bin"],
        cwd=bare.folder,
        env={**bare.environment, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"bytes" * 100_000)
    process.stdin.flush()  # more than a pipe holds, so the command reads
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + signal.SIGTERM, b"")
    assert list(temporary.iterdir()) == []


def test_16_a_model_with_a_colon_in_its_name_has_files(local: Cli) -> None:
    (local.folder / "weights").write_text("bytes")
    local.ok("register", "team:fraud", "1.0", "weights", "--to", "store/c.bin")
    assert local.ok("cat", "team:fraud/1.0") == "bytes"
    assert local.ok("cat", "team:fraud/1.0:c.bin") == "bytes"


def test_16_a_backup_is_written_to_standard_output(local: Cli) -> None:
    local.ok("demo")
    assert in_shell(local, "$M db backup - --db registry.db > copy.db").stderr == ""
    names = local.ok("models", "ls", "-o", "name")
    assert local.ok("models", "ls", "-o", "name", "--registry", "copy.db") == names


def test_16_closed_streams_are_as_empty_ones(local: Cli) -> None:
    local.ok("demo")
    for line, status, printed in (
        ("$M models ls -o name <&-", 0, "fraud-detection\nchurn-prediction\ndemand-forecast\n"),
        ("$M models ls 2>&- | wc -l", 0, "3\n"),
        ("$M models ls >&-", 0, ""),
        ("$M models show none 2>&-", 3, ""),
        ("$M login http://127.0.0.1:1 <&- 2>/dev/null", 2, ""),
        ("$M import - <&- 2>/dev/null", 2, ""),
        ("$M register-many - <&-", 0, ""),
    ):
        ended = in_shell(local, line)
        assert (ended.returncode, ended.stdout) == (status, printed), (line, ended.stderr)
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_16_output_in_other_encodings(bare: Cli, encoding: str) -> None:
    bare.variables |= {"PYTHONIOENCODING": encoding, "MODEL_REGISTRY_REGISTRY": "registry.db"}
    name = "modèle 模型"

    def run(*arguments: str) -> str:
        ended = subprocess.run(
            [*COMMAND, *arguments], cwd=bare.folder, env=bare.environment, capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.decode(encoding)

    run("register", name, "1.0", "--uri", "s3://m")
    assert json.loads(run("models", "show", name, "-o", "json"))["name"] == name
    shown = name.encode(encoding, "backslashreplace").decode(encoding)
    for output in ("table", "csv", "name", "yaml"):
        assert shown in run("models", "ls", "-o", output)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_16_devices_and_pipes_are_not_replaced(local: Cli) -> None:
    local.ok("demo")
    (local.folder / "weights").write_text("bytes")
    pipe = local.folder / "pipe"
    os.mkfifo(pipe)
    ended = in_shell(local, "cat pipe > read.jsonl & $M export pipe; wait")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len((local.folder / "read.jsonl").read_text().splitlines()) > 30
    assert in_shell(local, "$M export /dev/stdout -q | head -n 1").stdout.startswith('{"format"')
    assert "a device or a pipe" in local.fails(1, "upload", "weights", "pipe")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_16_a_link_stays(local: Cli) -> None:
    local.ok("demo")
    for name in ("all.jsonl", "profiles.ini"):
        (local.folder / name).symlink_to(f"real-{name}")
    local.ok("export", "all.jsonl")
    local.ok("config", "set", "author", "ann")
    for name in ("all.jsonl", "profiles.ini"):
        assert (local.folder / name).is_symlink()
        assert (local.folder / f"real-{name}").stat().st_size


@pytest.mark.parametrize(
    "line",
    ["models set fraud --readme FILE", "register-many FILE", "login http://127.0.0.1:1 --token-file FILE"],
)
def test_16_a_file_that_is_no_text(local: Cli, line: str) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m")
    (local.folder / "FILE").write_bytes(b"\xff\xfe")
    assert local.fails(2, *line.split()) == "'FILE' is no text: it must be in UTF-8"


def test_16_a_mistake_of_the_program_is_one_line(local: Cli, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import model_registry.cli.output as output\n"
        "def fail(*_): raise RuntimeError('no\\nluck')\n"
        "output.Output.rows = fail\n"
    )
    local.ok("register", "fraud", "1.0", "--uri", "s3://m")
    local.variables["PYTHONPATH"] = str(tmp_path)
    assert (
        local.fails(1, "models", "ls") == "unexpected RuntimeError: no luck (--debug shows where it happened)"
    )
    assert "Traceback" in local("models", "ls", "--debug").stderr
