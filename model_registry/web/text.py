"""Texts of the registry, which strangers wrote, in pages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from model_registry.types.formatting import plain
from model_registry.types.redaction import redacted, redacted_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Characters that are invisible, or that change the order of the characters around them."""
_FRONT_MATTER: Final = re.compile(r"\A---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LONGEST_DOCUMENT: Final = 200_000


def visible(value: object) -> object:
    r"""Return what a template writes for a value: controls become visible, and secrets in URLs are left out.

    Example:
        >>> visible("invoice\u202efdp.exe")
        'invoice⟨U+202E⟩fdp.exe'
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return "" if value is None else value
    return _CONTROLS.sub(_name_of_control, redacted_text(value))


def _name_of_control(found: re.Match[str]) -> str:
    return "" if found[0] == "\r" else f"⟨U+{ord(found[0]):04X}⟩"


def unchanged(value: object) -> Markup:
    """Return a value of a form's field, escaped but otherwise as it is: the form sends it back."""
    return escape("" if value is None else value)


def number(value: float) -> str:
    """Return a number with at most six significant digits, in which people can compare numbers."""
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return f"{value:.0f}"
    return f"{value:.6g}"


def scalar(value: object) -> str:
    """Return a value in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    if value is None:
        return ""
    shown = redacted(plain(value))
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def size(count: float | None) -> str:
    """Return a number of bytes for people.

    Example:
        >>> size(1536), size(7)
        ('1.5 KiB', '7 B')
    """
    if count is None:
        return ""
    amount, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(amount) < 1024 or unit == "TiB":
            break
        amount /= 1024
    return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"


def moment(value: datetime | None) -> Markup:
    """Return a time as an element that programs can read, too."""
    if value is None:
        return Markup()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), f"{value:%Y-%m-%d %H:%M:%S} UTC", f"{value:%Y-%m-%d %H:%M}"
    )


def front_matter(text: str) -> tuple[str | None, str]:
    """Split a document into its front matter, if any, and the rest."""
    found = _FRONT_MATTER.match(text)
    return (found[1], text[found.end() :]) if found else (None, text)


def markdown(text: str) -> Markup:
    """Render Markdown. HTML in it is shown as text, and pictures are links, so that nothing is loaded."""
    shown = str(visible(text[:_LONGEST_DOCUMENT]))
    rendered: str = _renderer().render(shown)
    return Markup(rendered)  # noqa: S704  # the renderer escapes


def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    renderer.add_render_rule("image", _link_of_picture)
    renderer.add_render_rule("heading_open", _lower_heading)
    renderer.add_render_rule("heading_close", _lower_heading)
    renderer.add_render_rule("link_open", _foreign_link)
    return renderer


def _link_of_picture(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    label = renderer.renderInlineAsText(token.children, options, env) or "picture"
    return str(
        Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(
            token.attrGet("src") or "", label
        )
    )


def _lower_heading(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Render a heading below those of the page."""
    token = tokens[index]
    token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    return renderer.renderToken(tokens, index, options, env)


def _foreign_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, env)


def own_properties(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the custom properties that people set, without those that the client itself uses."""
    return {
        name: value
        for name, value in sorted((properties or {}).items())
        if not name.startswith(("model-registry.", "storage."))
    }
