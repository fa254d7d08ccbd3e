"""The ways that both databases take to a page in the order of names, custom properties and metrics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.kinds import MODEL_VERSION, REGISTERED_MODEL
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Key, Order
from model_registry.server.queries.paging import PageRequest
from model_registry.server.queries.selection import Selection
from tests.support.many_resources import filtered
from tests.support.postgresql_plans import Explained, crowded
from tests.support.sqlite_plans import Way, way_to_page
from tests.support.sqlite_plans import crowded as crowded_sqlite

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    import psycopg

    from model_registry.server.database.protocol import Row
    from tests.support.postgresql import PostgreSQLServer

FEW, MANY = 300, 3000
MODELS = Selection((REGISTERED_MODEL,))
VERSIONS = Selection((MODEL_VERSION,), parent_id=3)
SCANNED: dict[Order, Key] = {
    Order("name"): (1, 0.0, 0, "name 5001", 0),
    Order("property", "accuracy"): (0, 0.5, 0, "", 4500),
    Order("property", "epochs"): (0, MANY / 2, MANY // 2, "", 4500),
    Order("property", "run"): (1, 0.0, 0, "run 1500", 4500),
    Order("property", "nothing"): (2, 0.0, 0, "", 4500),
}
"""The orders that follow an index, each with the key of a row in the middle."""


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, sqlite3.Connection]]:
    """A small registry and a large one on SQLite."""
    with crowded_sqlite(tmp_path_factory.mktemp("access"), FEW, MANY) as connections:
        yield connections


def way(
    connection: sqlite3.Connection, selection: Selection, page: PageRequest, *, chooses: bool = True
) -> Way:
    """Return what SQLite does for a page, if it has to choose how, or if it remembers that."""
    findings = new_findings()
    if not chooses:
        way_to_page(connection, selection, page, findings)
    return way_to_page(connection, selection, page, findings)


def page(order: Order, *, descending: bool = False, after: Key | None = None) -> PageRequest:
    if after is not None and descending and after[0] == 2:
        after = (-1, 0.0, 0, "", 4500)
    return PageRequest(50, order, descending, after, "list")


@pytest.mark.parametrize("selection", [MODELS, filtered("id > 0"), filtered("accuracy >= 0 AND epochs >= 0")])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", SCANNED, ids=str)
def test_15_12_a_page_of_everything_costs_the_same_in_a_large_registry(
    registries: dict[int, sqlite3.Connection], order: Order, descending: bool, selection: Selection
) -> None:
    if order.name == "nothing" and selection is not MODELS:
        pytest.skip("what has no value is checked one by one")
    small, first = (
        way(registries[count], selection, page(order, descending=descending), chooses=False).steps
        for count in (FEW, MANY)
    )
    later = page(order, descending=descending, after=SCANNED[order])
    middle = way(registries[MANY], selection, later, chooses=False).steps
    assert max(first, middle) <= 1.3 * small + 10


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order("name"), "SEARCH resource USING INDEX sqlite_autoindex_resource_1 (kind=?)"),
        (
            Order("property", "accuracy"),
            "SEARCH ordering USING COVERING INDEX property_by_double (kind=? AND name=? AND double_value>?)",
        ),
        (
            Order("property", "epochs"),
            "SEARCH ordering USING COVERING INDEX property_by_int (kind=? AND name=? AND int_value>?)",
        ),
        (
            Order("property", "run"),
            "SEARCH ordering USING COVERING INDEX property_by_string (kind=? AND name=? AND string_value>?)",
        ),
    ],
    ids=str,
)
def test_15_12_everything_is_scanned_along_the_index_of_the_values(
    registries: dict[int, sqlite3.Connection], order: Order, expected: str
) -> None:
    assert expected in way(registries[MANY], MODELS, page(order)).plan


@pytest.mark.parametrize(
    "order", [Order("name"), Order("property", "accuracy"), Order("metric", "name 7")], ids=str
)
def test_15_12_versions_of_a_model_are_found_by_parent(
    registries: dict[int, sqlite3.Connection], order: Order
) -> None:
    found = way(registries[MANY], VERSIONS, page(order)).plan
    assert "INDEX resource_by_parent" in found
    assert "SCAN resource" not in found.replace("SCAN page", "")


def test_15_12_what_few_have_is_found_by_index(registries: dict[int, sqlite3.Connection]) -> None:
    for order in SCANNED:
        small, large = (
            way(registries[count], filtered("epochs = 77"), page(order)).steps for count in (FEW, MANY)
        )
        assert large <= 1.3 * small + 10


@pytest.mark.parametrize("selection", [MODELS, VERSIONS, filtered("accuracy > 0.1")])
@pytest.mark.parametrize("descending", [False, True])
def test_15_12_a_list_without_a_page_size_has_everything_once(
    registries: dict[int, sqlite3.Connection], selection: Selection, descending: bool
) -> None:
    session = SQLiteSession(registries[MANY], new_findings())
    expected = len(json.loads(_whole(session, selection, Order("id"), descending=descending))["items"])
    assert expected > 2 * 1000
    for order in (*SCANNED, Order("metric", "name 7")):
        if order.by == "metric" and selection is not VERSIONS:
            continue
        listed = json.loads(_whole(session, selection, order, descending=descending))
        assert listed["size"] == len(listed["items"]) == expected


def _whole(session: SQLiteSession, selection: Selection, order: Order, *, descending: bool) -> bytes:
    part = list_page(session, selection, PageRequest(0, order, descending, None, "list"))
    data = part.data
    while part.read_next is not None:
        part = part.read_next(session)
        data += part.data
    return data


@pytest.fixture(scope="module", params=["analyzed", "new"])
def connection(
    request: pytest.FixtureRequest, postgresql_server: PostgreSQLServer
) -> Iterator[psycopg.Connection[Row]]:
    """A registry on PostgreSQL, with statistics or right after an import."""
    with crowded(postgresql_server, MANY, analyzed=request.param == "analyzed") as connection:
        yield connection


def plan(connection: psycopg.Connection[Row], selection: Selection, page: PageRequest) -> str:
    session = Explained(connection, new_findings())
    list_page(session, selection, page)
    return session.plan


@pytest.mark.parametrize("selection", [MODELS, filtered("accuracy >= 0 AND epochs >= 0")])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("continues", [False, True])
@pytest.mark.parametrize(
    ("order", "index"),
    [
        (Order("name"), "resource_name on resource"),
        (Order("property", "accuracy"), "property_by_double on property ordering"),
        (Order("property", "epochs"), "property_by_int on property ordering"),
        (Order("property", "run"), "property_by_string on property ordering"),
    ],
    ids=str,
)
def test_15_12_postgresql_scans_everything_along_the_index_of_the_values(
    connection: psycopg.Connection[Row],
    selection: Selection,
    order: Order,
    index: str,
    descending: bool,
    continues: bool,
) -> None:
    after = SCANNED[order] if continues else None
    found = plan(connection, selection, page(order, descending=descending, after=after))
    assert f"using {index}" in found, found
    assert found.count("Sort Key") == (0 if order.by == "name" else 1), found


@pytest.mark.parametrize(
    "order", [Order("name"), Order("property", "accuracy"), Order("metric", "name 7")], ids=str
)
def test_15_12_postgresql_finds_versions_of_a_model_by_parent(
    connection: psycopg.Connection[Row], order: Order
) -> None:
    found = plan(connection, VERSIONS, page(order))
    assert "resource_by_parent" in found, found
    if order.by != "name":
        assert "property_pkey" in found, found
        assert "Join Filter" not in found, found
