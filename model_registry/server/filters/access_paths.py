"""Choose the access paths by which a query finds the resources that match a filter.

No path is good for every filter. Checking each resource for a property is fast when most resources have it,
and slow when hardly any does; looking the property up by value is the reverse. SQLite cannot tell which is
better, and PostgreSQL estimates wrongly, because how common a value is depends on the name of the property.
So a query first tries whether a look-up finds few resources. If it does not, matches are counted, up to a
bound.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from sqlalchemy import bindparam, func, select

from model_registry.server.cache import SizedCache
from model_registry.server.database.protocol import LongReadError, Statement
from model_registry.server.database.schema import resource
from model_registry.server.filters.sql import matching, parameter_name
from model_registry.server.filters.tree import (
    AllOf,
    AnyOf,
    FilterMatch,
    FilterPlan,
    Node,
    PropertyMatch,
    estimated_size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_registry.server.database.protocol import Session


class AccessPath(NamedTuple):
    """How a query finds the resources that match a filter.

    Attributes:
        if_few: Matches to look up by value if they find few resources; otherwise the query finds nothing.
        rare: Matches to look up by value.
        driving: The match whose rows the query scans in the order of ids; None to scan the resources.
        finds_kind: Whether the path leads only to resources of the right kind. Then the query must not have
            a condition on the kind, or else the database might scan all resources of that kind.
    """

    if_few: tuple[FilterMatch, ...] = ()
    rare: frozenset[FilterMatch] = frozenset()
    driving: PropertyMatch | None = None
    finds_kind: bool = False


DEFAULT_PATH: Final = AccessPath()
"""Scan the resources. Good when another condition leaves only a few."""

_LAST_ID: Final = Statement(select(func.max(resource.c.id)))
_CHECK_COST: Final = 3
"""Steps along an index in the time of one check of a resource."""
_COUNTS_BYTES: Final = 2**20
_FEW: Final = 100
"""A number of matches that is few, however many resources there are."""

_counts: Final[SizedCache[Statement]] = SizedCache(_COUNTS_BYTES)


def access_paths(
    session: Session, plan: FilterPlan, *, by_id: bool, limit: int | None
) -> Iterator[tuple[AccessPath, int]]:
    """Yield the access paths to all resources that match a filter, each with the bound for `if_few`.

    Try them in turn while `if_few` finds more than the bound. The last path has no `if_few`.

    Args:
        session: The session to count in.
        plan: The filter.
        by_id: Whether the resources are ordered by id.
        limit: Maximum number of resources, or None for all.

    Raises:
        LongReadError: The next step would take long, and the session does not allow that.
    """
    required = list(required_nodes(plan.root))
    if by_id and is_in_order(plan.root):
        yield AccessPath(driving=plan.root, finds_kind=True), 0
    attempts = [AccessPath(if_few=tuple(dict.fromkeys(cover(node))), finds_kind=True) for node in required]
    for path in attempts:
        if not all(map(is_of_equals, path.if_few)):
            _check_long_reads(session)
        yield path, _FEW
    _check_long_reads(session)
    bound = _bound(session, limit)
    rare: frozenset[FilterMatch] = frozenset()
    if bound > _FEW:
        yield from ((path, bound) for path in attempts)
        values = {parameter_name(number): value for number, value in enumerate(plan.values)}
        values["bound"] = bound + 1
        matches = {match for node in required if isinstance(node, AnyOf) for match in all_matches(node)}
        rare = frozenset(match for match in matches if _count(session, match, values) <= bound)
    if any(_is_looked_up(node, rare) for node in required):
        yield AccessPath(rare=rare, finds_kind=True), 0
    driving = next((node for node in required if by_id and is_in_order(node)), None)
    yield AccessPath(rare=rare, driving=driving, finds_kind=driving is not None), 0


def required_nodes(root: Node) -> Iterator[Node]:
    """Yield the nodes that a resource must all match."""
    if isinstance(root, AllOf):
        for node in root.nodes:
            yield from required_nodes(node)
    else:
        yield root


def cover(node: Node) -> Iterator[FilterMatch]:
    """Yield matches that together find every resource that the node matches, and perhaps more."""
    if isinstance(node, AllOf):
        yield from cover(node.nodes[0])
    elif isinstance(node, AnyOf):
        for inner in node.nodes:
            yield from cover(inner)
    else:
        yield node


def all_matches(node: Node) -> Iterator[FilterMatch]:
    """Yield all matches of a tree."""
    if isinstance(node, (AllOf, AnyOf)):
        for inner in node.nodes:
            yield from all_matches(inner)
    else:
        yield node


def is_in_order(node: Node) -> TypeGuard[PropertyMatch]:
    """Return whether an index has the matching rows in the order of ids, each resource once."""
    return (
        isinstance(node, PropertyMatch)
        and node.is_custom is not None
        and len(node.codes) == len(node.alternatives) == 1
        and node.alternatives[0][0].sign == "="
    )


def is_of_equals(match: FilterMatch) -> bool:
    """Return whether the matching rows are adjacent in an index, whatever the values."""
    return isinstance(match, PropertyMatch) and all(tests[0].sign == "=" for tests in match.alternatives)


def _bound(session: Session, limit: int | None) -> int:
    """Return how many matches are few, for the number of resources in the database."""
    row = session.row(_LAST_ID, {})
    resources: int = row[0] or 0 if row else 0
    # Of n resources with m matches, a page of p takes m steps along the index, or p * n / m checks.
    return math.isqrt(_CHECK_COST * limit * resources) if limit else resources // _CHECK_COST


def _check_long_reads(session: Session) -> None:
    if not session.allows_long_reads:
        raise LongReadError


def _is_looked_up(node: Node, rare: frozenset[FilterMatch]) -> bool:
    """Return whether look-ups find every resource that the node matches."""
    if isinstance(node, AllOf):
        return any(_is_looked_up(inner, rare) for inner in node.nodes)
    if isinstance(node, AnyOf):
        return all(_is_looked_up(inner, rare) for inner in node.nodes)
    return node in rare


def _count(session: Session, match: FilterMatch, values: Mapping[str, object]) -> int:
    row = session.row(_count_statement(match), values)
    assert row is not None  # noqa: S101  # a count always has one row
    count: int = row[0]
    return count


def _count_statement(match: FilterMatch) -> Statement:
    return _counts.get(match, lambda: _build_count_statement(match), estimated_size(match))


def _build_count_statement(match: FilterMatch) -> Statement:
    found = matching([match]).limit(bindparam("bound")).subquery()
    core = select(func.count()).select_from(found)
    return Statement(core, prepare=None if is_of_equals(match) else False)
