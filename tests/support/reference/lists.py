"""Lists: pages, order, filters, and what is said when the database refuses or is away."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.reference.errors import RefusedError, bad_request
from tests.support.reference.filter_rows import Filter, QueryError, from_text
from tests.support.reference.filter_text import parse
from tests.support.reference.golang import decode_base64, parse_int
from tests.support.reference.properties import UNREADABLE, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.support.reference.filter_text import Condition
    from tests.support.reference.schemas import Kind
    from tests.support.reference.store import Row

MISMATCH = "invalid filter query, type mismatch or invalid value in comparison"
_LONGEST_TOKEN = 1024
_ORDERS: dict[str, tuple[str, Callable[[Row], int]]] = {
    "CREATE_TIME": ("int8", lambda row: row.created),
    "LAST_UPDATE_TIME": ("int8", lambda row: row.updated),
}
_BY_ID: tuple[str, Callable[[Row], int]] = ("int4", lambda row: row.id)


class Page(NamedTuple):
    """The parameters of a page, checked."""

    size: int
    order: tuple[str, Callable[[Row], int]]
    descending: bool
    token: tuple[int, str] | None


def read_page(query: Mapping[str, str]) -> Page:
    """Return the page that the query asks for: unknown orders are by id, ascending."""
    size = 0
    if query.get("pageSize"):
        try:
            size = parse_int(query["pageSize"])
        except ValueError as error:
            raise bad_request(f"invalid numeric string: {error}") from None
    token = _read_token(query["nextPageToken"]) if query.get("nextPageToken") else None
    return Page(size, _ORDERS.get(query.get("orderBy", ""), _BY_ID), query.get("sortOrder") == "DESC", token)


def _read_token(text: str) -> tuple[int, str]:
    try:
        decoded = decode_base64(text).decode("utf-8", "replace") if len(text) <= _LONGEST_TOKEN else ""
        number, colon, value = decoded.partition(":")
        cursor = (parse_int(number), value) if colon else None
    except ValueError as error:
        raise bad_request(f"invalid nextPageToken: {error}") from None
    if cursor is None:
        raise bad_request("invalid nextPageToken: invalid cursor format")
    return cursor


class Listing:
    """The rows of a list.

    Args:
        label: What the messages call the resources.
        rows: The rows before the filter.
        raw: Say what the database said, as lists of artifacts do, instead of "type mismatch".
    """

    def __init__(self, label: str, rows: Callable[[], Iterable[Row]], *, raw: bool = False) -> None:
        self.label = label
        self._rows = rows
        self._raw = raw
        self._filter: Filter | None = None

    def filtered(self, text: str, kind: Kind, arguments: int) -> Listing:
        """Select with a filter. `arguments` is the number of arguments before those of the filter."""
        condition: Condition | None = parse(text)
        if condition is not None:
            self._filter = self._query(lambda: Filter(condition, kind, arguments))
        return self

    def _query(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except QueryError as error:
            if self._raw:
                raise RefusedError(500, f"error listing {self.label}: {error}") from None
            raise bad_request(f"error listing {self.label}: {MISMATCH}") from None

    def all(self) -> list[Row]:
        """Return all rows by id, one as often as the query has it."""
        return self._query(self._selected)  # type: ignore[no-any-return]

    def _selected(self) -> list[Row]:
        rows = sorted(self._rows(), key=lambda row: row.id)
        if self._filter is None:
            return rows
        return [row for row in rows for _ in range(self._filter.count(row))]

    def page(self, page: Page, show: Callable[[Row], Any]) -> dict[str, Any]:
        """Return the response with the rows of a page."""
        rows: list[Row] = self._query(lambda: self._after(self._selected(), page))
        token = ""
        if 0 < page.size < len(rows):
            rows = rows[: page.size]
            token = base64.b64encode(f"{rows[-1].id}:{page.order[1](rows[-1])}".encode()).decode()
        return {
            "items": [show(row) for row in rows],
            "nextPageToken": token,
            "pageSize": page.size,
            "size": len(rows),
        }

    def _after(self, rows: list[Row], page: Page) -> list[Row]:
        """Return the rows from the page's place on, those of one time in the order that loses most."""
        column, value_of = page.order
        if column != "int4":
            if not page.descending:
                rows.reverse()
            rows.sort(key=value_of, reverse=page.descending)
        elif page.descending:
            rows.reverse()
        if page.token is None:
            return rows
        number, text = page.token
        value = from_text(column, text)
        sign = -1 if page.descending else 1
        return [row for row in rows if (sign * value_of(row), sign * row.id) > (sign * value, sign * number)]


def shown(row: Row) -> dict[str, Any]:
    """Return a row as lists, finds and most others have it.

    Raises:
        RefusedError: 400 when a property cannot be read.
    """
    try:
        return row.shown()
    except UnreadableError:
        raise bad_request(UNREADABLE) from None
