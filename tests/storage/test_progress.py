"""Who sees how far a transfer is."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from model_registry import storage
from tests.support.folders import FILES

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[3:]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in sys.argv[3:] else found(name)
from model_registry import storage
storage.download(sys.argv[1], sys.argv[2], progress=True)
print(sorted({"rich", "tqdm"} & set(sys.modules)))
"""


def run(*arguments: object, terminal: bool) -> tuple[str, str]:
    """Run the program; give what it prints and what it writes to standard error."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    if not terminal:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout, done.stderr
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how a terminal ends on Linux
            pass
        os.close(ours)
        assert process.stdout is not None
        printed = process.stdout.read().decode()
    assert process.returncode == 0, shown
    return printed, shown.decode()


@pytest.mark.parametrize(
    ("missing", "used"),
    [([], "rich"), (["rich"], "tqdm"), (["rich", "tqdm"], None)],
    ids=["rich", "tqdm", "neither"],
)
def test_bars_in_a_terminal(folder: Path, tmp_path: Path, missing: list[str], used: str | None) -> None:
    pytest.importorskip(used or "os")
    printed, shown = run(folder, tmp_path / "back", *missing, terminal=True)
    assert printed.strip() == str([used] if used else [])
    if used is None:  # 15_16: plain lines
        assert shown.startswith(f"{folder.name}: ")
        assert re.search(r"700\.0 kB of 700\.0 kB, \d+ of \d+ files", shown)
        assert 2 <= len(shown.splitlines()) <= 11
    else:
        assert folder.name in shown
        assert re.search(r"100%|700\.0/700\.0 kB|684k/684k", shown)


def test_no_bar_without_a_terminal(folder: Path, tmp_path: Path) -> None:
    assert run(folder, tmp_path / "back", terminal=False) == ("[]\n", "")


def test_a_function_is_told_of_everything(folder: Path, tmp_path: Path) -> None:
    total = sum(map(len, FILES.values()))
    seen: list[storage.Progress] = []
    uploaded = storage.upload(folder, str(tmp_path / "store"), progress=seen.append)
    assert seen[-1] == storage.Progress(total, total, len(FILES), len(FILES))
    seen.clear()
    storage.download(uploaded.uri, tmp_path / "back", progress=seen.append)
    assert seen[-1] == storage.Progress(total, total, len(FILES), len(FILES))
    assert [each.done for each in seen] == sorted(each.done for each in seen)


def test_what_a_function_raises_ends_the_transfer(folder: Path, tmp_path: Path) -> None:
    def refuse(now: storage.Progress) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        storage.download(str(folder), tmp_path / "back", progress=refuse)
    assert not (tmp_path / "back").exists()
