"""Choose how to find the rows of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from model_registry.server.filters.access_paths import Listing, access_paths
from model_registry.server.kinds import KIND_BY_CODE
from model_registry.server.queries.orders import BY_VALUE
from model_registry.server.queries.statements import sample_statement, select_statement, sorts_all
from model_registry.server.rows import StoredResource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from model_registry.server.database.protocol import Row, Session, Statement
    from model_registry.server.queries.selection import Selection
    from model_registry.server.queries.statements import QueryShape


class QueryPath(NamedTuple):
    """A way to find the rows of a list.

    Attributes:
        shape: The query.
        values: The values of its parameters.
        bound: The bound for `AccessPath.if_few`.
    """

    shape: QueryShape
    values: dict[str, Any]
    bound: int = 0


def has_choice(selection: Selection, order: str) -> bool:
    """Return whether there is more than one way to find the rows of a list."""
    if not selection.by_filter_alone().is_everything():
        return False
    return selection.filter is not None or (selection.parent_id is not None and _is_by_time(order))


def query_paths(
    session: Session, selection: Selection, order: str, *, descending: bool, limit: int | None
) -> Iterator[QueryPath]:
    """Yield the ways to find the rows of a list. Try them in turn, as those of `access_paths`.

    Args:
        session: The session to count in.
        selection: What the list holds.
        order: The order, as in `Order.by`.
        descending: Whether the greatest comes first.
        limit: Maximum number of rows, or None for all.

    Raises:
        LongReadError: The next step would take long, and the session does not allow that.
    """
    if not has_choice(selection, order):
        yield QueryPath(selection.shape(), selection.values())
        return
    whole = selection.by_filter_alone()
    assert whole.filter is not None  # noqa: S101  # there would be no choice
    values = whole.values() | selection.values()
    # No index has the resources below a parent in the order of a time.
    scanned = (whole if _is_by_time(order) else selection).shape()

    def sample(number: int) -> int:
        statement = (
            sample_statement(scanned, "id", descending=True)
            if order in BY_VALUE
            else sample_statement(scanned, order, descending=descending)
        )
        (matching,) = session.row(statement, {**values, "limit": number}) or (0,)
        return int(matching)

    limit = None if sorts_all(scanned, order) else limit  # then a page takes as long as the list
    listing = Listing(order, descending, limit, scanned.in_parent, sample)
    for path, bound in access_paths(session, whole.filter, listing):
        yield QueryPath(scanned._replace(path=path) if path.is_scan else whole.shape(path), values, bound)


def read_rows(
    session: Session, path: QueryPath, statement: Statement, values: Mapping[str, Any]
) -> Sequence[Row] | None:
    """Return the rows that a path finds, or None if it found more than its bound.

    Args:
        session: The session.
        path: The path.
        statement: The statement of its shape.
        values: The values of the statement's other parameters.
    """
    rows = session.rows(statement, {**path.values, **values, "bound": path.bound + 1})
    if not path.shape.path.if_few:
        return rows
    counted = next(row for row in rows if row[2] is None)
    return None if counted[0] > path.bound else [row for row in rows if row is not counted]


def find_newest(session: Session, selection: Selection) -> StoredResource | None:
    """Return the selected resource that was created last, or None."""
    order = "create_time"
    for path in query_paths(session, selection, order, descending=True, limit=1):
        statement = select_statement(path.shape, order, descending=True, continues=False)
        rows = read_rows(session, path, statement, {"limit": 1})
        if rows is not None:
            return StoredResource(rows[0][0], KIND_BY_CODE[rows[0][2]], rows[0][3]) if rows else None
    return None


def _is_by_time(order: str) -> bool:
    return order != "id" and order not in BY_VALUE
