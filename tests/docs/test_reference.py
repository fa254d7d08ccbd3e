"""The reference of the client documents every verb, on the page of its noun."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from model_registry.client import AsyncModelRegistry

PAGES = Path(__file__).parents[2] / "docs" / "reference"


def test_each_group_of_verbs_is_on_one_page() -> None:
    pages = [PAGES / "client.md", *(PAGES / "client").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    documented = re.findall(r"^\.\. verbs:: (\w+)$", text, flags=re.MULTILINE)
    groups = {each.__module__.rpartition(".")[2] for each in AsyncModelRegistry.__mro__[1:-1]}
    assert sorted(documented) == sorted(groups)


def test_the_hub_links_to_each_page() -> None:
    hub = (PAGES / "client.md").read_text(encoding="utf-8")
    for page in (PAGES / "client").glob("*.md"):
        assert f"(client/{page.name})" in hub
        assert f"\nclient/{page.stem}\n" in hub


def test_no_property_renders_as_a_type() -> None:
    """A colon in the first line of a property means, to napoleon, that its type stands before it."""
    properties = inspect.getmembers(AsyncModelRegistry, lambda member: isinstance(member, property))
    first_lines = {name: (inspect.getdoc(each) or "").partition("\n")[0] for name, each in properties}
    assert {name: line for name, line in first_lines.items() if ":" in re.sub(r"`[^`]*`", "", line)} == {}
