"""Choose the access path by which a query finds the resources that match a filter.

No path is good for every filter. Scanning in the order of the list is fast when most resources match, and
slow when hardly any does; looking matches up by value is the reverse. SQLite cannot tell which is better, and
PostgreSQL estimates wrongly, because how common a value is depends on the name of the property. So matches
are counted, up to a bound, and the choice is remembered for some seconds.
"""

from __future__ import annotations

import math
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
    is_in_order,
    is_search,
    required_nodes,
    required_parent,
    scanned_streams,
    streams,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_registry.server.database.protocol import Session
    from model_registry.server.filters.counts import Counts


class AccessPath(NamedTuple):
    """How a query finds the resources that match a filter.

    Attributes:
        collected: The nodes whose resources the query looks up by value. It checks the rest of the filter
            for each of them.
        if_few: Whether the query finds nothing if the look-up finds more than a bound.
        driving: The node whose `streams` the query scans, for a list in the order of ids.
        members: The nodes whose resources the query looks up by value, to check with them what it scans.
    """

    collected: tuple[Node, ...] = ()
    if_few: bool = False
    driving: Node | None = None
    members: tuple[Node, ...] = ()

    @property
    def finds_kind(self) -> bool:
        """Whether the path leads only to resources of the right kind.

        Then the query must not have a condition on the kind, or else the database might scan all resources of
        that kind.
        """
        return bool(self.collected) or self.driving is not None

    @property
    def is_scan(self) -> bool:
        """Whether the query scans the resources in the order of the list."""
        return not self.finds_kind

    def streams(self) -> tuple[PropertyMatch, ...]:
        """Return the matches that the query scans in the order of ids; more than one are merged."""
        return () if self.driving is None else streams(self.driving)


class _Choice(NamedTuple):
    """An access path, and its estimated cost in steps along an index."""

    cost: float
    path: AccessPath


SCAN: Final = AccessPath()
"""Scan the resources in the order of the list, and check each. Good when many match."""

_FEW: Final = 100
"""A number of matches that is few, however many resources there are."""
_LONG: Final = 20_000
"""Cost of a long read: about a millisecond on SQLite."""
_MOST_EXAMINED: Final = 1000
"""Maximum number of resources that a sample reads."""
_MOST_MEMBERS: Final = 100_000
"""Maximum number of resources that a query looks up to check with them what it scans. They take memory."""
_BATCH: Final = 1000
"""Number of resources that a query of an unlimited list reads."""

# Costs of one resource, in steps along an index.
_SCAN: Final = 2
_COLLECT: Final = 2
_SORT: Final = 5
_SEARCH: Final = 2

_ENTRY_BYTES: Final = 500


class Listing(NamedTuple):
    """The list that a filter selects from.

    Attributes:
        order: What it is ordered by, as in `Order.by`.
        descending: Whether the greatest comes first.
        limit: Maximum number of resources, or None for all.
        scans_parent: Whether `SCAN` reads only the resources below the parent that the filter requires.
        sample: Returns how many of the first resources that `SCAN` reads match, given their number.
    """

    order: str
    descending: bool
    limit: int | None
    scans_parent: bool
    sample: Callable[[int], int]


def access_paths(session: Session, plan: FilterPlan, listing: Listing) -> Iterator[tuple[AccessPath, int]]:
    """Yield the access paths to all resources that match a filter, each with the bound for `if_few`.

    Try them in turn while those with `if_few` find more than the bound. The last path is without.

    Args:
        session: The session to count in.
        plan: The filter.
        listing: The list.

    Raises:
        LongReadError: The next step would take long, and the session does not allow that.
    """
    by_id = listing.order == "id"
    if by_id and all(map(is_in_order, streams(plan.root) or (plan.root,))):
        yield AccessPath(driving=plan.root), 0
        return
    required = tuple(dict.fromkeys(required_nodes(plan.root)))
    if not all(map(cover, required)):
        yield SCAN, 0  # nothing can match
        return
    key, size = (plan, *listing[:3]), _size(plan)
    choice: _Choice | None = session.findings.find(key)
    if choice is not None and choice.path.if_few:
        yield choice.path, _FEW
        choice = None
    if choice is None:
        adjacent = [node for node in required if are_ranges(cover(node))]
        for node in sorted(adjacent, key=lambda node: not are_equals(cover(node))):
            few = AccessPath((node,), if_few=True)
            session.findings.store(key, _Choice(0, few), size)  # until the next path replaces it
            yield few, _FEW
        if not session.allows_long_reads:
            raise LongReadError
        counting = Counting(session, required, limit=listing.limit or _BATCH)
        if not adjacent:
            # To count what a search finds takes as long as to look it up.
            yield from (
                (AccessPath((node,), if_few=True), max(counting.bound, _FEW) if is_search(node) else _FEW)
                for node in required
            )
        choice = _choose(counting.count(plan), listing, required_parent(plan.root))
        session.findings.store(key, choice, size)
    if choice.cost > _LONG and not session.allows_long_reads:
        raise LongReadError
    yield choice.path, 0


