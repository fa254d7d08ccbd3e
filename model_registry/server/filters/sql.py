"""Convert the plan of a filter to SQL that means the same on SQLite and PostgreSQL.

All values of a client are bound parameters, never part of the SQL. LIKE is case-sensitive and escapes with a
backslash; ILIKE ignores the case of all letters, not only of ASCII ones. On SQLite, `database.sqlite_text`
prepares each connection for both.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from model_registry.server.database.dialects import NotIndexed, PerDialect
from model_registry.server.database.schema import INDEXED_TEXT, property_, resource
from model_registry.server.filters.bounds import PRESENT
from model_registry.server.filters.plan import plan
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
)
from model_registry.server.kinds import KIND_BY_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import FromClause

    from model_registry.server.filters.query import Expression
    from model_registry.server.kinds import Kind


driving: Final = property_.alias("driving")
"""Table `property` where a query scans it in the order of ids."""

_looked_up: Final = resource.alias("looked_up")


def compile_filter(expression: Expression, kinds: Sequence[Kind]) -> ColumnElement[bool]:
    """Return the condition of a filter on table `resource`, with its values bound.

    Args:
        expression: The filter, parsed by `query.parse`.
        kinds: The kinds in the list.

    Raises:
        FilterError: A comparison makes no sense for what it compares.
    """
    planned = plan(expression, kinds)
    values = {parameter_name(number): value for number, value in enumerate(planned.values)}
    return condition(planned.root).params(values)


def condition(
    root: Node,
    rare: frozenset[FilterMatch] = frozenset(),
    driving_match: PropertyMatch | None = None,
    order: str = "id",
) -> ColumnElement[bool]:
    """Return the condition of a plan's tree on table `resource`, with a named parameter for each value.

    Args:
        root: The tree.
        rare: Matches that find few resources: the query looks them up by value. It evaluates all others for
            each resource that it scans.
        driving_match: The match whose rows the query scans: it joins `driving` to `resource`.
        order: The column of `resource` that the query scans from one end, if it does not continue after a
            row.
    """
    if isinstance(root, (AllOf, AnyOf)):
        conditions = [condition(node, rare, driving_match, order) for node in root.nodes]
        if isinstance(root, AllOf):
            return and_(*conditions)
        return or_(*conditions) if conditions else false()
    if isinstance(root, PropertyMatch) and root == driving_match:
        return and_(*_property_conditions(driving, root), _any(driving, root))
    if root in rare:
        return among(matching([root]))
    if isinstance(root, ColumnMatch):
        columns = [(resource.c[test.column], test) for test in root.tests]
        return and_(
            *(_test(column if column.name == order else NotIndexed(column), test) for column, test in columns)
        )
    # Not EXISTS: PostgreSQL would turn it into a join, and misjudge its cost.
    property_exists = select(true()).where(
        property_.c.resource_id == resource.c.id,
        *_property_conditions(property_, root),
        _any(property_, root),
    )
    return property_exists.limit(literal_column("1")).correlate(resource).scalar_subquery()


def parameter_name(number: int) -> str:
    """Return the name of the parameter with a number of the plan."""
    return f"f{number}"


def among(ids: Select[tuple[int]] | CompoundSelect[tuple[int]]) -> ColumnElement[bool]:
    """Return the condition that a row of table `resource` has one of the ids."""
    array: ColumnElement[int] = func.any(func.array(ids.scalar_subquery()))  # evaluated once, before the scan
    return PerDialect(resource.c.id.in_(ids), resource.c.id == array)


def matching(matches: Iterable[FilterMatch]) -> CompoundSelect[tuple[int]]:
    """Return the query for the ids of all resources that any match finds by value; ids may repeat."""
    return union_all(*(ids for match in matches for ids in _matching(match)))


def _matching(match: FilterMatch) -> Iterator[Select[tuple[int]]]:
    if isinstance(match, ColumnMatch):
        conditions = [_of_kinds(_looked_up, match.codes), _tests(_looked_up, match.tests)]
        if any(test.column == "external_id" for test in match.tests):
            # The index begins with the family.
            families = sorted({int(KIND_BY_CODE[code].family) for code in match.codes})
            conditions.append(_looked_up.c.family.in_([literal_column(str(family)) for family in families]))
        yield select(_looked_up.c.id).where(*conditions)
    else:
        for tests in match.alternatives:
            yield select(property_.c.resource_id).where(
                *_property_conditions(property_, match), _tests(property_, tests)
            )


def _property_conditions(table: FromClause, match: PropertyMatch) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that select the rows of one property."""
    yield _of_kinds(table, match.codes)
    yield table.c.name == bindparam(parameter_name(match.name), type_=table.c.name.type)
    if match.is_custom is not None:
        yield table.c.is_custom == (true() if match.is_custom else false())


def _of_kinds(table: FromClause, codes: tuple[int, ...]) -> ColumnElement[bool]:
    """Return the condition on the kind. Codes of kinds are constants: they need not be parameters."""
    literals: list[ColumnElement[int]] = [literal_column(str(code)) for code in codes]
    return table.c.kind == literals[0] if len(literals) == 1 else table.c.kind.in_(literals)


def _any(table: FromClause, match: PropertyMatch) -> ColumnElement[bool]:
    return or_(*(_tests(table, tests) for tests in match.alternatives))


def _tests(table: FromClause, tests: ColumnTests) -> ColumnElement[bool]:
    return and_(*(_test(table.c[test.column], test) for test in tests))


def _test(column: ColumnElement[Any], test: ColumnTest) -> ColumnElement[bool]:
    if test.sign == PRESENT:
        return column.is_not(None)
    if test.sign == SHORT:
        return func.length(column) < literal_column(str(INDEXED_TEXT))
    if test.sign == "ILIKE":  # the column's type would add its collation
        return _folded_like(column, bindparam(parameter_name(test.parameter), type_=Text()))
    numbers = range(test.parameter, test.parameter + test.count)
    values = [bindparam(parameter_name(number), type_=column.type) for number in numbers]
    if test.sign == "IN":
        return column.in_(values)
    if test.sign == "LIKE":
        return _like(column, values[0])
    return _SIGNS[test.sign](column, values[0])


def _like(text: ColumnElement[str], pattern: ColumnElement[str]) -> ColumnElement[bool]:
    r"""Return a LIKE that escapes with `\`: the default of PostgreSQL, explicit on SQLite.

    SQLAlchemy writes the escape for both, and on PostgreSQL in a way that depends on its version.
    """
    return PerDialect(text.like(pattern, escape="\\"), text.op("LIKE", is_comparison=True)(pattern))


def _folded_like(text: ColumnElement[str], pattern: ColumnElement[str]) -> ColumnElement[bool]:
    """Return a LIKE that ignores case."""
    # SQLite's own `lower` knows ASCII only. It needs no Python, which would keep other requests waiting.
    is_ascii = func.length(text) == func.length(cast(text, LargeBinary()))
    folded_text = case((is_ascii, func.lower(text)), else_=func.fold_case(text))
    folded = folded_text.like(func.fold_case(pattern), escape="\\")
    # The collation of the columns orders bytes and knows the case of ASCII letters only.
    ilike = text.collate("und-x-icu").op("ILIKE", is_comparison=True)(pattern)
    return PerDialect(folded, ilike)


_SIGNS: Final[dict[str, Callable[[ColumnElement[object], ColumnElement[object]], ColumnElement[bool]]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
