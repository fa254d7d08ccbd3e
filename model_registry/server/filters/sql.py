"""From a filter's plan to SQL, of one meaning on SQLite and PostgreSQL.

Everything that a client wrote is bound, never spliced. LIKE tells upper from lower case and escapes with a
backslash; ILIKE folds the case of all letters, not only of the ASCII ones. SQLite has to be
prepared for both on each connection, by `database.sqlite_text`.
"""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    and_,
    bindparam,
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

from model_registry.server.database.schema import INDEXED_TEXT, property_, resource
from model_registry.server.filters.bounds import PRESENT
from model_registry.server.filters.plan import (
    SHORT,
    ColumnMatch,
    Every,
    Match,
    Node,
    PropertyMatch,
    Some,
    Test,
    Tests,
    plan,
)
from model_registry.server.resources import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import FromClause
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.operators import OperatorType
    from typing_extensions import Self

    from model_registry.server.filters.query import Expression
    from model_registry.server.resources import Kind


driving: Final = property_.alias("driving")
"""Table `property` where a query walks along it."""

_looked_up: Final = resource.alias("looked_up")


def compile_filter(expression: Expression, kinds: Sequence[Kind]) -> ColumnElement[bool]:
    """The condition on table `resource` that a filter asks for, its values bound.

    Args:
        expression: What `query.parse` made of the filter.
        kinds: The kinds that the list holds.

    Raises:
        FilterError: A comparison makes no sense for what it compares.
    """
    planned = plan(expression, kinds)
    values = {place_name(place): value for place, value in enumerate(planned.values)}
    return condition(planned.root).params(values)


@lru_cache(maxsize=512)
def condition(
    root: Node, rare: frozenset[Match] = frozenset(), driver: PropertyMatch | None = None, order: str = "id"
) -> ColumnElement[bool]:
    """The condition on table `resource` for a plan's tree, with a named parameter for each place.

    Args:
        root: The tree.
        rare: What few resources match: it is looked up by value. Without it, resource after resource is
            asked, in the order in which the query walks along them.
        driver: What the query walks along itself: it has `driving` joined to `resource`.
        order: The column of `resource` along which the query walks from one end, if it does not walk on
            from a later place.
    """
    if isinstance(root, (Every, Some)):
        conditions = [condition(node, rare, driver, order) for node in root.nodes]
        if isinstance(root, Every):
            return and_(*conditions)
        return or_(*conditions) if conditions else false()
    if isinstance(root, PropertyMatch) and root == driver:
        return and_(*_rows(driving, root), _any(driving, root))
    if root in rare:
        return among(matching([root]))
    if isinstance(root, ColumnMatch):
        columns = [(resource.c[test.column], test) for test in root.tests]
        return and_(
            *(_test(column if column.name == order else _Asked(column), test) for column, test in columns)
        )
    # Not EXISTS: PostgreSQL would turn that into a join, and misjudge what it costs.
    asked = select(true()).where(
        property_.c.resource_id == resource.c.id, *_rows(property_, root), _any(property_, root)
    )
    return asked.limit(literal_column("1")).correlate(resource).scalar_subquery()


def place_name(place: int) -> str:
    """The parameter that takes the value in a place of the plan."""
    return f"f{place}"


def among(ids: Select[tuple[int]] | CompoundSelect[tuple[int]]) -> ColumnElement[bool]:
    """That a row of table `resource` has one of the ids."""
    array: ColumnElement[int] = func.any(func.array(ids.scalar_subquery()))  # answered first and on its own
    return Either(resource.c.id.in_(ids), resource.c.id == array)


def matching(matches: Iterable[Match]) -> CompoundSelect[tuple[int]]:
    """The ids of the resources that match any of these, looked up by value; an id may come twice."""
    return union_all(*(ids for match in matches for ids in _matching(match)))


def _matching(match: Match) -> Iterator[Select[tuple[int]]]:
    if isinstance(match, ColumnMatch):
        wanted = [_of_kinds(_looked_up, match.codes), _tests(_looked_up, match.tests)]
        if any(test.column == "external_id" for test in match.tests):
            # As the index begins with it.
            families = sorted({int(BY_CODE[code].family) for code in match.codes})
            wanted.append(_looked_up.c.family.in_([literal_column(str(family)) for family in families]))
        yield select(_looked_up.c.id).where(*wanted)
    else:
        for tests in match.alternatives:
            yield select(property_.c.resource_id).where(*_rows(property_, match), _tests(property_, tests))


