"""Count how many resources match each comparison of a filter, up to a bound."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.server.cache import SizedCache
from model_registry.server.database.protocol import Statement
from model_registry.server.filters.sql import condition, matching, parameter_name
from model_registry.server.filters.tree import are_ranges, cover, estimated_size, is_search, scanned_streams
from model_registry.server.kinds import Family

if TYPE_CHECKING:
    from collections.abc import Collection

    from model_registry.server.database.dialects import Dialect
    from model_registry.server.database.protocol import Row, Session
    from model_registry.server.filters.tree import FilterPlan, Node

_COUNT_STEPS: Final = 10
"""How many matches it takes as long to count as to check whether one resource matches."""
_MOST_COUNTED: Final = 100_000
"""A larger number of resources is not counted, but estimated by the last id."""
_ENTRY_BYTES: Final = 500
_COUNTS_BYTES: Final = 2**20
_COMMON_SHARE: Final = 2
"""A comparison whose matches exceed the bound is assumed to match half of the resources."""
_SAMPLE: Final = 300
"""Resources by which the number that match a pattern is estimated."""
_PATTERN_SHARE: Final = 10
"""A comparison that is not counted is assumed to match a tenth of the resources."""

_counts: Final[SizedCache[Statement]] = SizedCache(_COUNTS_BYTES)


class Counts(NamedTuple):
    """How many resources match the nodes of a filter, about.

    Attributes:
        resources: How many resources there are.
        nodes: The nodes that a resource must all match.
        numbers: How many resources match each of them, and each of their `scanned_streams`.
        collectable: The nodes whose matches were all counted, those that match least first.
        searches: The nodes that compare every text with a pattern. Their numbers are from a sample.
        check: What it costs to check whether one resource matches a node, in steps along an index.
    """

    resources: int
    nodes: tuple[Node, ...]
    numbers: dict[Node, int]
    collectable: tuple[Node, ...]
    searches: tuple[Node, ...] = ()
    check: int = 1

    def of(self, node: Node) -> int:
        """Return how many resources match a node."""
        return self.numbers[node]

    def matches(self, nodes: Collection[Node]) -> float:
        """Return how many resources match all of the nodes, if they are independent."""
        resources = max(1, self.resources)
        return resources * math.prod(min(1.0, self.numbers[node] / resources) for node in nodes)


class Counting:
    """Counts the matches of each node, up to the number from which on a scan is as quick as a look-up.

    Args:
        session: The session to count in.
        nodes: The nodes that a resource must all match.
        limit: How many resources a page has.

    Attributes:
        bound: That number.
    """

    def __init__(self, session: Session, nodes: tuple[Node, ...], *, limit: int) -> None:
        self._session = session
        self._nodes = nodes
        self._resources = _count_resources(session, nodes)
        self.bound = math.isqrt(_COUNT_STEPS * limit * self._resources) * min(2, len(nodes))

    def count(self, plan: FilterPlan) -> Counts:
        """Return the counts.

        Patterns are not counted if there is anything else, because it takes long: a sample has to do.
        """
        counted = tuple(node for node in self._nodes if are_ranges(cover(node))) or tuple(
            node for node in self._nodes if not is_search(node)
        )
        counted += tuple(stream for node in counted for stream in scanned_streams(node) if stream != node)
        found: Row = ()
        if counted:
            statement = _counts.get(counted, lambda: _counting(counted), sum(map(estimated_size, counted)))
            values = {parameter_name(number): value for number, value in enumerate(plan.values)}
            found = self._session.row(statement, {**values, "bound": self.bound + 1}) or ()
        numbers = {node: number for node, number in zip(counted, found, strict=True) if number <= self.bound}
        collectable = tuple(sorted(set(numbers) & set(self._nodes), key=lambda node: numbers[node]))
        searches = tuple(filter(is_search, self._nodes)) if counted else ()
        if searches:
            numbers |= self._sample(searches, plan)
        for node in (*self._nodes, *counted):
            share = _COMMON_SHARE if node in counted else _PATTERN_SHARE
            numbers.setdefault(node, self._resources // share)
        check = self._session.dialect.check_steps
        return Counts(self._resources, self._nodes, numbers, collectable, searches, check)

    def _sample(self, searches: tuple[Node, ...], plan: FilterPlan) -> dict[Node, int]:
        """Return about how many resources match, by those that were created last."""
        key = ("sample", *searches)
        statement = _counts.get(key, lambda: _sampling(searches), sum(map(estimated_size, searches)))
        values = {parameter_name(number): value for number, value in enumerate(plan.values)}
        found = self._session.row(statement, values) or ()
        return {
            node: self._resources * (number + 1) // (_SAMPLE + 1)
            for node, number in zip(searches, found, strict=True)
        }


def _count_resources(session: Session, nodes: tuple[Node, ...]) -> int:
    codes = tuple(sorted({code for node in nodes for match in cover(node) for code in match.codes}))

    def count() -> int:
        number, last_id = session.row(_counting_resources(codes), {}) or (0, 0)
        resources: int = number if number <= _MOST_COUNTED else last_id
        return resources

    resources: int = session.findings.get(codes, count, _ENTRY_BYTES)
    return resources


@functools.lru_cache(maxsize=64)
def _counting_resources(codes: tuple[int, ...]) -> Statement:
    counted = f"SELECT 1 FROM resource WHERE kind IN ({', '.join(map(str, codes))}) LIMIT {_MOST_COUNTED + 1}"
    counts = f"SELECT (SELECT count(*) FROM ({counted}) AS counted), (SELECT max(id) FROM resource)"
    return Statement(lambda _: counts)


def _sampling(nodes: tuple[Node, ...]) -> Statement:
    codes = sorted({code for node in nodes for match in cover(node) for code in match.codes})
    # Lists of several kinds are those of artifacts, which have an index of their own.
    listed = f"kind = {codes[0]}" if len(codes) == 1 else f"family = {int(Family.ARTIFACT)}"
    sampled = f"SELECT * FROM resource WHERE {listed} ORDER BY id DESC LIMIT {_SAMPLE}"

    def write(sql: Dialect) -> str:
        return "SELECT " + ", ".join(
            f"(SELECT count(*) FROM ({sampled}) AS resource WHERE {condition(sql, node)})" for node in nodes
        )

    return Statement(write, prepare=None)


def _counting(nodes: tuple[Node, ...]) -> Statement:
    def write(sql: Dialect) -> str:
        return "SELECT " + ", ".join(
            f"(SELECT count(*) FROM ({matching(sql, node)} LIMIT {sql.parameter('bound')}) AS found)"
            for node in nodes
        )

    return Statement(write, prepare=None)
