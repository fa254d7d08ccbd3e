"""Which way a query takes to what a filter finds.

No way is good for every filter: asking each resource whether it has a property is quick when most have it and
hopeless when hardly any has; looking the property up by value is the reverse. SQLite cannot tell, and
PostgreSQL errs, since how common a value is depends on the property's name. So a query first tries whether
what can be looked up is few; if it is not, matches are counted, as far as it matters.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from sqlalchemy import bindparam, func, select

from model_registry.server.database.schema import resource
from model_registry.server.database.store import Statement, TakesLongError
from model_registry.server.filters.plan import Every, Match, Node, Plan, PropertyMatch, Some
from model_registry.server.filters.sql import matching, place_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_registry.server.database.store import Session


class Access(NamedTuple):
    """The way that a query shall take, as `sql.condition` understands it.

    Attributes:
        few: What is looked up by value if few match; else the query finds nothing.
        rare: What is looked up by value.
        driver: What the query walks along in the order of ids, or None to walk along the resources.
        finds_kind: Whether the way leads to resources of the right kind alone. Then the query should not ask
            for the kind, lest the database takes the way along all resources of that kind.
    """

    few: tuple[Match, ...] = ()
    rare: frozenset[Match] = frozenset()
    driver: PropertyMatch | None = None
    finds_kind: bool = False


ANY_ACCESS: Final = Access()
"""Along the resources, which is good where something else has narrowed them to a few."""

_LAST_ID: Final = Statement(select(func.max(resource.c.id)))
_LOOK_UP_COST: Final = 3
"""Steps along an index in the time that one question to a resource takes."""
_FEW: Final = 100
"""So few that it matters not how many resources there are."""


def ways(session: Session, plan: Plan, *, by_id: bool, limit: int | None) -> Iterator[tuple[Access, int]]:
    """The ways to what a filter finds among all resources of its kinds, each with the most that are few.

    They are to be tried one after another while what was to be few is not; the last looks up nothing that
    was to be few.

    Args:
        session: Where the resources are.
        plan: The filter.
        by_id: Whether they are wanted in the order of ids, from the lowest or the highest.
        limit: How many are wanted, or None for all.

    Raises:
        TakesLongError: What comes next would take long, and the session must not.
    """
    needed = list(required(plan.root))
    if by_id and is_in_order(plan.root):
        yield Access(driver=plan.root, finds_kind=True), 0
    tries = [Access(few=tuple(dict.fromkeys(cover(node))), finds_kind=True) for node in needed]
    for access in tries:
        if not all(map(is_of_equals, access.few)):
            _check_patience(session)
        yield access, _FEW
    _check_patience(session)
    most = _most(session, limit)
    rare: frozenset[Match] = frozenset()
    if most > _FEW:
        yield from ((access, most) for access in tries)
        values = {place_name(place): value for place, value in enumerate(plan.values)} | {"bound": most + 1}
        parts = {match for node in needed if isinstance(node, Some) for match in lookups(node)}
        rare = frozenset(match for match in parts if _count(session, match, values) <= most)
    if any(_is_found(node, rare) for node in needed):
        yield Access(rare=rare, finds_kind=True), 0
    driver = next((node for node in needed if by_id and is_in_order(node)), None)
    yield Access(rare=rare, driver=driver, finds_kind=driver is not None), 0


def required(root: Node) -> Iterator[Node]:
    """What all has to match."""
    if isinstance(root, Every):
        for node in root.nodes:
            yield from required(node)
    else:
        yield root


def cover(node: Node) -> Iterator[Match]:
    """What finds all that match, and perhaps more."""
    if isinstance(node, Every):
        yield from cover(node.nodes[0])
    elif isinstance(node, Some):
        for inner in node.nodes:
            yield from cover(inner)
    else:
        yield node


def lookups(node: Node) -> Iterator[Match]:
    """What a filter's tree can look up."""
    if isinstance(node, (Every, Some)):
        for inner in node.nodes:
            yield from lookups(inner)
    else:
        yield node


def _most(session: Session, limit: int | None) -> int:
    """How many are few, for there are so many resources."""
    row = session.row(_LAST_ID, {})
    resources: int = row[0] or 0 if row else 0
    # Of n resources with m matches, a page of p takes m steps along the index, or p * n / m questions.
    return math.isqrt(_LOOK_UP_COST * limit * resources) if limit else resources // _LOOK_UP_COST


def is_in_order(node: Node) -> TypeGuard[PropertyMatch]:
    """Whether the index has the rows that match in the order of ids, each resource once."""
    return (
        isinstance(node, PropertyMatch)
        and node.is_custom is not None
        and len(node.codes) == len(node.alternatives) == 1
        and node.alternatives[0][0].sign == "="
    )


def is_of_equals(match: Match) -> bool:
    """Whether what matches stands together in an index, whatever the values."""
    return isinstance(match, PropertyMatch) and all(tests[0].sign == "=" for tests in match.alternatives)


def _check_patience(session: Session) -> None:
    if not session.may_take_long:
        raise TakesLongError


def _is_found(node: Node, rare: frozenset[Match]) -> bool:
    """Whether all that match are looked up."""
    if isinstance(node, Every):
        return any(_is_found(inner, rare) for inner in node.nodes)
    if isinstance(node, Some):
        return all(_is_found(inner, rare) for inner in node.nodes)
    return node in rare


def _count(session: Session, match: Match, values: Mapping[str, object]) -> int:
    row = session.row(_counting(match), values)
    assert row is not None  # noqa: S101  # a count has always one row
    count: int = row[0]
    return count


@lru_cache(maxsize=512)
def _counting(match: Match) -> Statement:
    found = matching([match]).limit(bindparam("bound")).subquery()
    return Statement(select(func.count()).select_from(found), prepare=None if is_of_equals(match) else False)
