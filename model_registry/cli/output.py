"""Print results: tables for people, plain lines for programs, and JSON, YAML and CSV."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from .records import cell, flat, is_time, value_of
from .terminal import has_colour, is_unicode, is_watched, safe, safe_lines, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Record = Mapping[str, Any]

FORMATS: Final = ("table", "json", "jsonl", "yaml", "name", "csv")


class Output:
    """Prints results on standard output, and notes on standard error.

    Args:
        format: One of `FORMATS`; by default a table if a person looks, else lines with tabs between values.
        quiet: Print no notes.
    """

    def __init__(self, format: str | None = None, *, quiet: bool = False) -> None:
        self.format = format or ("table" if is_watched(sys.stdout) else "plain")
        self._quiet = quiet

    @property
    def is_for_programs(self) -> bool:
        """Whether all fields are printed, not only columns."""
        return self.format in ("json", "jsonl", "yaml")

    def rows(self, records: Iterable[Record], columns: Sequence[str]) -> None:
        """Print several resources.

        Args:
            records: All fields of each. With the format `jsonl`, each is printed before the next is fetched.
            columns: Names of the fields, custom properties or metrics that tables and lines show.
        """
        if self.format == "jsonl":
            self._lines(_json(record) for record in records)
        elif self.is_for_programs:
            self._data(list(records))
        elif self.format == "name":
            self._lines(safe(_name(record)) for record in records)
        elif self.format == "csv":
            self._csv(records, columns)
        else:
            self._table(records, columns)

    def record(self, record: Record, columns: Sequence[str] = ()) -> None:
        """Print one resource: all its fields that have a value."""
        if self.is_for_programs:
            self._data(record)
        elif self.format == "name":
            self._lines([safe(_name(record))])
        elif self.format == "csv":
            self._csv([record], columns or [name for name in record if name not in _NESTED])
        else:
            rows = [(name, value) for name, value in flat(record) if value not in (None, "", [], {})]
            self._pairs(rows)

    def summary(self, record: Record, columns: Sequence[str]) -> None:
        """Print one resource: in one row for people, else all its fields."""
        if self.is_for_programs:
            self.record(record)
        else:
            self.rows([record], columns)

    def document(self, data: object, text: str) -> None:
        """Print a result that has a text of its own, such as a comparison.

        Args:
            data: The result as JSON types.
            text: The result for people.
        """
        if self.is_for_programs:
            self._data(data)
        elif self.format == "csv":
            records: list[Record] = cast("Any", data if isinstance(data, list) else [data])
            self._csv(records, list(records[0]))
        else:
            self._lines([safe_lines(text)])

    def raw(self, data: bytes) -> None:
        """Print bytes as they are."""
        sys.stdout.buffer.write(data)

    def note(self, text: str) -> None:
        """Print a note on standard error."""
        if not self._quiet:
            sys.stderr.write(f"{safe(text)}\n")

    def _data(self, data: Any) -> None:  # noqa: ANN401  # JSON types
        if self.format == "yaml":
            from model_registry.types.yaml_text import to_yaml

            sys.stdout.write(to_yaml(data))
        elif self.format == "jsonl":
            each: list[Any] = cast("Any", data) if isinstance(data, list) else [data]
            self._lines(map(_json, each))
        else:
            self._lines([_json(data, indent=2)])

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            sys.stdout.write(f"{line}\n")

    def _csv(self, records: Iterable[Record], columns: Sequence[str]) -> None:
        import csv

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        for record in records:
            writer.writerow([_csv_cell(value_of(record, column)) for column in columns])

    def _table(self, records: Iterable[Record], columns: Sequence[str]) -> None:
        is_table = self.format == "table"
        rows = [
            [cell(value_of(record, column), as_age=is_table and is_time(column)) for column in columns]
            for record in records
        ]
        if not is_table:
            self._lines("\t".join(row) for row in rows)
        elif rows:
            from .table import draw

            most = width() if is_watched(sys.stdout) else None
            self._lines(draw(columns, rows, most, colour=has_colour(sys.stdout)))

    def _pairs(self, rows: Sequence[tuple[str, Any]]) -> None:
        is_table = self.format == "table"
        texts = [(safe(name), cell(value)) for name, value in rows]
        if is_table:
            longest = max((len(name) for name, _ in texts), default=0)
            self._lines(f"{name:{longest}}  {text}" for name, text in texts)
        else:
            self._lines(f"{name}\t{text}" for name, text in texts)


def _csv_cell(value: object) -> str:
    """Return a value for a spreadsheet, which must not take a stranger's text for a formula."""
    text = cell(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@")) else text


def _json(data: object, indent: int | None = None) -> str:
    """Write JSON, in which characters that could change what a terminal shows are escaped."""
    text = json.dumps(data, indent=indent, ensure_ascii=not is_unicode(sys.stdout))
    if text.replace("\n", "").isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


_NESTED: Final = ("artifacts", "custom_properties")


def _name(record: Record) -> str:
    """Return what names a resource in other commands."""
    for field in ("reference", "path", "name", "id", "alias", "profile"):
        if record.get(field) is not None:
            return str(record[field])
    return ""
