"""The page on the architecture names files and folders that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_named_path_exists() -> None:
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:api|benchmarks|docs|model_registry|mr_openapi|scripts|tests)/[\w./-]*)`", text)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_folder_of_the_package_is_named() -> None:
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    folders = [path.parent.name for path in (ROOT / "model_registry").glob("*/__init__.py")]
    assert folders
    assert [name for name in folders if not re.search(rf"`(?:model_registry/)?{name}/`", text)] == []
