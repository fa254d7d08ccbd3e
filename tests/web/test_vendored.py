"""Files of other projects are those that were recorded, with their licence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "model_registry" / "web" / "static"


def test_the_vendored_files_have_the_recorded_digests() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "scripts" / "renew_vendored.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def test_each_script_is_in_the_manifest_with_a_licence() -> None:
    record = json.loads((STATIC / "vendored.json").read_text())
    assert record["licence"] == "0BSD"
    assert "htmx.LICENSE.txt" in record["files"]
    assert {path.name for path in STATIC.glob("*.js")} <= record["files"].keys()
