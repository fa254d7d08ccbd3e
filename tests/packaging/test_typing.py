"""Type checkers accept what users write, and refuse what would fail."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((Path(__file__).parent / "typed").glob("*.py"))
LINES = {file.name: file.read_text(encoding="utf-8").splitlines() for file in FILES}
WRONG = {
    (name, number)
    for name, lines in LINES.items()
    for number, line in enumerate(lines, 1)
    if "# error: " in line
}


def needs(tool):
    installed = importlib.util.find_spec(tool) is not None
    return pytest.mark.skipif(not installed, reason=f"{tool} is missing: it is in the group `typing`")


@needs("mypy")
def test_mypy():
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--no-error-summary",
    ]
    command += ["--follow-imports=silent", "--hide-error-context", *map(str, FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = {
        (match[1], int(match[2]), match[3])
        for match in re.finditer(r"(\w+\.py):(\d+): error: .*\[([\w-]+)\]", done.stdout)
    }
    assert {(name, line) for name, line, _ in found} == WRONG, done.stdout + done.stderr
    for name, line, code in found:
        assert code in LINES[name][line - 1].partition("# error: ")[2].split(", "), (name, line, code)


@needs("pyright")
def test_pyright():
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    command += map(str, FILES)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    wrong = {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1)
        for each in found
        if each["severity"] == "error"
    }
    assert wrong == WRONG, found
