"""The order of a list, the row after which a page starts, and the index that the database scans.

A list by id scans an index that begins with the columns that all its rows have in common: the kind, or the
parent and the kind. SQLite does so when the query says that these columns equal a value. PostgreSQL then also
considers the primary key, which has the order of ids too, and may scan all rows of other kinds and parents.
It assumes that rows are spread evenly, but resources that were created together are stored together, so that
a million rows may precede the first match. For this reason PostgreSQL gets a range that holds a single value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.server.database.dialects import Dialect


def lead_condition(
    sql: Dialect, lead: tuple[str, ...], *, continues: bool, descending: bool
) -> Iterator[str]:
    """Yield the conditions on the leading columns of the index. Each has a parameter with the column's name.

    Args:
        sql: The dialect.
        lead: The columns of table `resource`.
        continues: Whether the page starts `after` a row, which bounds the first column on one side.
        descending: Whether the greatest comes first.
    """
    for number, name in enumerate(lead):
        column, value = f"resource.{name}", sql.parameter(name)
        if number or not sql.scans_only_ranges:
            yield f"{column} = {value}"
        elif continues:
            yield f"{column} {'>=' if descending else '<='} {value}"
        else:
            yield f"{column} BETWEEN {value} AND {value}"


def after(sql: Dialect, lead: tuple[str, ...], key: str | None, id: str, *, descending: bool) -> str:
    """Return the condition that a row comes after the one with `after_key` and `after_id`.

    Args:
        sql: The dialect.
        lead: The leading columns of the index.
        key: The column that the list is ordered by before the id, if any.
        id: The id.
        descending: Whether the greatest comes first.
    """
    columns, values = [id], [sql.parameter("after_id")]
    if key is not None:
        columns, values = [f"resource.{key}", *columns], [sql.parameter("after_key"), *values]
    elif sql.scans_only_ranges:
        columns, values = [*(f"resource.{name}" for name in lead), id], [*map(sql.parameter, lead), *values]
    return f"({', '.join(columns)}) {'<' if descending else '>'} ({', '.join(values)})"
