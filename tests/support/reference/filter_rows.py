"""Which rows a filter selects, and how often, as the server's SQL does on PostgreSQL."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.reference.filter_text import Both
from tests.support.reference.schemas import (
    ARTIFACT_STATES,
    ARTIFACTS,
    EXPERIMENT,
    HISTORY,
    MODEL,
    RUN,
    VERSION,
)
from tests.support.reference.store import snake_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.reference.filter_text import Comparison, Condition
    from tests.support.reference.schemas import Kind
    from tests.support.reference.store import Row

TYPES = ("string_value", "double_value", "int_value", "bool_value")
_TEXT, _INT, _DOUBLE = "string_value", "int_value", "double_value"
_MODEL_FIELDS = (
    *("modelFormatName", "modelFormatVersion", "storageKey", "storagePath", "serviceAccountName"),
    *("modelSourceKind", "modelSourceClass", "modelSourceGroup", "modelSourceId", "modelSourceName"),
)
_OF_RUNS = {"experimentId": _INT, "experimentRunId": _INT}
_METRIC = {"value": _DOUBLE, "step": _INT, "timestamp": _INT}
_TYPED: dict[str, dict[str, str]] = {
    MODEL.label: dict.fromkeys(("state", "owner"), _TEXT),
    VERSION.label: {"registeredModelId": _INT, "state": _TEXT, "author": _TEXT},
    EXPERIMENT.label: dict.fromkeys(("state", "owner"), _TEXT),
    RUN.label: {
        "experimentId": _INT,
        **dict.fromkeys(("startTimeSinceEpoch", "endTimeSinceEpoch", "status", "state", "owner"), _TEXT),
    },
    "model artifact": {**dict.fromkeys(_MODEL_FIELDS, _TEXT), **_OF_RUNS},
    "doc artifact": _OF_RUNS,
    "dataset artifact": {
        **dict.fromkeys(("digest", "sourceType", "source", "schema", "profile"), _TEXT),
        **_OF_RUNS,
    },
    "metric artifact": {**_METRIC, **_OF_RUNS},
    HISTORY.label: {**_METRIC, **_OF_RUNS},
    "parameter artifact": {"value": _DOUBLE, "parameterType": _TEXT, **_OF_RUNS},
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_SQL_NAMES = {
    "int4": ("integer", 23, 31),
    "int8": ("bigint", 20, 63),
    "float8": ("double precision", 701, 0),
    "bool": ("boolean", 16, 0),
    "text": ("text", 25, 0),
    "varchar": ("character varying", 1043, 0),
}
_TYPE_OF_COLUMN = {_TEXT: "text", _INT: "int4", _DOUBLE: "float8", "bool_value": "bool"}


class QueryError(Exception):
    """The database refuses the query. The text is the driver's or the database's."""


class _Test(NamedTuple):
    """One comparison: the values that a row has for it, each with the test of its column."""

    values: Callable[[Row], list[tuple[str, Any]]]
    passes: dict[str, Callable[[Any], bool]]

    def count(self, row: Row) -> int:
        return sum(self.passes[column](value) for column, value in self.values(row) if column in self.passes)


class Filter:
    """A filter for one kind of resource.

    Args:
        condition: The parsed text.
        kind: The kind, a model artifact for artifacts of all kinds.
        first: How many arguments the query has before the filter's.

    Raises:
        QueryError: When a literal does not fit its column.
    """

    def __init__(self, condition: Condition, kind: Kind, first: int) -> None:
        self._kind = kind
        self._arguments = first
        self._condition = self._prepared(condition)

    def count(self, row: Row) -> int:
        """Return how often the query has the row: conditions on properties are joins."""
        return self._count(self._condition, row)

    def _count(self, condition: Any, row: Row) -> int:
        if isinstance(condition, _Test):
            return condition.count(row)
        word, left, right = condition
        if word == "AND":
            found = self._count(left, row)
            return found * self._count(right, row) if found else 0
        return int(self._count(left, row) > 0 or self._count(right, row) > 0)

    def _prepared(self, condition: Condition) -> Any:
        if isinstance(condition, Both):
            return condition.word, self._prepared(condition.left), self._prepared(condition.right)
        name, _, type_ = condition.name.rpartition(".")
        if not name or type_ not in TYPES:
            name, type_ = condition.name, ""
        column = self._column(name)
        if column is not None:
            return self._on_column(name, column, condition)
        return self._on_property(name, type_, condition)

    def _column(self, name: str) -> str | None:
        artifact = self._kind.family == "artifact"
        columns = {"id": "int4", "name": "varchar", "externalId": "varchar"}
        columns |= dict.fromkeys(("createTimeSinceEpoch", "lastUpdateTimeSinceEpoch"), "int8")
        if artifact:
            columns |= {"uri": "text", "state": "int4"}
        return columns.get(name)

    def _on_column(self, name: str, column: str, condition: Comparison) -> _Test:
        word, value = condition.operator, condition.value
        if name == "state" and isinstance(value, str):
            value = ARTIFACT_STATES.index(value) if value in ARTIFACT_STATES else -1
        owned = bool(self._kind.parent) or self._kind.family == "artifact"
        if name == "name" and owned and isinstance(value, str):
            if word == "=":
                word, value = "LIKE", f"%:{value}"
            elif word == "LIKE" and ":" not in value and not value.startswith("%"):
                value = f"%:{value}"
        test = self._test(column, word, value)
        return _Test(
            lambda row: [(column, _cell(row, name))], {column: lambda one: one is not None and test(one)}
        )

    def _on_property(self, name: str, type_: str, condition: Comparison) -> _Test:
        known = _TYPED.get(self._kind.label, {})
        stored = snake_case(name) if name in known else name
        self._arguments += 1
        columns = [type_ or known.get(name) or _literal_column(condition.value)]
        if not type_ and name not in known and columns == [_INT]:
            columns.append(_DOUBLE)
        tests = {
            one: self._test(_TYPE_OF_COLUMN[one], condition.operator, condition.value) for one in columns
        }
        return _Test(
            lambda row: [(two.column, two.value) for one, two in row.properties() if one == stored], tests
        )

    def _test(self, column: str, word: str, value: Any) -> Callable[[Any], bool]:
        values = [
            self._argument(column, word, one) for one in (value if isinstance(value, list) else [value])
        ]
        if word == "IN":
            return lambda one: one in values
        if len(values) != 1:
            if values:
                raise QueryError("ERROR: operator does not exist: record (SQLSTATE 42883)")
            return lambda _: False
        if word in ("LIKE", "ILIKE"):
            if column not in ("text", "varchar"):
                raise QueryError(
                    f"ERROR: operator does not exist: {_SQL_NAMES[column][0]} ~~ unknown (SQLSTATE 42883)"
                )
            return lambda one: like(values[0], one, fold=word == "ILIKE")
        return lambda one: _COMPARE[word](one, values[0])

    def _argument(self, column: str, word: str, value: Any) -> Any:
        """Return a literal as the column's type."""
        number = self._arguments
        self._arguments += 1
        _, oid, bits = _SQL_NAMES[column]
        if isinstance(value, str):
            return value if column in ("text", "varchar") or "LIKE" in word else _from_text(column, value)
        fits = (isinstance(value, bool) and column == "bool") or (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and column in ("int4", "int8", "float8")
        )
        way = "text" if column in ("text", "varchar") else "binary"
        said = f"failed to encode args[{number}]: unable to encode {_go_value(value)} "
        said += f"into {way} format for {column} (OID {oid}): "
        if not fits or (bits and value != int(value)):
            raise QueryError(f"{said}cannot find encode plan")
        if bits and not -(2**bits) <= value < 2**bits:
            side = "greater than maximum" if value > 0 else "less than minimum"
            raise QueryError(f"{said}{value} is {side} value for {column}")
        return value


