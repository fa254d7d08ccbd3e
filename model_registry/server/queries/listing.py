"""List a page of resources, as the JSON of the response."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.server.database.protocol import LongReadError
from model_registry.server.queries.by_value import after_values
from model_registry.server.queries.orders import BY_VALUE
from model_registry.server.queries.paths import has_choice, query_paths, read_rows
from model_registry.server.queries.statements import select_statement, sorts_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model_registry.server.database.protocol import Row, Session
    from model_registry.server.queries.orders import Key
    from model_registry.server.queries.paging import PageRequest
    from model_registry.server.queries.paths import QueryPath
    from model_registry.server.queries.selection import Selection

_BATCH: Final = 1000
"""Number of items that an unlimited list reads and sends at a time."""


class BodyPart(NamedTuple):
    """A response body, or the next part of a long one.

    Attributes:
        data: The bytes.
        read_next: The function that reads the next part, or None after the last one.
    """

    data: bytes
    read_next: Callable[[Session], BodyPart] | None = None


def list_page(session: Session, selection: Selection, page: PageRequest) -> BodyPart:
    """Return one page of the selected resources: the response, or its first part.

    Raises:
        LongReadError: It would take long, and the session does not allow that.
    """
    order = page.order.by
    is_short = 0 < page.size < _BATCH and (
        has_choice(selection, order) or not (selection.filter or sorts_all(selection.shape(), order))
    )
    if not (is_short or session.allows_long_reads):
        raise LongReadError
    limit = page.size + 1 if page.size else None
    for path in query_paths(session, selection, order, descending=page.descending, limit=limit):
        rows = _fetch(path, page, session)
        if rows is not None:
            # More rows may match by the time the next part is read.
            later = path._replace(shape=path.shape.without_bound())
            return _part(rows, later, page, 0)
    raise AssertionError("the last path has no bound")


def _list_batch(path: QueryPath, page: PageRequest, sent: int, session: Session) -> BodyPart:
    """Return the items after `page.after`, when `sent` items were sent before."""
    return _part(_fetch(path, page, session) or (), path, page, sent)


def _part(rows: Sequence[Row], path: QueryPath, page: PageRequest, sent: int) -> BodyPart:
    """Return the rows as JSON, when `sent` items were sent before."""
    number = page.size or _BATCH
    last = _key_of(rows[number - 1]) if len(rows) > number else None
    items = _render_items([row[3] for row in rows[:number]], first=sent == 0)
    if last and not page.size:
        following = replace(page, after=last)
        return BodyPart(items, functools.partial(_list_batch, path, following, sent + number))
    token = page.next_token(last) if last else ""
    return BodyPart(items + _render_end(sent + len(rows[:number]), page.size, token))


def _fetch(path: QueryPath, page: PageRequest, session: Session) -> Sequence[Row] | None:
    """Return the rows after `page.after`: those of the page, and one more if there is one.

    Returns None if the path found more than its bound.
    """
    after, order = page.after, page.order
    statement = select_statement(
        path.shape,
        order.by,
        descending=page.descending,
        continues=after is not None,
        rank=after[0] if after and order.by in BY_VALUE else None,
    )
    values = {"order_name": order.name, "limit": (page.size or _BATCH) + 1}
    return read_rows(session, path, statement, values | after_values(after) if after else values)


def _key_of(row: Row) -> Key:
    """Return the key of a row in the order of the list."""
    row_id, first, _, _, *rest = row
    return (first, *rest, row_id)


def _render_items(items: Sequence[str], *, first: bool) -> bytes:
    """Return the beginning of a page, or more of its items."""
    start = '{"items":[' if first else "," if items else ""
    return (start + ",".join(items)).encode()


def _render_end(size: int, page_size: int, next_token: str) -> bytes:
    """Return what follows the items of a page."""
    return f'],"nextPageToken":"{next_token}","pageSize":{page_size},"size":{size}}}\n'.encode()
