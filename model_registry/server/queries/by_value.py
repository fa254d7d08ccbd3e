"""Write the SELECT statement of a list in the order of names, custom properties or metrics.

Numbers come before texts in ascending order, and after them in descending order. What has neither comes last
in both. So the key of a row is its rank (number, text or nothing), the number, and the text.

There are two ways to read a page. The first computes the key of every selected row, and sorts: good below a
parent, and when a filter finds few. The second scans an index of names or values in its order: good for a
list of everything, however long.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from model_registry.server.database.dialects import SQLType
from model_registry.server.ids import INT64
from model_registry.server.kinds import METRIC as METRIC_KIND
from model_registry.server.queries.orders import MEASURED, METRIC, NAME, PROPERTY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.server.database.dialects import Dialect
    from model_registry.server.queries.orders import Key

_NUMBER: Final = 0
_TEXT: Final = 1
_MISSING: Final = {False: 2, True: -1}
"""The rank of a row without a value, by whether the order is descending."""

_KEY: Final = ("sort_rank", "number", "whole", "text", "id")
_KEY_TYPES: Final = (SQLType.INTEGER, SQLType.DOUBLE, SQLType.INTEGER, SQLType.TEXT, SQLType.INTEGER)
_RANKS: Final = {"int_value": _NUMBER, "double_value": _NUMBER, "string_value": _TEXT}
"""The rank of a value, by the column of table `property` that has it."""
_TYPES: Final = {"int_value": SQLType.INTEGER, "double_value": SQLType.DOUBLE, "string_value": SQLType.TEXT}

_NO_NUMBER: Final = "CAST(0 AS double precision) AS number, CAST(0 AS bigint) AS whole"
_NO_TEXT: Final = "'' AS text"


def after_values(key: Key) -> dict[str, Any]:
    """Return the values of the parameters of a statement that continues after the row with this key."""
    if len(key) == 2:  # of an order by column
        return {"after_key": key[0], "after_id": key[1]}
    _, number, whole, text, last_id = key
    nearest = max(INT64.start, min(INT64.stop - 1, math.floor(number)))
    # In each column, the page starts after the row with this value and this id.
    int_value, int_id, double_id = whole, last_id, last_id
    if float(whole) != number:  # it was a double that no integer equals
        int_value, int_id = nearest, -1 if number < INT64.start else INT64.stop - 1
    elif whole != nearest:  # it was an integer that no double equals
        double_id = -1 if whole < nearest else INT64.stop - 1
    return {f"after_{name}": value for name, value in zip(_KEY, key, strict=True)} | {
        "after_int_value": int_value,
        "after_int_value_id": int_id,
        "after_double_value": number,
        "after_double_value_id": double_id,
        "after_string_value": text,
        "after_string_value_id": last_id,
    }


# The first way: sort.


def write_sorted(
    sql: Dialect,
    order: str,
    tables: str,
    id: str,
    conditions: Sequence[str],
    *,
    continues: bool,
    descending: bool,
) -> str:
    """Return the statement that computes the key of every selected row.

    Args:
        sql: The dialect.
        order: One of the orders by value.
        tables: The tables that rows are selected from; one is `resource`.
        id: The column with the id.
        conditions: The conditions on the rows.
        continues: Whether the page starts after a row.
        descending: Whether the greatest comes first.
    """
    keyed = (
        f"SELECT {id} AS id, {_key(order, descending=descending)}"
        f" FROM {tables}{_joins(sql, order)} WHERE {' AND '.join(conditions)}"
    )
    if continues:
        after = (sql.parameter(f"after_{name}", kind) for name, kind in zip(_KEY, _KEY_TYPES, strict=True))
        comes_after = f"({', '.join(_KEY)}) {_sign(descending)} ({', '.join(after)})"
        keyed = f"SELECT * FROM ({keyed}) AS keyed WHERE {comes_after}"
    return _page(sql, keyed, descending)


def _key(order: str, *, descending: bool) -> str:
    """Return the columns of the key, without the id."""
    if order == NAME:
        return f"{_TEXT} AS sort_rank, {_NO_NUMBER}, resource.name AS text"
    if order == METRIC:
        return (
            f"CASE WHEN measured.double_value IS NULL THEN {_MISSING[descending]} ELSE {_NUMBER} END"
            " AS sort_rank, coalesce(measured.double_value, 0) AS number,"
            f" CAST(0 AS bigint) AS whole, {_NO_TEXT}"
        )
    double = "ordering.double_value"
    if order == MEASURED:
        double = f"coalesce(measured.double_value, {double})"
    return (
        f"CASE WHEN ordering.int_value IS NOT NULL OR {double} IS NOT NULL THEN {_NUMBER}"
        f" WHEN ordering.string_value IS NOT NULL THEN {_TEXT} ELSE {_MISSING[descending]} END AS sort_rank,"
        f" coalesce({double}, CAST(ordering.int_value AS double precision), 0) AS number,"
        f" coalesce(ordering.int_value, {_whole(double)}, 0) AS whole,"
        " coalesce(ordering.string_value, '') AS text"
    )


def _whole(double: str) -> str:
    """Return the integer of 64 bits that is nearest to a double."""
    # A double has no exact value for the greatest integer; SQL has no literal for the least.
    return (
        f"CASE WHEN {double} >= {float(INT64.stop)!r} THEN {INT64.stop - 1}"
        f" WHEN {double} <= {float(INT64.start)!r} THEN {INT64.start + 1} - 1"
        f" ELSE CAST({double} AS bigint) END"
    )


def _joins(sql: Dialect, order: str) -> str:
    """Return the joins with the rows of table `property` that have the value, if there are any."""
    joins = ""
    conditions: list[str] = []
    if order in {METRIC, MEASURED}:
        is_metric = (
            f"measured.kind = {METRIC_KIND.code} AND measured.name = 'value'"
            f" AND measured.is_custom = {sql.boolean(False)} AND measured.resource_id = ({_metric(sql)})"
        )
        joins += f" {sql.with_row('property', 'measured', is_metric)}"
        conditions.append("measured.double_value IS NULL")
    if order in {PROPERTY, MEASURED}:
        conditions += [_named(sql, "resource.kind"), "ordering.resource_id = resource.id"]
        joins += f" {sql.with_row('property', 'ordering', ' AND '.join(conditions))}"
    return joins


def _metric(sql: Dialect) -> str:
    """Return the query for the id of a version's metric."""
    kind = "SELECT metric.kind FROM resource AS metric WHERE metric.id = attribution.artifact_id"
    return (
        "SELECT attribution.artifact_id FROM attribution WHERE attribution.version_id = resource.id"
        f" AND attribution.name = {sql.parameter('order_name', SQLType.TEXT)}"
        f" AND ({kind}) = {METRIC_KIND.code} ORDER BY attribution.artifact_id LIMIT 1"
    )