def _rows(table: FromClause, match: PropertyMatch) -> Iterator[ColumnElement[bool]]:
    """What tells the rows of a property from those of others."""
    yield _of_kinds(table, match.codes)
    yield table.c.name == bindparam(place_name(match.name), type_=table.c.name.type)
    if match.is_custom is not None:
        yield table.c.is_custom == (true() if match.is_custom else false())


def _of_kinds(table: FromClause, codes: tuple[int, ...]) -> ColumnElement[bool]:
    """Kinds are numbers of ours: they need not be parameters."""
    literals: list[ColumnElement[int]] = [literal_column(str(code)) for code in codes]
    return table.c.kind == literals[0] if len(literals) == 1 else table.c.kind.in_(literals)


def _any(table: FromClause, match: PropertyMatch) -> ColumnElement[bool]:
    return or_(*(_tests(table, tests) for tests in match.alternatives))


def _tests(table: FromClause, tests: Tests) -> ColumnElement[bool]:
    return and_(*(_test(table.c[test.column], test) for test in tests))


def _test(column: ColumnElement[Any], test: Test) -> ColumnElement[bool]:
    if test.sign == PRESENT:
        return column.is_not(None)
    if test.sign == SHORT:
        return func.length(column) < literal_column(str(INDEXED_TEXT))
    if test.sign == "ILIKE":  # not of the column's type, which brings a collation of its own
        return _folded_like(column, bindparam(place_name(test.place), type_=Text()))
    places = range(test.place, test.place + test.count)
    values = [bindparam(place_name(place), type_=column.type) for place in places]
    if test.sign == "IN":
        return column.in_(values)
    if test.sign == "LIKE":
        return _like(column, values[0])
    return _SIGNS[test.sign](column, values[0])


def _like(text: ColumnElement[str], pattern: ColumnElement[str]) -> ColumnElement[bool]:
    r"""LIKE whose escape is `\`: PostgreSQL's own, and SQLite's when it is told.

    SQLAlchemy's own writes the escape for both, on PostgreSQL in a way that depends on its version.
    """
    return Either(text.like(pattern, escape="\\"), text.op("LIKE", is_comparison=True)(pattern))


def _folded_like(text: ColumnElement[str], pattern: ColumnElement[str]) -> ColumnElement[bool]:
    """LIKE that takes an upper case letter and its lower case for the same."""
    folded = func.fold_case(text).like(func.fold_case(pattern), escape="\\")
    # The columns' own collation orders bytes and knows the case of ASCII letters only.
    ilike = text.collate("und-x-icu").op("ILIKE", is_comparison=True)(pattern)
    return Either(folded, ilike)


_SIGNS: Final[dict[str, Callable[[ColumnElement[object], ColumnElement[object]], ColumnElement[bool]]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Either(FunctionElement[bool]):
    """One condition in two forms: the first for SQLite, the second for PostgreSQL."""

    name = "either"
    type = Boolean()
    inherit_cache = True

    def __init__(self, sqlite: ColumnElement[bool], postgresql: ColumnElement[bool]) -> None:
        super().__init__(sqlite, postgresql)

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Stand as it is: SQLAlchemy would compare it with 1, past which SQLite sees no index."""
        del against
        return self


@compiles(Either, "sqlite")
def _either_on_sqlite(element: Either, compiler: SQLCompiler, **options: Any) -> str:
    on_sqlite, _ = element.clauses
    return str(compiler.process(on_sqlite, **options))


@compiles(Either, "postgresql")
def _either_on_postgresql(element: Either, compiler: SQLCompiler, **options: Any) -> str:
    _, on_postgresql = element.clauses
    return str(compiler.process(on_postgresql, **options))


class _Asked(FunctionElement[Any]):
    """A column that is not to be looked up in an index, where the query walks along another one."""

    name = "asked"
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(_Asked)
def _asked(element: _Asked, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(next(iter(element.clauses)), **options))


@compiles(_Asked, "sqlite")
def _asked_on_sqlite(element: _Asked, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{_asked(element, compiler, **options)}"