def _choose(counts: Counts, listing: Listing, parent: Node | None) -> _Choice:
    """Return the access path with which a page costs least."""
    collecting = min(_collecting(counts, listing), key=_cost, default=None)
    scanned = counts.of(parent) if parent and listing.scans_parent else counts.resources
    share = 1.0
    if listing.limit is not None:
        # To examine this many costs no more than the other path.
        worth = _MOST_EXAMINED if collecting is None else int(collecting.cost) // (_SCAN + counts.check) + 1
        examined = min(_MOST_EXAMINED, worth, scanned)
        matches = counts.matches(counts.nodes)
        share = _share(listing.limit, matches, scanned, examined, listing.sample(examined))
        collecting = min(_collecting(counts, listing, share), key=_cost, default=None)
    scanning = min(_scanning(counts, listing, scanned, share), key=_cost)
    return scanning if collecting is None or scanning.cost < collecting.cost else collecting


def _scanning(counts: Counts, listing: Listing, scanned: int, share: float) -> Iterator[_Choice]:
    """Yield the access paths in the order of the list, for a page that takes a share of what they scan."""
    for members in _members(counts, listing):
        yield _scan(counts, SCAN._replace(members=members), scanned * share * _SCAN, scanned * share)
        for node in filter(streams, counts.nodes if listing.order == "id" else ()):
            if node not in members:
                rows = counts.of(node) * share
                for stream in scanned_streams(node):
                    # A merge reads each stream up to its next match.
                    ahead = 1 / max(1, counts.of(stream))
                    rows += counts.resources * min(1.0, share + ahead)
                path = AccessPath(driving=node, members=members)
                yield _scan(counts, path, rows, counts.of(node) * share)


def _members(counts: Counts, listing: Listing) -> Iterator[tuple[Node, ...]]:
    """Yield nodes that it may pay to look up by value beside a scan."""
    yield ()
    if listing.limit is not None:
        nodes = (
            node for node in counts.nodes if are_ranges(cover(node)) and counts.of(node) <= _MOST_MEMBERS
        )
        members = tuple(sorted(nodes, key=counts.of))
        yield from (members[:number] for number in range(1, len(members) + 1))


def _scan(counts: Counts, path: AccessPath, cost: float, found: float) -> _Choice:
    """Return the choice of a path that scans.

    Args:
        counts: The counts.
        path: The path.
        cost: What the scan costs.
        found: How many resources it finds that are still to check.
    """
    if path.members:
        cost += sum(map(counts.of, path.members)) * _COLLECT + found
        found *= counts.matches(path.members) / max(1, counts.resources)
    if len(counts.nodes) > len(path.members) + (path.driving is not None):
        cost += found * counts.check
    return _Choice(cost, path)


def _collecting(counts: Counts, listing: Listing, share: float = 1.0) -> Iterator[_Choice]:
    """Yield the access paths that look up by value, and sort what they find.

    In the order of ids, a page takes a share of what they find, and no more is checked.
    """
    by_id, limit = listing.order == "id", listing.limit
    for search in counts.searches:
        looked_up = counts.resources * _SEARCH * len(cover(search))
        yield _Choice(looked_up + counts.of(search) * (counts.check + _SORT), AccessPath((search,)))
    matches = counts.matches(counts.nodes)
    batches = 1.0 if limit is not None else max(1.0, matches / _BATCH)
    for number in range(1, len(counts.collectable) + 1):
        collected = counts.collectable[:number]
        found = counts.matches(collected)
        cost = sum(map(counts.of, collected)) * _COLLECT + found * (1 if by_id else _SORT)
        if number < len(counts.nodes):
            cost += found * counts.check * (share if by_id else 1)
        yield _Choice(cost * batches, AccessPath(collected))


def _share(limit: int, matches: float, resources: int, examined: int, matching: int) -> float:
    """Return the part of a list that must be scanned for a page.

    The values of a property often depend on the order of the list: numbers grow, and names change. So the
    first resources count more than the number of matches, which are as if spread evenly.

    Args:
        limit: How many matches are needed.
        matches: How many of the resources match, about.
        resources: How many there are to scan.
        examined: How many were examined, from the start of the list.
        matching: How many of these match.
    """
    if matches <= 0 or resources <= examined:
        return 1.0
    evenly = resources / matches
    needed = limit * (examined + evenly) / (matching + 1)
    if not matching and examined > evenly:
        # The first match may come anywhere: twice as late is half as likely.
        needed = limit * evenly + (resources - examined) / math.log(resources / examined)
    return min(1.0, needed / resources)


def _cost(choice: _Choice) -> float:
    return choice.cost


def _size(plan: FilterPlan) -> int:
    """Return about how many bytes a remembered choice takes."""
    return _ENTRY_BYTES + 2 * estimated_size(plan.root) + sum(map(_value_size, plan.values))


def _value_size(value: object) -> int:
    return 4 * len(value) if isinstance(value, str) else 8
