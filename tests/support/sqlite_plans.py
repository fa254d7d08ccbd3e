"""What SQLite does for a page of a list: its plan, its queries, and the steps of its virtual machine."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_file import prepare
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Order
from model_registry.server.queries.paging import PageRequest
from tests.support.many_resources import FIRST_TIME, crowd, filtered

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

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


@contextlib.contextmanager
def crowded(folder: Path, *counts: int) -> Iterator[dict[int, sqlite3.Connection]]:
    """Registries with as many models, and what `crowd` puts beside them."""
    with contextlib.ExitStack() as stack:
        opened: dict[int, sqlite3.Connection] = {}
        for count in counts:
            opened[count] = connection = prepare(str(folder / f"{count}.db"), durable=False)
            stack.callback(connection.close)
            connection.execute("BEGIN")
            for table, values in crowd(count):
                connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
            connection.execute("COMMIT")
        yield opened


def way(
    connection: sqlite3.Connection,
    selection: Selection,
    order: str = "id",
    *,
    descending: bool = False,
    after: int = 0,
    findings: SizedCache[Any] | None = None,
) -> Way:
    """Return what SQLite does for a page in the order of ids or times."""
    time = FIRST_TIME + after // 7 + (5 if order == "update_time" else 0)
    key = (after if order == "id" else time, after) if after else None
    return way_to_page(
        connection, selection, PageRequest(50, Order(order), descending, key, "list"), findings
    )


def way_to_page(
    connection: sqlite3.Connection,
    selection: Selection,
    page: PageRequest,
    findings: SizedCache[Any] | None = None,
) -> Way:
    """Return what SQLite does for a page."""
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
