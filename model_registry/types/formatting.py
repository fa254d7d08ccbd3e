"""Format resources and values: as one line of text, as HTML tables for notebooks, as JSON types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, Protocol, cast

from .alias_names import ALIAS, RESERVED
from .missing import Missing
from .redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHORT = 40  # characters of a value in a line
_MEDIUM = 100  # characters of a value in a message
_LONG = 300  # characters of a value in a cell
_FOLDED = 60  # characters from which on a list or dictionary is folded in a cell
_PROPERTY_COLUMNS = 6
_PARENT = "registered_model_id"
_DIGITS = 6  # of a fraction in a cell
_RECORDED = ("storage.", "model.", RESERVED)  # properties that this package records
_DIGEST = re.compile(r"(sha256:[0-9a-f]{8})[0-9a-f]{56}")
_DAY = 86400
_UNITS = (("year", 365 * _DAY), ("month", 30 * _DAY), ("day", _DAY), ("hour", 3600), ("minute", 60))
_CLOCK_SKEW = 60  # seconds


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
    rows = {**fields, **dict(_labelled(custom_properties or {}))}
    return table((kind, "value"), [(name, value) for name, value in rows.items() if not _is_empty(value)])


def table_of_page(items: Sequence[object], token: str | None) -> str:
    """Format a page as an HTML table, with a row for each resource.

    Fields that no resource has get no column; the first custom properties with a number or text get one.
    """
    resources = [cast("_HasFacts", item) for item in items if hasattr(item, "facts")]
    if len(resources) < len(items) or not resources:
        return f"<p>{escaped(line_of_page(items, token))}</p>"
    columns: dict[str, list[object]] = {"id": _values_of(resources, "id")}
    if len({type(resource) for resource in resources}) > 1:
        columns["kind"] = [type(each).__name__ for each in resources]
    for name in ("name", *(fact for resource in resources for fact in resource.facts())):
        columns[name] = _values_of(resources, name)
    if len(set(columns.get(_PARENT, []))) == 1:  # all versions of one model
        del columns[_PARENT]
    for name in _property_columns(resources):
        columns.setdefault(name, [_properties_of(each).get(name) for each in resources])
    columns["last_update_time"] = _values_of(resources, "last_update_time")
    used = {name: values for name, values in columns.items() if not all(map(_is_empty, values))}
    return table(used, zip(*used.values(), strict=True)) + _more(token)


def table_of_rows(rows: Sequence[Mapping[str, object]], columns: Sequence[str], token: str | None) -> str:
    """Format rows of chosen columns as an HTML table."""
    return table(columns, [[row[name] for name in columns] for row in rows]) + _more(token)


def row_of(resource: object) -> dict[str, object]:
    """Return the values of a resource as one row: its fields, and its custom properties by name.

    A property with the name of a field is `custom_properties.` and its name.
    """
    fields: Mapping[str, object] = getattr(type(resource), "model_fields", {})
    row: dict[str, object] = {} if fields else {"value": resource}
    for name in sorted(fields, key=lambda name: name not in ("id", "name")):
        if name.endswith("_time_since_epoch"):
            head = name.removesuffix("_since_epoch")
            row[head] = getattr(resource, head)
        elif name != "custom_properties":
            row[name] = _unwrapped(getattr(resource, name))
    taken = set(row)
    for name, value in _properties_of(resource).items():
        row[f"custom_properties.{name}" if name in taken else name] = _unwrapped(value)
    return row


def content_of(artifact: object) -> object:
    """Return the value of an artifact that says most about it."""
    return getattr(artifact, "value", None) if hasattr(artifact, "value") else getattr(artifact, "uri", None)


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Format an HTML table, which scrolls if it is wide; texts are escaped, and long ones are cut."""
    head = "".join(f"<th>{escaped(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows)
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div style="overflow-x: auto">{whole}</div>'


def escaped(text: str) -> str:
    """Return a text as it stands in HTML."""
    import html  # reads a table of all characters with names, which only notebooks need

    return html.escape(text)


class HTMLTable:
    """A result that notebooks show as a table of the values in its `to_dict()`."""

    def to_dict(self) -> Mapping[str, object]:
        """Return it as JSON types."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each value."""
        values = [(name, value) for name, value in self.to_dict().items() if not _is_empty(value)]
        return table((type(self).__name__, "value"), values)


def _values_of(resources: Sequence[object], field: str) -> list[object]:
    return [getattr(each, field, None) for each in resources]


def _labelled(custom_properties: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield custom properties with their labels; of those of this package only where the aliases are."""
    for name, value in custom_properties.items():
        if name.startswith(ALIAS):
            yield f"alias {name.removeprefix(ALIAS)}", value
        elif not name.startswith(RESERVED):
            yield f"custom_properties[{name!r}]", value


def _more(token: str | None) -> str:
    return "<p>More follow.</p>" if token else ""


def _property_columns(resources: Sequence[object]) -> list[str]:
    found = dict.fromkeys(
        name
        for resource in resources
        for name, value in _properties_of(resource).items()
        if isinstance(value, (str, int, float)) and not name.startswith(_RECORDED)
    )
    return list(found)[:_PROPERTY_COLUMNS]


def _properties_of(resource: object) -> Mapping[str, object]:
    return getattr(resource, "custom_properties", None) or {}


def _unwrapped(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _is_empty(value: object) -> bool:
    """Return whether a table has nothing to show of a value: the state of most artifacts is unknown, too."""
    return value is None or value == [] or (isinstance(value, Enum) and value.value == "UNKNOWN")


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
    if _is_empty(value):
        return ""
    if isinstance(value, datetime):
        return f'<span title="{bare(value)}">{_ago(value)}</span>'
    if isinstance(value, float):
        return _float_cell(value)
    if isinstance(value, list):
        return _list_cell(cast("list[object]", value))
    text = escaped(str(bare(value, _LONG)))
    if isinstance(value, Mapping) and len(text) > _FOLDED:
        return _folded(len(cast("Mapping[object, object]", value)), text)
    digest = _DIGEST.fullmatch(text)
    return f'<span title="{text}">{digest[1]}…</span>' if digest else text


def _float_cell(value: float) -> str:
    whole, short_form = str(value), str(rounded(value))
    return whole if whole == short_form else f'<span title="{whole}">{short_form}</span>'


def _list_cell(values: list[object]) -> str:
    """Format a list: texts without brackets and quotes, as names and tags are read."""
    are_texts = all(isinstance(each, str) for each in values)
    shown = cast("list[object]", redacted(values))
    text = escaped(_cut(", ".join(map(str, shown)) if are_texts else str(shown), _LONG))
    return _folded(len(values), text) if len(text) > _FOLDED else text


def _folded(count: int, text: str) -> str:
    return f"<details><summary>{count} {'entry' if count == 1 else 'entries'}</summary>{text}</details>"


def _ago(time: datetime) -> str:
    """Return how long ago a time was, in words."""
    seconds = (datetime.now(timezone.utc) - time).total_seconds()
    for unit, length in _UNITS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now" if seconds > -_CLOCK_SKEW else str(bare(time))


def rounded(value: object) -> object:
    """Format a value for people, as `bare` does, with six digits of a long fraction."""
    if isinstance(value, float) and len(text := f"{value:.{_DIGITS}g}") + 2 < len(str(value)):
        return text
    return bare(value)


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
