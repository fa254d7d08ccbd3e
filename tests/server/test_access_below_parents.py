"""The ways that both databases take to the versions of a model, however many it and the others have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from model_registry.server.database.protocol import LongReadError, new_findings
from model_registry.server.database.sqlite_file import prepare
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.kinds import MODEL_VERSION
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Order
from model_registry.server.queries.paging import PageRequest
from model_registry.server.queries.paths import find_newest
from model_registry.server.queries.selection import Selection
from tests.support.many_resources import families, filtered
from tests.support.postgresql_plans import Explained, crowded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from model_registry.server.database.protocol import Row, Session
    from tests.support.postgresql import PostgreSQLServer

COUNT = 4000
LARGE, SMALL = 1, 7
"""A model with `COUNT` versions, and one with ten."""
TIMES = ["create_time", "update_time"]
ORDERS = ["id", *TIMES]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder: Path = tmp_path_factory.mktemp("families")
    connection = prepare(str(folder / "registry.db"), durable=False)
    connection.execute("BEGIN")
    for table, values in families(COUNT):
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    connection.execute("COMMIT")
    yield connection
    connection.close()


@pytest.fixture(scope="module", params=["analyzed", "new"])
def on_postgresql(
    request: pytest.FixtureRequest, postgresql_server: PostgreSQLServer
) -> Iterator[psycopg.Connection[Row]]:
    """With statistics, or right after an import."""
    analyzed = request.param == "analyzed"
    with crowded(postgresql_server, COUNT, analyzed=analyzed, rows=families) as connection:
        yield connection


def versions(parent_id: int, text: str = "") -> Selection:
    found = filtered(text, (MODEL_VERSION,)).filter if text else None
    return Selection((MODEL_VERSION,), parent_id=parent_id, filter=found)


def read(session: Session, selection: Selection, order: str) -> None:
    list_page(session, selection, PageRequest(50, Order(order), False, None, "list"))


def steps(connection: sqlite3.Connection, work: Callable[[Session], object]) -> int:
    """Return the tens of steps that SQLite's machine takes, once it knows how to find the rows."""
    session = SQLiteSession(connection, new_findings())
    work(session)
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(step, 10)
    try:
        work(session)
    finally:
        connection.set_progress_handler(None, 0)
    return count


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("parent_id", "text"),
    [
        (LARGE, "run = 'run 777'"),
        (LARGE, "number > 7990"),
        (LARGE, "number > 1500 AND number < 1530"),
        (LARGE, "team = 'team 3' AND number > 7950"),
        *((SMALL, text) for text in ("", "team = 'team 3'", "score > 0.1", "run LIKE '%7%'")),
    ],
)
def test_13_12_a_page_below_a_parent_costs_what_it_finds(
    on_sqlite: sqlite3.Connection, parent_id: int, text: str, order: str
) -> None:
    assert steps(on_sqlite, lambda session: read(session, versions(parent_id, text), order)) < 500


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("text", ["", "score > 0.1", "team = 'team 3'"])
def test_a_page_of_many_below_a_parent_stops_when_it_is_full(
    on_sqlite: sqlite3.Connection, text: str, order: str
) -> None:
    assert steps(on_sqlite, lambda session: read(session, versions(LARGE, text), order)) < 6000


@pytest.mark.parametrize("parent_id", [LARGE, SMALL])
def test_the_newest_below_a_parent_is_found_at_once(on_sqlite: sqlite3.Connection, parent_id: int) -> None:
    found = find_newest(SQLiteSession(on_sqlite, new_findings()), versions(parent_id))
    assert found is not None
    query = "SELECT max(id) FROM resource WHERE parent_id = ?"
    assert (found.id,) == on_sqlite.execute(query, (parent_id,)).fetchone()
    assert steps(on_sqlite, lambda session: find_newest(session, versions(parent_id))) < 50


def test_what_sorts_all_versions_of_a_model_does_not_run_where_others_wait(
    on_sqlite: sqlite3.Connection,
) -> None:
    session = SQLiteSession(on_sqlite, new_findings(), allows_long_reads=False)
    page = PageRequest(50, Order("metric", "accuracy"), False, None, "list")
    with pytest.raises(LongReadError):
        list_page(session, versions(LARGE), page)


def plan(connection: psycopg.Connection[Row], selection: Selection, order: str) -> str:
    session = Explained(connection, new_findings())
    read(session, selection, order)
    return session.plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("run = 'run 777'", "property_by_string"),
        ("number > 7990", "property_by_int"),
        ("number > 1500 AND number < 1530", "property_by_int"),
    ],
)
def test_13_12_postgresql_finds_by_value_what_few_versions_of_a_model_have(
    on_postgresql: psycopg.Connection[Row], text: str, index: str, order: str
) -> None:
    found = plan(on_postgresql, versions(LARGE, text), order)
    assert re.search(rf"(using|Bitmap Index Scan on) {index}\b", found), found
    assert not re.search(r"using resource_by_(parent|create_time|update_time) on", found), found


@pytest.mark.parametrize("order", TIMES)
@pytest.mark.parametrize("text", ["", "team = 'team 3'", "score > 0.1"])
def test_13_12_postgresql_sorts_few_versions_of_a_model_by_time(
    on_postgresql: psycopg.Connection[Row], text: str, order: str
) -> None:
    found = plan(on_postgresql, versions(SMALL, text), order)
    assert re.search(r"(using|Bitmap Index Scan on) resource_by_parent\b", found), found
    assert f"resource_by_{order}" not in found, found


@pytest.mark.parametrize("order", TIMES)
def test_13_12_postgresql_scans_many_versions_of_a_model_along_the_time(
    on_postgresql: psycopg.Connection[Row], order: str
) -> None:
    found = plan(on_postgresql, versions(LARGE), order)
    assert f"using resource_by_{order} on resource" in found, found
    assert "Sort" not in found, found


def test_13_12_postgresql_scans_a_property_before_it_checks_the_parent(
    on_postgresql: psycopg.Connection[Row],
) -> None:
    found = plan(on_postgresql, versions(LARGE, "score > 0.8"), "id")
    assert re.search(r"Nested Loop.*\n +-> +Index Scan using property_pkey on property driving", found), found


@pytest.mark.parametrize("order", [Order("name"), Order("property", "score")], ids=str)
def test_13_12_what_sorts_all_looks_up_by_value_what_matches(
    on_sqlite: sqlite3.Connection, order: Order
) -> None:
    """A page would take as long as the whole model otherwise."""
    selection = versions(LARGE, "team = 'team 3'")
    page = PageRequest(50, order, False, None, "list")
    found = steps(on_sqlite, lambda session: list_page(session, selection, page))
    assert found < steps(on_sqlite, lambda session: list_page(session, versions(LARGE), page)) / 2
