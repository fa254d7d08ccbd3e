"""Convert the plan of a filter to SQL that means the same on SQLite and PostgreSQL.

All values of a client are parameters, never part of the SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.server.database.dialects import SQLType
from model_registry.server.database.schema import INDEXED_TEXT
from model_registry.server.filters.bounds import PRESENT
from model_registry.server.filters.tree import (
    SHORT,
    AllOf,
    AnyOf,
    ColumnMatch,
    ColumnTest,
    ColumnTests,
    FilterMatch,
    Node,
    PropertyMatch,
    cover,
    each_value,
    is_in_order,
)
from model_registry.server.kinds import KIND_BY_CODE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from model_registry.server.database.dialects import Dialect

DRIVING: Final = "driving"
"""The name of table `property` where a query scans it in the order of ids."""

_TYPES: Final = {
    "id": SQLType.INTEGER,
    "parent_id": SQLType.INTEGER,
    "create_time": SQLType.INTEGER,
    "update_time": SQLType.INTEGER,
    "int_value": SQLType.INTEGER,
    "double_value": SQLType.DOUBLE,
    "bool_value": SQLType.BOOLEAN,
}
"""The types of columns; all others are texts."""


def parameter_name(number: int) -> str:
    """Return the name of the parameter with a number of the plan."""
    return f"f{number}"


def condition(
    sql: Dialect,
    root: Node,
    *,
    found: Collection[Node] = (),
    order: str = "",
    id: str = "resource.id",
) -> str:
    """Return the condition of a plan's tree on a row of table `resource`.

    Args:
        sql: The dialect.
        root: The tree.
        found: Nodes that the query needs not check, because it finds only resources that match them.
        order: The column of `resource` that the query scans from one end; empty if it finds its rows in
            another way.
        id: The column with the id that the query knows first.
    """
    if root in found:
        return sql.boolean(True)
    if isinstance(root, AllOf):
        conditions = [
            condition(sql, node, found=found, order=order, id=id) for node in root.nodes if node not in found
        ]
        return f"({' AND '.join(conditions)})" if conditions else sql.boolean(True)
    if isinstance(root, AnyOf):
        conditions = [condition(sql, node, order=order, id=id) for node in root.nodes]
        return f"({' OR '.join(conditions)})" if conditions else sql.boolean(False)
    if isinstance(root, ColumnMatch):
        return " AND ".join(
            _test(sql, column if test.column == order else sql.read_from_row(column), test)
            for column, test in ((f"resource.{test.column}", test) for test in root.tests)
        )
    # A subquery and not EXISTS: PostgreSQL would turn that into a join, and misjudge its cost.
    of_kind = f"property.kind = {root.codes[0]}"
    if len(root.codes) > 1:
        of_kind = f"resource.kind IN ({_codes(root)}) AND property.kind = resource.kind"
    return (
        f"(SELECT {sql.boolean(True)} FROM property WHERE {of_kind}"
        f" AND {_named(sql, 'property', root, by_value=False)} AND property.resource_id = {id}"
        f" AND {_any(sql, 'property', root, by_value=False)} LIMIT 1)"
    )


def driving_condition(sql: Dialect, match: PropertyMatch) -> str:
    """Return the condition on `DRIVING` for a query that scans one property in the order of ids."""
    return " AND ".join(
        (
            f"{DRIVING}.kind = {match.codes[0]}",
            _named(sql, DRIVING, match, by_value=is_in_order(match)),
            _any(sql, DRIVING, match, by_value=is_in_order(match)),
        )
    )


def matching(sql: Dialect, node: Node) -> str:
    """Return the query for the ids of all resources that the cover of a node finds; ids may repeat."""
    return " UNION ALL ".join(query for match in cover(node) for query in _matching(sql, match))


def matching_all(sql: Dialect, nodes: Collection[Node]) -> str:
    """Return the query for the ids of all resources that the covers of all nodes find.

    Args:
        sql: The dialect.
        nodes: The nodes, those that match least first.
    """
    queries = [matching(sql, node) for node in nodes]
    return queries[0] if len(queries) == 1 else sql.intersection(queries)


def _matching(sql: Dialect, match: FilterMatch) -> Iterator[str]:
    if isinstance(match, ColumnMatch):
        conditions = [
            f"looked_up.kind IN ({_codes(match)})",
            _tests(sql, "looked_up", match.tests, by_value=True),
        ]
        if any(test.column == "external_id" for test in match.tests):
            # The index begins with the family.
            families = sorted({int(KIND_BY_CODE[code].family) for code in match.codes})
            conditions.append(f"looked_up.family IN ({', '.join(map(str, families))})")
        yield f"SELECT looked_up.id AS id FROM resource AS looked_up WHERE {' AND '.join(conditions)}"
    else:
        for tests in (each for one in match.alternatives for each in each_value(one)):
            query = (
                f"SELECT property.resource_id AS id FROM property WHERE property.kind IN ({_codes(match)})"
                f" AND {_named(sql, 'property', match, by_value=True)}"
                f" AND {_tests(sql, 'property', tests, by_value=True)}"
            )
            is_range = len(match.codes) == 1 and tests[0].sign != "IN"
            yield sql.along(query, _index_order(tests[0].column)) if is_range else query


def _index_order(column: str) -> tuple[str, ...]:
    """Return the order of an index by value of table `property`, after the columns that queries fix."""
    by_id = "property.resource_id"
    return (by_id,) if column == "long_value" else (f"property.{column}", by_id)


def _codes(match: FilterMatch) -> str:
    """Return the codes of the kinds. They are constants: they need not be parameters."""
    return ", ".join(map(str, match.codes))


def _named(sql: Dialect, table: str, match: PropertyMatch, *, by_value: bool) -> str:
    """Return the condition that a row of table `property` has the name of the match.

    Args:
        sql: The dialect.
        table: The name of the table in the query.
        match: The match.
        by_value: Whether an index by value finds the row. `is_custom` comes last there; in the primary key,
            it comes before the id.
    """
    column = f"{table}.is_custom"
    if by_value:
        column = sql.read_from_row(column)
    if match.is_custom is None:
        is_custom = f"{column} IN ({sql.boolean(False)}, {sql.boolean(True)})"
    else:
        is_custom = f"{column} = {sql.boolean(match.is_custom)}"
    return f"{table}.name = {sql.parameter(parameter_name(match.name), SQLType.TEXT)} AND {is_custom}"


def _any(sql: Dialect, table: str, match: PropertyMatch, *, by_value: bool) -> str:
    return f"({' OR '.join(_tests(sql, table, tests, by_value=by_value) for tests in match.alternatives)})"


def _tests(sql: Dialect, table: str, tests: ColumnTests, *, by_value: bool) -> str:
    columns = [(f"{table}.{test.column}", test) for test in tests]
    conditions = [
        _test(sql, column if by_value else sql.read_from_row(column), test) for column, test in columns
    ]
    if by_value:
        # The condition of the partial index. PostgreSQL does not see that a constant boolean implies it.
        conditions += [f"{column} IS NOT NULL" for column, test in columns if test.column == "bool_value"]
    return " AND ".join(conditions)


def _test(sql: Dialect, column: str, test: ColumnTest) -> str:
    if test.sign == PRESENT:
        return f"{column} IS NOT NULL"
    if test.sign == SHORT:
        return f"length({column}) < {INDEXED_TEXT}"
    numbers = range(test.parameter, test.parameter + test.count)
    column_type = _TYPES.get(test.column, SQLType.TEXT)
    values = [sql.parameter(parameter_name(number), column_type) for number in numbers]
    if test.sign == "ILIKE":
        return sql.ilike(column, values[0])
    if test.sign == "LIKE":
        return sql.like(column, values[0])
    return (
        f"{column} {test.sign} ({', '.join(values)})"
        if test.sign == "IN"
        else f"{column} {test.sign} {values[0]}"
    )
