"""Choose the access paths by which a query finds the resources that match a filter.

No path is good for every filter. Scanning in the order of the list is fast when most resources match, and
slow when hardly any does; looking matches up by value is the reverse. SQLite cannot tell which is better, and
PostgreSQL estimates wrongly, because how common a value is depends on the name of the property. So matches
are counted, up to a bound.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select

from model_registry.server.cache import SizedCache
from model_registry.server.database.protocol import LongReadError, Statement
from model_registry.server.database.schema import resource
from model_registry.server.filters.sql import matching, parameter_name
from model_registry.server.filters.tree import (
    FilterPlan,
    Node,
    PropertyMatch,
    are_equals,
    cover,
    estimated_size,
    is_by_id,
    is_in_order,
    is_search,
    required_nodes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.server.database.dialects import Dialect
    from model_registry.server.database.protocol import Session


class AccessPath(NamedTuple):
    """How a query finds the resources that match a filter.

    Attributes:
        collected: The nodes whose resources the query looks up by value. It checks the rest of the filter
            for each of them.
        if_few: Whether the query finds nothing if the look-up finds more than a bound.
        driving: The property whose rows the query scans in the order of ids.
    """

    collected: tuple[Node, ...] = ()
    if_few: bool = False
    driving: PropertyMatch | None = None

    @property
    def finds_kind(self) -> bool:
        """Whether the path leads only to resources of the right kind.

        Then the query must not have a condition on the kind, or else the database might scan all resources of
        that kind.
        """
        return bool(self.collected) or self.driving is not None


SCAN: Final = AccessPath()
"""Scan the resources in the order of the list. Good when another condition leaves only a few."""

_LAST_ID: Final = Statement(select(func.max(resource.c.id)))
_CHECK_COST: Final = 3
"""Steps along an index in the time of a check of another property."""
_COUNTS_BYTES: Final = 2**20
_FEW: Final = 100
"""A number of matches that is few, however many resources there are."""

_counts: Final[SizedCache[Statement]] = SizedCache(_COUNTS_BYTES)


def access_paths(
    session: Session, plan: FilterPlan, *, by_id: bool, limit: int | None
) -> Iterator[tuple[AccessPath, int]]:
    """Yield the access paths to all resources that match a filter, each with the bound for `if_few`.

    Try them in turn while those with `if_few` find more than the bound. The last path is without.

    Args:
        session: The session to count in.
        plan: The filter.
        by_id: Whether the resources are ordered by id.
        limit: Maximum number of resources, or None for all.

    Raises:
        LongReadError: The next step would take long, and the session does not allow that.
    """
    required = tuple(dict.fromkeys(required_nodes(plan.root)))
    if by_id and is_in_order(plan.root):
        yield AccessPath(driving=plan.root), 0
    if not all(map(cover, required)):
        yield SCAN, 0  # nothing can match
        return
    adjacent = [node for node in required if are_equals(cover(node))]
    yield from ((AccessPath((node,), if_few=True), _FEW) for node in adjacent)
    if not session.allows_long_reads:
        raise LongReadError
    bound = _bound(session, limit, cost=1 if len(required) == 1 else _CHECK_COST)
    searches = list(filter(is_search, required))
    # To count what a search finds takes as long as to look it up.
    yield from ((AccessPath((node,), if_few=True), max(bound, _FEW)) for node in searches)
    countable = tuple(node for node in required if node not in searches)
    if len(countable) == 1 == len(required) and not adjacent:
        yield AccessPath(required, if_few=True), _FEW
    few = _few(session, plan, countable, bound) if countable and (bound > _FEW or len(required) > 1) else ()
    in_order = list(filter(is_in_order, few or required)) if by_id else []
    if few and not (len(few) == 1 < len(required) and in_order):
        yield AccessPath(few), 0
        return
    in_order += filter(is_by_id, required if by_id else ())
    yield AccessPath(driving=in_order[0] if in_order else None), 0


def _bound(session: Session, limit: int | None, *, cost: int) -> int:
    """Return how many matches are few, if a check of a resource costs so many steps along an index."""
    row = session.row(_LAST_ID, {})
    resources: int = row[0] or 0 if row else 0
    # Of n resources with m matches, a page of p takes m steps along the index, or p * n / m checks.
    return math.isqrt(cost * limit * resources) if limit else resources // _CHECK_COST


def _few(session: Session, plan: FilterPlan, nodes: tuple[Node, ...], bound: int) -> tuple[Node, ...]:
    """Return the nodes whose look-up finds at most `bound` resources."""
    statement = _counts.get(nodes, lambda: _counting(nodes), sum(map(estimated_size, nodes)))
    values = {parameter_name(number): value for number, value in enumerate(plan.values)}
    counts = session.row(statement, {**values, "bound": bound + 1}) or ()
    return tuple(node for node, count in zip(nodes, counts, strict=True) if count <= bound)


def _counting(nodes: tuple[Node, ...]) -> Statement:
    def write(sql: Dialect) -> str:
        return "SELECT " + ", ".join(
            f"(SELECT count(*) FROM ({matching(sql, node)} LIMIT {sql.parameter('bound')}) AS found)"
            for node in nodes
        )

    return Statement(write, prepare=None if all(are_equals(cover(node)) for node in nodes) else False)
