"""Format resources and values: as one line of text, as HTML tables for notebooks, as JSON types."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol, cast

from .missing import Missing
from .redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = 40  # characters of a value in a line
_MEDIUM = 100  # characters of a value in a message
_LONG = 300  # characters of a value in a cell


class _HasFacts(Protocol):
    def facts(self) -> Sequence[str]: ...


def line(kind: str, name: str | None, facts: Mapping[str, object]) -> str:
    """Format a resource in one line: kind, name and those facts that have a value."""
    texts = [] if name is None else [repr(_cut(name, _SHORT))]
    texts += [f"{fact}={bare(value, _SHORT)!r}" for fact, value in facts.items() if value is not None]
    return f"{kind}({', '.join(texts)})"


def line_of_page(items: Sequence[object], token: str | None) -> str:
    """Format a page in one line: the number of items, their kinds and the first names."""
    kinds = " or ".join(sorted({type(item).__name__ for item in items}))
    names = [repr(_cut(str(getattr(item, "name", item)), _SHORT // 2)) for item in items[:3]]
    content = f"{len(items)} {kinds}: {', '.join(names)}" if items else "empty"
    return f"Page({content}{', …' if len(items) > len(names) else ''}{'; more follow' if token else ''})"


def table_of_resource(
    kind: str, fields: Mapping[str, object], custom_properties: Mapping[str, object] | None
) -> str:
    """Format a resource as an HTML table, with a row for each field that has a value."""
    rows = {
        **fields,
        **{f"custom_properties[{name!r}]": each for name, each in (custom_properties or {}).items()},
    }
    return table(
        (kind, ""), [(name, value) for name, value in rows.items() if value is not None and value != []]
    )


def table_of_page(items: Sequence[object], token: str | None) -> str:
    """Format a page as an HTML table, with a row for each resource."""
    resources = [cast("_HasFacts", item) for item in items if hasattr(item, "facts")]
    if len(resources) < len(items) or not resources:
        return f"<p>{html.escape(line_of_page(items, token))}</p>"
    facts = list(dict.fromkeys(fact for resource in resources for fact in resource.facts()))
    kinds = ["kind"] if len({type(resource) for resource in resources}) > 1 else []
    heads = ["id", *kinds, "name", *facts, "last_update_time"]
    rows = [
        [type(resource).__name__ if head == "kind" else getattr(resource, head, None) for head in heads]
        for resource in resources
    ]
    more = "<p>More follow.</p>" if token else ""
    return table(heads, rows) + more


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Format an HTML table; texts are escaped, and long ones are cut."""
    head = "".join(f"<th>{html.escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def plain(value: object) -> object:
    """Return a value of a field as JSON types, enums and properties of unknown kinds included."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in cast("Sequence[object]", value)]
    wire = getattr(value, "wire", None)
    return value if wire is None else plain(wire)


def short(value: object) -> str:
    """Return a value as Python writes it, in one line, without secrets and cut when it is long."""
    return _cut(repr(value if isinstance(value, Missing) else redacted(plain(value))), _MEDIUM)


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(bare(value, _LONG)))


def bare(value: object, most: int = _LONG) -> object:
    """Format a value for people: short, and without the secrets of a URI."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, (Mapping, list)):
        return _cut(str(redacted(cast("object", value))), most)
    return _cut(str(redacted(value)), most) if isinstance(value, str) else value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
