"""Choose the access path by which a query finds the resources that match a filter.

No path is good for every filter. Scanning in the order of the list is fast when most resources match, and
slow when hardly any does; looking matches up by value is the reverse. SQLite cannot tell which is better, and
PostgreSQL estimates wrongly, because how common a value is depends on the name of the property. So matches
are counted, up to a bound, and the choice is remembered for some seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.server.database.protocol import LongReadError
from model_registry.server.filters.counts import Counting
from model_registry.server.filters.tree import (
    FilterPlan,
    Node,
    PropertyMatch,
    are_equals,
    are_ranges,
    cover,
    estimated_size,
    is_by_id,
    is_in_order,
    is_search,
    required_nodes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.server.database.protocol import Session
    from model_registry.server.filters.counts import Counts


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


class _Choice(NamedTuple):
    """An access path, and its estimated cost in steps along an index."""

    cost: float
    path: AccessPath


SCAN: Final = AccessPath()
"""Scan the resources in the order of the list. Good when another condition leaves only a few."""

_FEW: Final = 100
"""A number of matches that is few, however many resources there are."""
_LONG: Final = 20_000
"""Cost of a long read: about a millisecond on SQLite."""
_BATCH: Final = 1000
"""Number of resources that a query of an unlimited list reads."""

# Costs of one resource, in steps along an index.
_CHECK: Final = 10
_COLLECT: Final = 3
_SORT: Final = 5
_SEARCH: Final = 2

_ENTRY_BYTES: Final = 500


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
    if by_id and is_in_order(plan.root):
        yield AccessPath(driving=plan.root), 0
        return
    required = tuple(dict.fromkeys(required_nodes(plan.root)))
    if not all(map(cover, required)):
        yield SCAN, 0  # nothing can match
        return
    key = (plan, by_id, limit)
    choice: _Choice | None = session.findings.find(key)
    if choice is None:
        adjacent = [node for node in required if are_ranges(cover(node))]
        adjacent.sort(key=lambda node: not are_equals(cover(node)))
        yield from ((AccessPath((node,), if_few=True), _FEW) for node in adjacent)
        if not session.allows_long_reads:
            raise LongReadError
        counting = Counting(session, required, cost=_CHECK * (limit or _BATCH))
        if not adjacent:
            # To count what a search finds takes as long as to look it up.
            yield from (
                (AccessPath((node,), if_few=True), max(counting.bound, _FEW) if is_search(node) else _FEW)
                for node in required
            )
        choice = min(_choices(counting.count(plan), by_id=by_id, limit=limit), key=lambda one: one.cost)
        session.findings.store(key, choice, _size(plan))
    if choice.cost > _LONG and not session.allows_long_reads:
        raise LongReadError
    yield choice.path, 0


def _choices(counts: Counts, *, by_id: bool, limit: int | None) -> Iterator[_Choice]:
    """Yield the access paths, and what a page costs if the values of properties are independent."""
    matches = counts.matches(counts.nodes)
    share = 1.0 if limit is None or limit > matches else limit / matches
    """The part of the list that the page takes."""
    check = _CHECK if len(counts.nodes) > 1 else 0
    yield _Choice(counts.resources * share * (_CHECK + _SORT), SCAN)
    for node in filter(is_by_id, counts.nodes if by_id else ()):
        scanned = counts.of(node) if is_in_order(node) else counts.resources
        yield _Choice((scanned + counts.of(node) * check) * share, AccessPath(driving=node))
    for search in counts.searches:
        looked_up = counts.resources * _SEARCH * len(cover(search))
        yield _Choice(looked_up + counts.of(search) * (_CHECK + _SORT), AccessPath((search,)))
    batches = 1.0 if limit is not None else max(1.0, matches / _BATCH)
    for number in range(1, len(counts.collectable) + 1):
        collected = counts.collectable[:number]
        found = counts.matches(collected)
        cost = sum(map(counts.of, collected)) * _COLLECT + found * (1 if by_id else _SORT)
        if number < len(counts.nodes):
            cost += found * _CHECK * (share if by_id else 1)
        yield _Choice(cost * batches, AccessPath(collected))


def _size(plan: FilterPlan) -> int:
    """Return about how many bytes a remembered choice takes."""
    return _ENTRY_BYTES + 2 * estimated_size(plan.root) + sum(map(_value_size, plan.values))


def _value_size(value: object) -> int:
    return 4 * len(value) if isinstance(value, str) else 8
