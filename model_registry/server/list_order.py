"""In which order a list stands, where one of its pages begins, and which index the database walks along.

A list by id walks along an index that begins with what all its rows have in common: their kind, or their
parent. SQLite does when it is told that these are equal to something. PostgreSQL then sees that the primary
key has the order of ids as well, and may walk along that, past all rows that have something else in common.
It believes them to be spread evenly, but what was made together stands together: there may be a million
before the first one that is wanted. So it is told of a range instead, which holds a single value without its
knowing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import bindparam, tuple_

from model_registry.server.filters.sql import Either

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import BindParameter, Column, ColumnElement

Columns: TypeAlias = "tuple[Column[int], ...]"


def given(lead: Columns, *, later: bool, descending: bool) -> Iterator[ColumnElement[bool]]:
    """That the columns at the beginning of the index have their values, which are parameters of their names.

    Args:
        lead: The columns.
        later: Whether the page begins `after` some row, which bounds the first column on one side.
        descending: Whether the greatest comes first.
    """
    for number, column in enumerate(lead):
        value: BindParameter[int] = bindparam(column.name)
        if number:
            yield column == value
        elif not later:
            yield Either(column == value, column.between(value, value))
        else:
            yield Either(column == value, column >= value if descending else column <= value)


def after(lead: Columns, key: Columns, id: Column[int], *, descending: bool) -> ColumnElement[bool]:
    """That a row comes after the one with `after_key` and `after_id`.

    Args:
        lead: The columns at the beginning of the index, whose values are given.
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
    return Either(id_follows, follows) if lead else id_follows
