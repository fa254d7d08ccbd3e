"""From a filter's plan to SQL, of one meaning on SQLite and PostgreSQL.

Everything that a client wrote is bound, never spliced. LIKE tells upper from lower case and escapes with a
backslash; ILIKE folds the case of all letters, not only of the ASCII ones. SQLite needs `prepare_sqlite` on
each connection for both.
"""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from model_registry.server.filter_plan import (
    ABSENT,
    PRESENT,
    TEXT,
    ColumnMatch,
    Every,
    Node,
    PropertyMatch,
    Test,
    Tests,
    plan,
)
from model_registry.server.schema import property_, resource

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Table
    from sqlalchemy.sql.compiler import SQLCompiler

    from model_registry.server.filter_query import Expression
    from model_registry.server.resources import Kind


def prepare_sqlite(connection: sqlite3.Connection) -> None:
    """Give LIKE and ILIKE their meaning on a new connection."""
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.create_function("fold_case", 1, _fold_case, deterministic=True)


def compile_filter(expression: Expression, kinds: Sequence[Kind]) -> ColumnElement[bool]:
    """The condition on table `resource` that a filter asks for, its values bound.

    Args:
        expression: What `filter_query.parse` made of the filter.
        kinds: The kinds that the list holds.

    Raises:
        FilterError: A comparison makes no sense for what it compares.
    """
    planned = plan(expression, kinds)
    values = {place_name(place): value for place, value in enumerate(planned.values)}
    return condition(planned.root).params(values)


@lru_cache(maxsize=512)
def condition(root: Node, rare: frozenset[PropertyMatch] = frozenset()) -> ColumnElement[bool]:
    """The condition on table `resource` for a plan's tree, with a named parameter for each place.

    Args:
        root: The tree.
        rare: Nodes that few rows meet: looking those up first is faster than asking for each resource
            whether it has one.
    """
    if isinstance(root, ColumnMatch):
        return _tests(resource, root.tests)
    if isinstance(root, PropertyMatch):
        return resource.c.id.in_(matching(root)) if root in rare else _has(root)
    nodes = [condition(node, rare) for node in root.nodes]
    if isinstance(root, Every):
        return and_(*nodes)
    return or_(*nodes) if nodes else false()


def place_name(place: int) -> str:
    """The parameter that takes the value in a place of the plan."""
    return f"f{place}"


def matching(node: PropertyMatch) -> CompoundSelect[int]:
    """The ids of the resources that have such a property, looked up by value; an id may come twice."""
    selects = [
        select(property_.c.resource_id).where(*_row(node), _tests(property_, tests))
        for tests in node.alternatives
    ]
    return union_all(*selects)


def _has(node: PropertyMatch) -> ColumnElement[bool]:
    """Whether this resource has such a property, looked up by its id."""
    alternatives = [_tests(property_, tests) for tests in node.alternatives]
    return (
        exists()
        .where(property_.c.resource_id == resource.c.id, *_row(node), or_(*alternatives))
        .correlate(resource)
    )


def _row(node: PropertyMatch) -> Iterator[ColumnElement[bool]]:
    """What tells the rows of a property from those of others. Kinds are numbers of ours: no parameters."""
    codes: list[ColumnElement[int]] = [literal_column(str(code)) for code in node.codes]
    yield property_.c.kind == codes[0] if len(codes) == 1 else property_.c.kind.in_(codes)
    yield property_.c.name == bindparam(place_name(node.name), type_=property_.c.name.type)
    if node.is_custom is not None:
        yield property_.c.is_custom == (true() if node.is_custom else false())


def _tests(table: Table, tests: Tests) -> ColumnElement[bool]:
    return and_(*(_test(table, test) for test in tests))


def _test(table: Table, test: Test) -> ColumnElement[bool]:
    if test.column == TEXT:
        column: ColumnElement[object] = func.coalesce(table.c.long_value, table.c.string_value)
    else:
        column = table.c[test.column]
    if test.sign == PRESENT:
        return column.is_not(None)
    if test.sign == ABSENT:
        return column.is_(None)
    if test.sign == "ILIKE":  # not of the column's type, which brings a collation of its own
        return _FoldedLike(column, bindparam(place_name(test.place), type_=Text()))
    places = range(test.place, test.place + test.count)
    values = [bindparam(place_name(place), type_=column.type) for place in places]
    if test.sign == "IN":
        return column.in_(values)
    if test.sign == "LIKE":
        return column.like(values[0], escape="\\")
    return _SIGNS[test.sign](column, values[0])


_SIGNS: Final[dict[str, Callable[[ColumnElement[object], ColumnElement[object]], ColumnElement[bool]]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _FoldedLike(FunctionElement[bool]):
    """LIKE that takes an upper case letter and its lower case for the same."""

    name = "folded_like"
    type = Boolean()
    inherit_cache = True


@compiles(_FoldedLike, "sqlite")
def _folded_like_on_sqlite(element: _FoldedLike, compiler: SQLCompiler, **options: object) -> str:
    text, pattern = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(fold_case({text}) LIKE fold_case({pattern}) ESCAPE '\\')"


@compiles(_FoldedLike, "postgresql")
def _folded_like_on_postgresql(element: _FoldedLike, compiler: SQLCompiler, **options: object) -> str:
    # The columns' own collation orders bytes and knows the case of ASCII letters only.
    text, pattern = (compiler.process(clause, **options) for clause in element.clauses)
    return f'({text} COLLATE "und-x-icu" ILIKE {pattern})'


def _fold_case(text: str | None) -> str | None:
    return None if text is None else text.lower()
