"""How SQLite finds the resources that several conditions match, or conditions that many resources match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from model_registry.server.database.protocol import new_findings
from tests.support.many_resources import filtered
from tests.support.sqlite_plans import crowded, steps_of_later_page, way

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

FEW, MANY = 300, 6000
ORDERS = ["id", "create_time", "update_time"]


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, sqlite3.Connection]]:
    """A small registry and a large one."""
    with crowded(tmp_path_factory.mktemp("access"), FEW, MANY) as connections:
        yield connections


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
