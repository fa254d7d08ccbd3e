"""Type checkers accept what users write, and refuse what would fail."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CALLS = Path(__file__).parent / "typed" / "calls.py"
WRONG_LINES = {
    number
    for number, line in enumerate(CALLS.read_text(encoding="utf-8").splitlines(), 1)
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
    command += ["--follow-imports=silent", "--hide-error-context", str(CALLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = {
        (int(match[1]), match[2])
        for match in re.finditer(r"calls\.py:(\d+): error: .*\[([\w-]+)\]", done.stdout)
    }
    assert {line for line, _ in found} == WRONG_LINES, done.stdout + done.stderr
    lines = CALLS.read_text(encoding="utf-8").splitlines()
    for line, code in found:
        assert code in lines[line - 1].partition("# error: ")[2].split(", "), (line, code)


@needs("pyright")
def test_pyright():
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(CALLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    wrong = {each["range"]["start"]["line"] + 1 for each in found if each["severity"] == "error"}
    assert wrong == WRONG_LINES, found
