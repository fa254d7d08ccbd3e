"""The ways that SQLite takes through the tables: which index, and how many steps."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_file import prepare
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.kinds import ARTIFACT_KINDS, MODEL_VERSION, REGISTERED_MODEL
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Order
from model_registry.server.queries.paging import PageRequest
from model_registry.server.queries.selection import Selection
from tests.support.many_resources import FIRST_TIME, crowd, filtered

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from model_registry.server.cache import SizedCache


FEW, MANY = 300, 6000
MODELS = Selection((REGISTERED_MODEL,))


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, sqlite3.Connection]]:
    """A small registry and a large one."""
    folder: Path = tmp_path_factory.mktemp("access")
    connections = {count: prepare(str(folder / f"{count}.db"), durable=False) for count in (FEW, MANY)}
    for count, connection in connections.items():
        connection.execute("BEGIN")
        for table, values in crowd(count):
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        connection.execute("COMMIT")
    yield connections
    for connection in connections.values():
        connection.close()


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


LISTS = [
    (MODELS, "resource", "resource_by_{}"),
    (Selection((MODEL_VERSION,), parent_id=3), "resource", "resource_by_parent"),
    (Selection(ARTIFACT_KINDS), "resource", "artifact_by_{}"),
    (Selection(ARTIFACT_KINDS, version_id=4), "attribution", "PRIMARY KEY"),
]
ORDERS = ["id", "create_time", "update_time"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [0, 3 * MANY // 2])
@pytest.mark.parametrize(("selection", "table", "index"), [LISTS[0], LISTS[2]])
def test_a_list_walks_along_the_index_of_its_order(
    registries: dict[int, sqlite3.Connection],
    selection: Selection,
    table: str,
    index: str,
    order: str,
    descending: bool,
    after: int,
) -> None:
    plan = way(registries[MANY], selection, order, descending=descending, after=after).plan
    assert re.search(rf"^(SEARCH|SCAN) {table} USING INDEX {index.format(order)}\b", plan), plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("after", [0, 3 * MANY // 2])
@pytest.mark.parametrize(("selection", "table", "index"), [LISTS[1], LISTS[3]])
def test_a_list_below_a_parent_walks_along_the_parent(
    registries: dict[int, sqlite3.Connection], selection: Selection, table: str, index: str, after: int
) -> None:
    plan = way(registries[MANY], selection, after=after).plan
    assert re.search(rf"SEARCH {table} USING (INDEX )?{index}", plan), plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("selection", "order"),
    [
        *[(selection, order) for selection in (MODELS, Selection(ARTIFACT_KINDS)) for order in ORDERS],
        (filtered("team = 'team 3'"), "id"),
    ],
)
def test_a_late_page_costs_what_an_early_one_costs(
    registries: dict[int, sqlite3.Connection], selection: Selection, order: str, descending: bool
) -> None:
    early, late = (
        way(registries[MANY], selection, order, descending=descending, after=3 * MANY * tenths // 10)
        for tenths in ((9, 1) if descending else (1, 9))
    )
    assert late.steps <= 1.3 * early.steps
    assert early.queries == late.queries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run = 'run 77'", "SEARCH driving USING (COVERING )?INDEX property_by_string"),
        ("owner = 'owner 77'", "SEARCH driving USING (COVERING )?INDEX property_by_string"),
        ("good = true", "SEARCH driving USING (COVERING )?INDEX property_by_bool"),
        ("epochs = 77", "INDEX property_by_int"),
        ("epochs IN (7, 77)", "INDEX property_by_int"),
        ("accuracy > 0.999", "INDEX property_by_double"),
        ("run LIKE 'run 77%'", "INDEX property_by_string"),
        ("run > 'run 999'", "INDEX property_by_string"),
        ("name = 'name 777'", "INDEX sqlite_autoindex_resource_1"),
        ("name LIKE 'name 777%'", "INDEX sqlite_autoindex_resource_1"),
        ("externalId = 'external 777'", "INDEX resource_external_id"),
        ("externalId IN ('external 777', 'x')", "INDEX resource_external_id"),
        ("id = 777", "USING INTEGER PRIMARY KEY"),
        ("createTimeSinceEpoch < 1700000000003", "INDEX resource_by_create_time"),
        ("run = 'run 7' OR run = 'run 77'", "INDEX property_by_string"),
        ("accuracy > 0.1 AND (state = 'LIVE' AND epochs = 77)", "INDEX property_by_int"),
        ("accuracy > 0.1 AND epochs = 77 OR run = 'run 7'", "INDEX property_by_(int|string)"),
    ],
)
def test_what_few_have_is_found_by_index(
    registries: dict[int, sqlite3.Connection], text: str, expected: str
) -> None:
    for order in ORDERS:
        found = way(registries[MANY], filtered(text), order).plan
        assert re.search(expected.replace("driving", r"\w+") if order != "id" else expected, found), found
        assert "INDEX resource_by_id" not in found
        walked = rf"(SEARCH|SCAN) resource USING INDEX resource_by_{order}\b.*(LIST SUBQUERY|CORRELATED)"
        assert not re.search(walked, found), found


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("epochs = 77", 1),
        ("run LIKE '%777%'", 2),  # the first one is for the bound
        ("run LIKE '%77%'", 2),
        ("run = 'run 7' OR epochs = 77", 1),
        ("run = 'run 77' AND accuracy > 0.1", 1),
        ("accuracy > 0.1 AND run = 'run 77'", 1),
        ("accuracy > 0.1", 5),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_few_takes_few_queries(
    registries: dict[int, sqlite3.Connection], text: str, queries: int, order: str
) -> None:
    assert way(registries[MANY], filtered(text), order).queries == queries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run LIKE '%4777%' AND accuracy > 0.1", "INDEX property_by_string"),
        ("(name ILIKE '%4777%' OR run ILIKE '%4777%') AND accuracy > 0.1", "INDEX property_by_string"),
        ("run LIKE '%7%' AND accuracy > 0.1", "SEARCH resource USING INDEX resource_by_update_time"),
        ("(name ILIKE '%7%' OR run ILIKE '%7%') AND accuracy > 0.1", "INDEX resource_by_update_time"),
    ],
)
def test_a_search_beside_a_common_condition_is_looked_up_if_a_sample_has_few(
    registries: dict[int, sqlite3.Connection], text: str, expected: str
) -> None:
    assert expected in way(registries[MANY], filtered(text), "update_time").plan


@pytest.mark.parametrize("text", ["accuracy > 0.5", "accuracy > 0.1", "run LIKE '%7%'"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_list_without_a_page_size_has_all_that_match(
    registries: dict[int, sqlite3.Connection], text: str, order: str
) -> None:
    session = SQLiteSession(registries[MANY], new_findings())
    part = list_page(session, filtered(text), PageRequest(0, Order(order), False, None, "list"))
    data = part.data
    while part.read_next is not None:
        part = part.read_next(session)
        data += part.data
    listed = json.loads(data)
    expected = {
        "accuracy > 0.5": sum(number * 7 % MANY / MANY > 0.5 for number in range(1, MANY + 1)),
        "accuracy > 0.1": sum(number * 7 % MANY / MANY > 0.1 for number in range(1, MANY + 1)),
        "run LIKE '%7%'": sum("7" in str(number) for number in range(1, MANY + 1)),
    }[text]
    assert listed["size"] == len(listed["items"]) == expected > 1000


def test_values_that_no_index_finds_are_read_once(registries: dict[int, sqlite3.Connection]) -> None:
    assert way(registries[MANY], filtered("run LIKE '%777%'")).plan.count("INDEX property_by_string") == 1


@pytest.mark.parametrize(
    "text", ["accuracy > 0.1", "state != 'x'", "accuracy > 0.1 AND createTimeSinceEpoch > 5"]
)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("after", [0, 3 * MANY // 2])
def test_13_12_what_many_have_is_scanned_along_the_order(
    registries: dict[int, sqlite3.Connection], text: str, order: str, after: int
) -> None:
    plan = way(registries[MANY], filtered(text), order, after=after).plan
    if order == "id":
        assert plan.startswith("SEARCH driving USING PRIMARY KEY (kind=? AND name=? AND is_custom=?"), plan
    else:
        assert plan.startswith(f"SEARCH resource USING INDEX resource_by_{order} "), plan
        assert "SEARCH property USING PRIMARY KEY" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("order", ORDERS[1:])
@pytest.mark.parametrize("after", [0, 3 * MANY // 2])
def test_alternatives_that_many_have_are_checked_along_the_order_of_times(
    registries: dict[int, sqlite3.Connection], order: str, after: int
) -> None:
    plan = way(registries[MANY], filtered("good = false OR team = 'team 1'"), order, after=after).plan
    assert plan.startswith(f"SEARCH resource USING INDEX resource_by_{order} "), plan
    assert plan.count("CORRELATED SCALAR SUBQUERY") == 2
    assert plan.count("name=? AND") == plan.count("resource_id=?") == 2
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("order", ORDERS[1:])
@pytest.mark.parametrize("text", ["team = 'team 3'", "team = 'team 3' AND good = false"])
def test_13_12_what_many_have_is_looked_up_once_beside_a_scan_by_time(
    registries: dict[int, sqlite3.Connection], text: str, order: str
) -> None:
    plan = way(registries[MANY], filtered(text), order).plan
    assert plan.startswith(f"SEARCH resource USING INDEX resource_by_{order} "), plan
    assert re.search(r"LIST SUBQUERY \d+ / SEARCH property USING COVERING INDEX property_by_string", plan), (
        plan
    )
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [0, 3 * MANY // 2])
@pytest.mark.parametrize(
    ("text", "scanned"),
    [
        ("good = false OR team = 'team 1'", ["property_by_bool", "property_by_string"]),
        ("team = 'team 1' OR accuracy > 0.5", ["property_by_string", "PRIMARY KEY (kind=? AND name=?"]),
        ("team IN ('team 1', 'team 2')", ["property_by_string", "property_by_string"]),
        ("team IN ('team 1', 'team 2') AND accuracy > 0.5", ["property_by_string", "property_by_string"]),
        ("state = 'LIVE' OR state = 'ARCHIVED'", ["property_by_string", "property_by_string"]),
    ],
)
def test_13_12_alternatives_are_merged_in_the_order_of_ids(
    registries: dict[int, sqlite3.Connection], text: str, scanned: list[str], after: int, descending: bool
) -> None:
    found = way(registries[MANY], filtered(text), after=after, descending=descending, findings=new_findings())
    merged, _, outer = found.plan.partition("SCAN listed")
    assert merged.startswith("CO-ROUTINE listed / MERGE (UNION)"), found.plan
    assert "TEMP B-TREE" not in merged, found.plan
    assert "SEARCH resource USING INTEGER PRIMARY KEY" in outer
    scans = re.findall(r"SEARCH driving USING [^/]*", merged)
    assert [index in scan for scan, index in zip(scans, scanned, strict=True)] == [True, True], found.plan
    assert steps_of_later_page(registries[MANY], text, "id") < 600


@pytest.mark.parametrize(
    ("text", "indexes", "order"),
    [
        *(("team = 'team 3' AND accuracy > 0.9", ["string", "double"], order) for order in ORDERS[1:]),
        *(("accuracy > 0.9 AND epochs > 5500", ["double", "int"], order) for order in ORDERS),
    ],
)
def test_13_12_two_properties_are_intersected(
    registries: dict[int, sqlite3.Connection], text: str, indexes: list[str], order: str
) -> None:
    plan = way(registries[MANY], filtered(text), order).plan
    start = "" if order == "id" else "CO-ROUTINE listed / "
    assert plan.startswith(f"{start}SEARCH resource USING INTEGER PRIMARY KEY"), plan
    assert "LIST SUBQUERY" in plan
    assert all(f"COVERING INDEX property_by_{index}" in plan for index in indexes), plan


@pytest.mark.parametrize("order", ORDERS)
def test_13_12_a_choice_is_remembered(registries: dict[int, sqlite3.Connection], order: str) -> None:
    """Counting takes longer than many a page."""
    findings = new_findings()
    selection = filtered("accuracy > 0.1 AND team = 'team 3'")
    first, later = (way(registries[MANY], selection, order, findings=findings) for _ in range(2))
    assert (first.queries, later.queries) == (6, 1)
    assert later.plan == first.plan
    other = filtered("accuracy > 0.2 AND team = 'team 3'")
    assert way(registries[MANY], other, order, findings=findings).queries == 5  # resources are counted


def test_13_12_what_few_of_two_properties_match_takes_two_queries(
    registries: dict[int, sqlite3.Connection],
) -> None:
    assert way(registries[MANY], filtered("accuracy > 0.999 AND epochs > 5")).queries == 1
    assert way(registries[MANY], filtered("epochs > 5 AND accuracy > 0.999")).queries == 2


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "text",
    [
        "team = 'team 3' AND accuracy > 0.9",
        "team = 'team 3' AND accuracy > 0.1",
        "accuracy > 0.9 AND epochs > 3000",
        "accuracy > 0.5 AND epochs > 100",
        "team = 'team 3' AND epochs != 7 AND accuracy > 0.01",
    ],
)
def test_13_12_two_properties_cost_little_more_than_their_matches(
    registries: dict[int, sqlite3.Connection], text: str, order: str
) -> None:
    """Steps of the virtual machine. A check of a property takes about ten."""
    one = steps_of_later_page(registries[MANY], "team = 'team 3'", order)
    assert steps_of_later_page(registries[MANY], text, order) <= 20 * one


def steps_of_later_page(connection: sqlite3.Connection, text: str, order: str) -> int:
    findings = new_findings()
    way(connection, filtered(text), order, findings=findings)
    return way(connection, filtered(text), order, findings=findings).steps


def test_13_12_a_page_of_one_text_and_a_common_number_stops_when_it_is_full(
    registries: dict[int, sqlite3.Connection],
) -> None:
    found = way(registries[MANY], filtered("accuracy > 0.1 AND team = 'team 3'"))
    assert found.plan.startswith("SEARCH driving USING COVERING INDEX property_by_string"), found.plan


@pytest.mark.parametrize(
    "text", ["accuracy > 0.5", "accuracy > 0.1", "epochs != 7", "good = false AND accuracy > 0.1"]
)
@pytest.mark.parametrize("order", ORDERS)
def test_13_12_a_page_of_a_common_filter_does_not_read_all_that_match(
    registries: dict[int, sqlite3.Connection], text: str, order: str
) -> None:
    small, large = (steps_of_later_page(registries[count], text, order) for count in (FEW, MANY))
    assert MANY == 20 * FEW
    assert large <= 9 * small, (small, large)


@pytest.mark.parametrize(
    "text",
    [
        "run = 'run 77'",
        "team = 'team 3'",
        "epochs = 77",
        "name = 'name 30'",
        "state = 'LIVE' AND run = 'run 77'",
        "run = 'run 77' AND state = 'LIVE'",
        "run = 'nothing'",
        "run = 'run 7' OR run = 'run 77'",
        "epochs > 7 AND epochs < 80",
    ],
)
def test_a_filter_costs_the_same_in_a_large_registry(
    registries: dict[int, sqlite3.Connection], text: str
) -> None:
    small, large = (way(registries[count], filtered(text)).steps for count in (FEW, MANY))
    assert large <= 3 * small + 100, (small, large)


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("accuracy > 0.9 AND accuracy < 0.902", "double_value>? AND double_value<?"),
        ("epochs >= 70 AND team != 'x' AND epochs < 80", "int_value>? AND int_value<?"),
        ("epochs < 80 AND (team != 'x' AND epochs >= 70)", "int_value>? AND int_value<?"),
        ("run > 'run 77' AND run < 'run 78'", "string_value>? AND string_value<?"),
    ],
)
def test_13_12_comparisons_of_one_property_are_one_range(
    registries: dict[int, sqlite3.Connection], text: str, search: str
) -> None:
    found = way(registries[MANY], filtered(text), "update_time")
    assert found.queries == 1
    assert search in found.plan, found.plan


def test_13_12_alternatives_of_one_property_are_one_check(registries: dict[int, sqlite3.Connection]) -> None:
    plan = way(registries[MANY], filtered("accuracy > 0.1 OR accuracy < 0.05"), "update_time").plan
    assert plan.count("CORRELATED SCALAR SUBQUERY") == 1, plan


@pytest.mark.parametrize("after", [0, 3 * MANY // 2])
def test_13_12_a_rare_alternative_is_not_scanned_for(
    registries: dict[int, sqlite3.Connection], after: int
) -> None:
    """A merge would read all values of `accuracy` to find the next one."""
    found = way(registries[MANY], filtered("team = 'team 1' OR accuracy < 0.0001"), after=after)
    assert "MERGE" not in found.plan, found.plan
