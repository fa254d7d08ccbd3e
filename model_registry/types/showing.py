"""How things of a registry show themselves: in a line, and as tables in notebooks."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, cast

from .redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .base import BaseResourceModel

_SHORT = 40  # characters of a value in a line
_LONG = 300  # and in a cell


def line(thing: BaseResourceModel) -> str:
    """Write a thing in one line: its name, id and the facts that its kind has for that."""
    told = [] if (name := getattr(thing, "name", None)) is None else [repr(_cut(str(name), _SHORT))]
    for field in ("id", *thing.facts()):
        value = getattr(thing, field)
        if value is not None:
            told.append(f"{field}={bare(value, _SHORT)!r}")
    return f"{type(thing).__name__}({', '.join(told)})"


def line_of_page(items: Sequence[object], token: str | None) -> str:
    """Write a page in one line: how many of what, and the first names."""
    kinds = " or ".join(sorted({type(item).__name__ for item in items}))
    names = [repr(_cut(str(getattr(item, "name", item)), _SHORT // 2)) for item in items[:3]]
    told = f"{len(items)} {kinds}: {', '.join(names)}" if items else "empty"
    return f"Page({told}{', …' if len(items) > len(names) else ''}{'; more follow' if token else ''})"


def table_of_thing(thing: BaseResourceModel) -> str:
    """Write a thing as a table in HTML: a row for each field that has a value."""
    rows = [
        (name, getattr(thing, name))
        for name in type(thing).model_fields
        if name not in ("custom_properties", *_TIMES.values())
    ]
    rows += [(name, getattr(thing, name)) for name in _TIMES]
    rows += [
        (f"custom_properties[{name!r}]", value) for name, value in (thing.custom_properties or {}).items()
    ]
    told = [(name, value) for name, value in rows if value is not None and value != []]
    return table((type(thing).__name__, ""), told)


def table_of_page(items: Sequence[object], token: str | None) -> str:
    """Write a page as a table in HTML: a row for each thing."""
    things = [cast("BaseResourceModel", item) for item in items if hasattr(item, "facts")]
    if len(things) < len(items) or not things:
        return f"<p>{html.escape(line_of_page(items, token))}</p>"
    facts = list(dict.fromkeys(fact for thing in things for fact in thing.facts()))
    kinds = ["kind"] if len({type(thing) for thing in things}) > 1 else []
    heads = ["id", *kinds, "name", *facts, "last_update_time"]
    rows = [
        [type(thing).__name__ if head == "kind" else getattr(thing, head, None) for head in heads]
        for thing in things
    ]
    more = "<p>More follow.</p>" if token else ""
    return table(heads, rows) + more


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table in HTML; everything is escaped, and what is long is cut."""
    head = "".join(f"<th>{html.escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_TIMES = {"create_time": "create_time_since_epoch", "last_update_time": "last_update_time_since_epoch"}


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(bare(value, _LONG)))


def bare(value: object, most: int = _LONG) -> object:
    """Give a value as it is shown: short, and without what may be secret in a URI."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, (Mapping, list)):
        return _cut(str(redacted(cast("object", value))), most)
    return _cut(str(redacted(value)), most) if isinstance(value, str) else value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