# The second way: scan an index.


def write_names(sql: Dialect, conditions: Sequence[str], *, continues: bool, descending: bool) -> str:
    """Return the statement that scans the names of one kind, which must be unique.

    Args:
        sql: The dialect.
        conditions: The conditions on table `resource`.
        continues: Whether the page starts after a row.
        descending: Whether the greatest comes first.
    """
    after = f"resource.name {_sign(descending)} {sql.parameter('after_text', SQLType.TEXT)}"
    return (
        f"SELECT resource.id AS id, {_TEXT}, resource.kind, resource.body, 0, 0, resource.name FROM resource"
        f" WHERE {' AND '.join([*conditions, *([after] if continues else [])])}"
        f" ORDER BY {_ordered(['resource.name'], descending)} LIMIT {sql.parameter('limit')}"
    )


def write_values(sql: Dialect, filters: Sequence[str], *, rank: int | None, descending: bool) -> str:
    """Return the statement that scans the values of a property of one kind.

    Args:
        sql: The dialect.
        filters: Conditions on table `resource`.
        rank: The rank of the row that the page starts after, if any.
        descending: Whether the greatest comes first.
    """
    if rank is not None and rank not in _RANKS.values():
        rest = _scan_missing(sql, filters, sql.parameter("limit"), continues=True, descending=descending)
        return _page(sql, rest, descending)
    scans = " UNION ALL ".join(
        _scan(sql, column, filters, continues=rank == own, descending=descending)
        for column, own in _RANKS.items()
        if rank is None or (own <= rank if descending else own >= rank)
    )
    # What has no value comes last: it is searched only when the page is not full.
    limit = sql.parameter("limit")
    room = f"CASE WHEN (SELECT count(*) FROM valued) < {limit} THEN {limit} ELSE 0 END"
    rest = _scan_missing(sql, filters, room, continues=False, descending=descending)
    page = _page(sql, f"SELECT * FROM valued UNION ALL {rest}", descending)
    return f"WITH valued AS ({scans}) {page}"


