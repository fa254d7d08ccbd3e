"""What SQLite does for a page of a list: its plan, its queries, and the steps of its virtual machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Order
from model_registry.server.queries.paging import PageRequest
from tests.support.many_resources import FIRST_TIME, filtered

if TYPE_CHECKING:
    import sqlite3

    from model_registry.server.cache import SizedCache
    from model_registry.server.queries.selection import Selection


class Way(NamedTuple):
    """What SQLite did for a page.

    Attributes:
        plan: How the last query, the page's own, found its rows.
        queries: How many there were.
        steps: What its machine went through for all of them, in tens.
    """

    plan: str
    queries: int
    steps: int


def way(
    connection: sqlite3.Connection,
    selection: Selection,
    order: str = "id",
    *,
    descending: bool = False,
    after: int = 0,
    findings: SizedCache[Any] | None = None,
) -> Way:
    time = FIRST_TIME + after // 7 + (5 if order == "update_time" else 0)
    page = PageRequest(
        50, Order(order), descending, (after if order == "id" else time, after) if after else None, "list"
    )
    queries: list[str] = []
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    session = SQLiteSession(connection, new_findings() if findings is None else findings)
    connection.set_trace_callback(queries.append)
    connection.set_progress_handler(step, 10)
    try:
        list_page(session, selection, page)
    finally:
        connection.set_trace_callback(None)
        connection.set_progress_handler(None, 0)
    explained = connection.execute(f"EXPLAIN QUERY PLAN {queries[-1]}").fetchall()
    return Way(" / ".join(row[3] for row in explained), len(queries), steps)


def steps_of_later_page(connection: sqlite3.Connection, text: str, order: str) -> int:
    findings = new_findings()
    way(connection, filtered(text), order, findings=findings)
    return way(connection, filtered(text), order, findings=findings).steps
