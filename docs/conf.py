"""How Sphinx builds these pages."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, ClassVar

from sphinx.util.docutils import SphinxDirective

import model_registry

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

project = "Model Registry SDK"
author = project_copyright = "The Model Registry SDK authors"
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
            rewritten.append(markdown_code(line))
    lines[:] = rewritten


class Verbs(SphinxDirective):
    """Document the verbs of one file of `model_registry/client`: a table, then each verb.

    The argument is the name of the file, such as `aliases`. `:only:` names the verbs to document, if not all.
    """

    required_arguments = 1
    option_spec: ClassVar = {"only": str.split}

    def run(self) -> list[Node]:
        """Return the nodes of the page."""
        module = importlib.import_module(f"model_registry.client.{self.arguments[0]}")
        group = next(
            each
            for _, each in inspect.getmembers(module, inspect.isclass)
            if each.__module__ == module.__name__
        )
        public = [name for name in vars(group) if not name.startswith("_")]
        names = self.options.get("only", public)
        verbs = [f"model_registry.ModelRegistry.{name}" for name in names]
        table = [".. list-table::", "   :widths: 30 70", ""]
        for name, verb in zip(names, verbs, strict=True):
            summary = (inspect.getdoc(getattr(group, name)) or "").partition("\n")[0]
            table += [f"   * - :any:`{name} <{verb}>`", f"     - {markdown_code(summary)}"]
        methods = [f".. auto{kind(group, name)}:: {verb}" for name, verb in zip(names, verbs, strict=True)]
        return self.parse_text_to_nodes("\n".join([*table, "", *methods, ""]))


def kind(group: type, name: str) -> str:
    """Return what Sphinx calls a member of a class."""
    return "property" if isinstance(inspect.getattr_static(group, name), property) else "method"


def markdown_code(line: str) -> str:
    """Rewrite the code in one line, which is marked as in Markdown, to what Sphinx reads."""
    return re.sub(r"(?<![:`])`([^`]+)`(?!`)", r"``\1``", line)


def setup(app: Sphinx) -> None:
    """Add the directive for verbs, and rewrite docstrings before napoleon reads their sections."""
    app.add_directive("verbs", Verbs)
    app.connect("autodoc-process-docstring", markdown_code_to_rest, priority=100)
