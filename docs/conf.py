"""How Sphinx builds these pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import model_registry

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Model Registry SDK"
author = "The Model Registry SDK authors"
release = version = model_registry.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False


def markdown_code_to_rest(*event: object) -> None:
    """Rewrite the code in a docstring, which is marked as in Markdown, to what Sphinx reads."""
    lines = event[-1]
    if not isinstance(lines, list):
        raise TypeError("autodoc-process-docstring gives the lines last")
    rewritten: list[str] = []
    fenced = False
    for line in lines:
        if line.strip() == "```":
            fenced = not fenced
            rewritten += ["::", ""] if fenced else [""]
        elif fenced:
            rewritten.append(f"    {line}")
        else:
            rewritten.append(re.sub(r"(?<![:`])`([^`]+)`(?!`)", r"``\1``", line))
    lines[:] = rewritten


def setup(app: Sphinx) -> None:
    """Connect before napoleon reads the sections."""
    app.connect("autodoc-process-docstring", markdown_code_to_rest, priority=100)