def _scan(sql: Dialect, column: str, filters: Sequence[str], *, continues: bool, descending: bool) -> str:
    """Return the query for the first rows that have a value in a column of table `property`."""
    value, order = f"ordering.{column}", [f"ordering.{column}", "ordering.resource_id"]
    # Without an index of values, SQLite would take the primary key, and sort.
    named = _named(sql, sql.parameter("kind"), is_custom=sql.not_indexed("ordering.is_custom"))
    conditions = [named, f"{value} IS NOT NULL"]
    if continues:
        after = (sql.parameter(f"after_{column}", _TYPES[column]), sql.parameter(f"after_{column}_id"))
        conditions.append(f"({', '.join(order)}) {_sign(descending)} ({', '.join(after)})")
    tables = "property AS ordering"
    if filters:
        tables += " CROSS JOIN resource"
        conditions += ["resource.id = ordering.resource_id", *filters]
    if column == "string_value":
        key = f"{_TEXT} AS sort_rank, {_NO_NUMBER}, {value} AS text"
    else:
        number, whole = (
            f"CAST({value} AS double precision)",
            value if column == "int_value" else _whole(value),
        )
        key = f"{_NUMBER} AS sort_rank, {number} AS number, {whole} AS whole, {_NO_TEXT}"
    rows = f"SELECT ordering.resource_id AS id, {key} FROM {tables} WHERE {' AND '.join(conditions)}"
    return _first(rows, order, descending, sql.parameter("limit"))


def _scan_missing(
    sql: Dialect, filters: Sequence[str], limit: str, *, continues: bool, descending: bool
) -> str:
    """Return the query for the first rows that have no value."""
    has_value = " OR ".join(f"ordering.{column} IS NOT NULL" for column in _RANKS)
    found = (
        f"SELECT {sql.boolean(True)} FROM property AS ordering WHERE {_named(sql, sql.parameter('kind'))}"
        f" AND ordering.resource_id = resource.id AND ({has_value}) LIMIT 1"
    )
    conditions = [f"resource.kind = {sql.parameter('kind')}", f"({found}) IS NULL", *filters]
    if continues:
        conditions.append(f"resource.id {_sign(descending)} {sql.parameter('after_id')}")
    key = f"{_MISSING[descending]} AS sort_rank, {_NO_NUMBER}, {_NO_TEXT}"
    rows = f"SELECT resource.id AS id, {key} FROM resource WHERE {' AND '.join(conditions)}"
    return _first(rows, ["resource.kind", "resource.id"], descending, limit)


# What both ways share.


def _named(sql: Dialect, kind: str, *, is_custom: str = "ordering.is_custom") -> str:
    """Return the condition that a row is of the property that the list is ordered by."""
    return (
        f"ordering.kind = {kind} AND ordering.name = {sql.parameter('order_name', SQLType.TEXT)}"
        f" AND {is_custom} = {sql.boolean(True)}"
    )


def _first(rows: str, order: Sequence[str], descending: bool, limit: str) -> str:
    """Return the query for the first rows of another one."""
    query = f"{rows} ORDER BY {_ordered(order, descending)} LIMIT {limit}"
    return f"SELECT * FROM ({query}) AS first_rows"


def _page(sql: Dialect, keyed: str, descending: bool) -> str:
    """Return the query for the first resources of a query for keys and ids."""
    order = _ordered(_KEY, descending)
    first = f"SELECT * FROM ({keyed}) AS keyed ORDER BY {order} LIMIT {sql.parameter('limit')}"
    return (
        "SELECT resource.id AS id, page.sort_rank, resource.kind, resource.body, page.number, page.whole,"
        f" page.text FROM ({first}) AS page CROSS JOIN resource WHERE resource.id = page.id"
        f" ORDER BY {_ordered([f'page.{name}' for name in _KEY], descending)}"
    )


def _ordered(columns: Sequence[str], descending: bool) -> str:
    return ", ".join(f"{column} DESC" if descending else column for column in columns)


def _sign(descending: bool) -> str:
    return "<" if descending else ">"