def _go_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _literal_column(value: Any) -> str:
    if isinstance(value, bool):
        return "bool_value"
    return {int: _INT, float: _DOUBLE}.get(type(value), _TEXT)


def from_text(column: str, text: str) -> int:
    """Return an integer that the database reads from a text."""
    number: int = _from_text(column, text)
    return number


def _from_text(column: str, text: str) -> Any:
    sql, _, bits = _SQL_NAMES[column]
    try:
        if column == "bool":
            return {"t": True, "f": False}[text.strip().lower()[:1]]
        value = float(text) if column == "float8" else int(text)
    except (ValueError, KeyError):
        raise QueryError(f'ERROR: invalid input syntax for type {sql}: "{text}" (SQLSTATE 22P02)') from None
    if bits and not -(2**bits) <= value < 2**bits:
        raise QueryError(f'ERROR: value "{text}" is out of range for type {sql} (SQLSTATE 22003)')
    return value


def _cell(row: Row, name: str) -> Any:
    if name == "state":
        state = row.fields.get("state")
        return None if state is None else ARTIFACT_STATES.index(state)
    cells = {
        "id": row.id,
        "name": row.name,
        "externalId": row.external_id,
        "createTimeSinceEpoch": row.created,
        "lastUpdateTimeSinceEpoch": row.updated,
    }
    return cells[name] if name in cells else row.fields.get(name)


def like(pattern: str, text: str, *, fold: bool = False) -> bool:
    """Return whether a text matches a pattern of SQL's LIKE.

    Raises:
        QueryError: When the match arrives at a backslash that ends the pattern.
    """
    parts: list[str] = []
    escaped = False
    for one in pattern:
        if not escaped and one == "\\":
            escaped = True
            continue
        wild = None if escaped else {"%": ".*", "_": "."}.get(one)
        parts.append(wild or re.escape(one))
        escaped = False
    flags = re.DOTALL | (re.IGNORECASE if fold else 0)
    if escaped:
        if re.match("".join(parts) + "(?=.)", text, flags):
            raise QueryError("ERROR: LIKE pattern must not end with escape character (SQLSTATE 22025)")
        return False
    return re.fullmatch("".join(parts), text, flags) is not None


ANY_ARTIFACT = ARTIFACTS["model-artifact"]
