"""Pages install from a checkout until the package is published."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_installs_from_a_checkout(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"^\$? ?pip install .*", text, flags=re.MULTILINE)
    wrong = [each for each in commands if re.search(r"install '?model-registry(\[\w+\])?'?$", each)]
    assert not wrong


def test_each_extra_is_in_the_table() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "guide" / "installing.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\| (`.+?) \|", page, flags=re.MULTILINE)
    other_names = {"boto3", "olot"}
    assert set(re.findall(r"`(\w+)`", " ".join(first_cells))) == (
        set(project["optional-dependencies"]) - other_names
    )
