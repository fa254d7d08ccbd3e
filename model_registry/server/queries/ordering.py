"""The order of a list, the row after which a page starts, and the index that the database scans.

A list by id scans an index that begins with the columns that all its rows have in common: the kind, or the
parent and the kind. SQLite does so when the query says that these columns equal a value. PostgreSQL then also
considers the primary key, which has the order of ids too, and may scan all rows of other kinds and parents.
It assumes that rows are spread evenly, but resources that were created together are stored together, so that
a million rows may precede the first match. For this reason PostgreSQL gets a range that holds a single value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import bindparam, tuple_

from model_registry.server.database.dialects import PerDialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import BindParameter, Column, ColumnElement

Columns: TypeAlias = "tuple[Column[int], ...]"


def lead_condition(lead: Columns, *, continues: bool, descending: bool) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on the leading columns of the index. Each is a parameter with the column's name.

    Args:
        lead: The columns.
        continues: Whether the page starts `after` a row, which bounds the first column on one side.
        descending: Whether the greatest comes first.
    """
    for number, column in enumerate(lead):
        value: BindParameter[int] = bindparam(column.name)
        if number:
            yield column == value
        elif not continues:
            yield PerDialect(column == value, column.between(value, value))
        else:
            yield PerDialect(column == value, column >= value if descending else column <= value)


def after(lead: Columns, key: Columns, id: Column[int], *, descending: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after the one with `after_key` and `after_id`.

    Args:
        lead: The leading columns of the index.
        key: What the list is ordered by before the id.
        id: The id.
        descending: Whether the greatest comes first.
    """
    last: BindParameter[int] = bindparam("after_id")
    values = [*(column.name for column in lead), *("after_key" for _ in key)]
    whole, whole_last = tuple_(*lead, *key, id), tuple_(*map(bindparam, values), last)
    follows: ColumnElement[bool] = whole < whole_last if descending else whole > whole_last
    if key:
        return follows
    id_follows = id < last if descending else id > last
    return PerDialect(id_follows, follows) if lead else id_follows
