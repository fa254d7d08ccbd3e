"""The ways that PostgreSQL takes through the tables: which index it walks along or looks up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from model_registry.server.database.postgresql_session import _DIALECT
from model_registry.server.database.protocol import new_findings
from model_registry.server.kinds import ARTIFACT_KINDS, MODEL_VERSION, REGISTERED_MODEL
from model_registry.server.queries.listing import list_page
from model_registry.server.queries.orders import Order
from model_registry.server.queries.paging import PageRequest
from model_registry.server.queries.selection import Selection
from tests.support.many_resources import FIRST_TIME, filtered
from tests.support.postgresql_plans import Explained, crowded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from model_registry.server.database.protocol import Row, Statement
    from tests.support.postgresql import PostgreSQLServer

COUNT = 3000
ORDERS = ["id", "create_time", "update_time"]
PARAMETER = re.compile(r"%\((\w+)\)s")


class ExplainedWithoutValues(Explained):
    """Notes the plan of the statement that psycopg prepares, with the types that it gives to the values."""

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        sql, given = statement.compiled(_DIALECT)
        assert statement.prepare is not False
        rows = self._connection.execute(sql.encode(), {**given, **values}, prepare=True).fetchall()
        names = list(dict.fromkeys(PARAMETER.findall(sql)))
        numbered = PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
        query = "SELECT name FROM pg_prepared_statements WHERE statement = %s"
        prepared = self._connection.execute(query, [numbered], prepare=False).fetchone()
        assert prepared is not None
        cursor = psycopg.ClientCursor(self._connection)
        call = f"EXPLAIN EXECUTE {prepared[0]} ({', '.join(['%s'] * len(names))})"
        cursor.execute(call.encode(), [{**given, **values}[name] for name in names])
        self.plan = "\n".join(row[0] for row in cursor)
        return rows


@pytest.fixture(scope="module", params=["analyzed", "new"])
def connection(
    request: pytest.FixtureRequest, postgresql_server: PostgreSQLServer
) -> Iterator[psycopg.Connection[Row]]:
    """A registry with many models, with statistics or right after an import."""
    with crowded(postgresql_server, COUNT, analyzed=request.param == "analyzed") as connection:
        yield connection


def plan(
    connection: psycopg.Connection[Row],
    selection: Selection,
    order: str,
    *,
    descending: bool = False,
    after: int = 0,
    explained: type[Explained] = Explained,
) -> str:
    time = FIRST_TIME + after // 7 + (5 if order == "update_time" else 0)
    last = (after if order == "id" else time, after) if after else None
    session = explained(connection, new_findings())
    list_page(session, selection, PageRequest(50, Order(order), descending, last, "list"))
    return session.plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [0, 3 * COUNT // 2])
@pytest.mark.parametrize(
    ("selection", "index"),
    [(Selection((REGISTERED_MODEL,)), "resource_by_{}"), (Selection(ARTIFACT_KINDS), "artifact_by_{}")],
)
def test_a_list_walks_along_the_index_of_its_order(
    connection: psycopg.Connection[Row],
    selection: Selection,
    index: str,
    order: str,
    descending: bool,
    after: int,
) -> None:
    found = plan(connection, selection, order, descending=descending, after=after)
    assert f"using {index.format(order)} on resource" in found, found
    assert "Sort" not in found, found


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [0, 3 * COUNT // 2])
@pytest.mark.parametrize(
    ("selection", "index"),
    [
        (Selection((MODEL_VERSION,), parent_id=3), "resource_by_parent on resource"),
        (Selection(ARTIFACT_KINDS, version_id=4), "attribution_pkey on attribution"),
    ],
)
def test_a_list_below_a_parent_walks_along_the_parent(
    connection: psycopg.Connection[Row], selection: Selection, index: str, descending: bool, after: int
) -> None:
    found = plan(connection, selection, "id", descending=descending, after=after)
    assert f"using {index}" in found, found
    assert "Sort" not in found, found


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("run = 'run 77'", "property_by_string"),
        ("team = 'team 3'", "property_by_string"),
        ("good = true", "property_by_bool"),
        ("epochs = 77", "property_by_int"),
        ("accuracy > 0.999", "property_by_double"),
        ("run LIKE 'run 77%'", "property_by_string"),
        ("name = 'name 777'", "resource_name"),
        ("externalId = 'external 777'", "resource_external_id"),
        ("id = 777", "resource_by_id"),
        ("createTimeSinceEpoch < 1700000000003", "resource_by_create_time"),
        ("accuracy > 0.1 AND run = 'run 77'", "property_by_string"),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_what_few_have_is_found_by_index(
    connection: psycopg.Connection[Row], text: str, index: str, order: str
) -> None:
    found = plan(connection, filtered(text), order)
    assert re.search(rf"(using|Bitmap Index Scan on) {index}\b", found), found
    assert f"using resource_by_{order} on resource  " not in found, found


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("epochs = 77", "property_by_int"),
        ("epochs > 2990", "property_by_int"),
        ("accuracy > 0.999", "property_by_double"),
        ("run LIKE 'run 77%'", "property_by_string"),
        ("owner = 'owner 77'", "property_by_string"),
        ("run = 'run 77' AND accuracy > 0.1", "property_by_string"),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_13_12_prepared_statements_find_by_index_what_few_have(
    connection: psycopg.Connection[Row], text: str, order: str, index: str
) -> None:
    """PostgreSQL plans them once for all values, also before it has statistics."""
    found = plan(connection, filtered(text), order, explained=ExplainedWithoutValues)
    assert re.search(rf"(using|Bitmap Index Scan on) {index}\b", found), found
    assert "= $" in found, found  # without values
    assert f"using resource_by_{order} on resource  " not in found, found
    assert "property_pkey" not in found or "resource_id = " in found, found  # no scan of all values


@pytest.mark.parametrize("text", ["accuracy > 0.1", "state != 'x'", "accuracy > 0.3 AND epochs > 1500"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("after", [0, 3 * COUNT // 2])
def test_13_12_what_many_have_is_scanned_along_the_order(
    connection: psycopg.Connection[Row], text: str, order: str, after: int
) -> None:
    found = plan(connection, filtered(text), order, after=after)
    if order == "id":
        assert re.search(r"Nested Loop.*\n +-> +Index Scan using property_pkey on property driving", found), (
            found
        )
    else:
        assert f"using resource_by_{order} on resource" in found, found
        assert "using property_pkey on property" in found, found
    assert "Sort" not in found, found


@pytest.mark.parametrize("order", ORDERS[1:])
@pytest.mark.parametrize(
    "text", ["team IN ('team 3', 'team 4')", "team IN ('team 3', 'team 4') AND accuracy > 0.01"]
)
def test_13_12_what_many_have_is_looked_up_once_beside_a_scan_by_time(
    connection: psycopg.Connection[Row], text: str, order: str
) -> None:
    found = plan(connection, filtered(text), order)
    assert re.search(rf"using resource_by_{order} on resource.*\n.*\n.*hashed SubPlan", found), found
    assert "using property_by_string on property" in found, found
    assert "Sort" not in found, found


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [0, 3 * COUNT // 2])
@pytest.mark.parametrize(
    "text",
    [
        "good = false OR team = 'team 1'",
        "team = 'team 1' OR accuracy > 0.5",
        "team IN ('team 1', 'team 2') AND accuracy > 0.5",
        "state = 'LIVE' OR state = 'ARCHIVED'",
        "epochs = 7 OR good = false",
    ],
)
def test_13_12_alternatives_are_merged_in_the_order_of_ids(
    connection: psycopg.Connection[Row], text: str, after: int, descending: bool
) -> None:
    found = plan(connection, filtered(text), "id", descending=descending, after=after)
    assert re.search(r"Unique.*\n +-> +Merge Append", found), found
    assert not re.search(r"-> +Sort", found), found


@pytest.mark.parametrize("order", ORDERS)
def test_13_12_two_properties_are_intersected(connection: psycopg.Connection[Row], order: str) -> None:
    found = plan(connection, filtered("epochs > 2750 AND accuracy > 0.9"), order)
    assert "HashSetOp Intersect" in found, found
    assert re.search(r"using property_by_int|on property_by_int", found), found
    assert re.search(r"using property_by_double|on property_by_double", found), found


def test_13_12_no_page_starts_workers(connection: psycopg.Connection[Row]) -> None:
    """They would seem to pay off for a plan that does not know the size of the page."""
    eager = [f"parallel_{cost}_cost" for cost in ("setup", "tuple")]
    eager += [f"min_parallel_{scanned}_scan_size" for scanned in ("index", "table")]
    for name in eager:
        connection.execute(f"SET {name} = 0".encode())
    try:
        found = plan(connection, filtered("accuracy > 0.1"), "id", explained=ExplainedWithoutValues)
    finally:
        for name in eager:
            connection.execute(f"RESET {name}".encode())
    assert "Gather" not in found, found
