"""List a page of resources, as the JSON of the response."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from model_registry.server.database.protocol import LongReadError
from model_registry.server.filters.access_paths import AccessPath, access_paths
from model_registry.server.queries.by_value import after_values
from model_registry.server.queries.orders import BY_VALUE
from model_registry.server.queries.statements import select_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model_registry.server.database.protocol import Row, Session
    from model_registry.server.queries.orders import Key
    from model_registry.server.queries.paging import PageRequest
    from model_registry.server.queries.selection import Selection
    from model_registry.server.queries.statements import QueryShape

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
    is_short = 0 < page.size < _BATCH and (selection.filter is None or selection.is_everything())
    if not (is_short or session.allows_long_reads):
        raise LongReadError
    values = selection.values()
    if selection.filter is not None and selection.is_everything():
        limit = page.size + 1 if page.size else None
        for path, bound in access_paths(session, selection.filter, by_id=page.order.by == "id", limit=limit):
            shape = selection.shape(path)
            if not path.if_few:
                return _list_batch(shape, values, page, 0, session)
            part = _list_few(shape, values, bound, page, session)
            if part is not None:
                return part
    return _list_batch(selection.shape(), values, page, 0, session)


def _list_few(
    shape: QueryShape, values: dict[str, Any], bound: int, page: PageRequest, session: Session
) -> BodyPart | None:
    """Return the response or its first part, or None if more than `bound` rows match."""
    rows = _fetch(shape, {**values, "bound": bound + 1}, page, session)
    counted = next(row for row in rows if row[2] is None)
    if counted[0] > bound:
        return None
    # More rows may match by the time the next part is read.
    later = shape._replace(path=AccessPath(shape.path.collected))
    return _part([row for row in rows if row is not counted], later, values, page, 0)


def _list_batch(
    shape: QueryShape, values: dict[str, Any], page: PageRequest, sent: int, session: Session
) -> BodyPart:
    """Return the items after `page.after`, when `sent` items were sent before."""
    return _part(_fetch(shape, values, page, session), shape, values, page, sent)


def _part(
    rows: Sequence[Row], shape: QueryShape, values: dict[str, Any], page: PageRequest, sent: int
) -> BodyPart:
    """Return the rows as JSON, when `sent` items were sent before."""
    number = page.size or _BATCH
    last = _key_of(rows[number - 1]) if len(rows) > number else None
    items = _render_items([row[3] for row in rows[:number]], first=sent == 0)
    if last and not page.size:
        following = replace(page, after=last)
        return BodyPart(items, functools.partial(_list_batch, shape, values, following, sent + number))
    token = page.next_token(last) if last else ""
    return BodyPart(items + _render_end(sent + len(rows[:number]), page.size, token))


def _fetch(shape: QueryShape, values: dict[str, Any], page: PageRequest, session: Session) -> Sequence[Row]:
    """Return the rows after `page.after`: those of the page, and one more if there is one."""
    after, order = page.after, page.order
    statement = select_statement(
        shape,
        order.by,
        descending=page.descending,
        continues=after is not None,
        rank=after[0] if after and order.by in BY_VALUE else None,
    )
    values = {**values, "order_name": order.name, "limit": (page.size or _BATCH) + 1}
    return session.rows(statement, values | after_values(after) if after else values)


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
