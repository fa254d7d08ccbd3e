"""Pages install from a checkout until the package is published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_installs_from_a_checkout(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"^\$? ?pip install .*", text, flags=re.MULTILINE)
    wrong = [each for each in commands if re.search(r"install '?model-registry(\[\w+\])?'?$", each)]
    assert not wrong
