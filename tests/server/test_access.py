"""The ways that SQLite takes through the tables: which index, and how many steps."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.kinds import ARTIFACT_KINDS, MODEL_VERSION, REGISTERED_MODEL
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Order
from model_registry.server.queries.paging import PageRequest
from model_registry.server.queries.selection import Selection
from tests.support.many_resources import filtered
from tests.support.sqlite_plans import crowded, way

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


FEW, MANY = 300, 6000
MODELS = Selection((REGISTERED_MODEL,))


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, sqlite3.Connection]]:
    """A small registry and a large one."""
    with crowded(tmp_path_factory.mktemp("access"), FEW, MANY) as connections:
        yield connections


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
