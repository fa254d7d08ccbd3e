"""The plan of a filter: a tree of matches without values, and the values of its parameters.

Filters that differ only in their values have equal trees, so that the SQL of a tree is built once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard

from model_registry.server.filters.bounds import PRESENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.server.filters.bounds import Value

_RANGES: Final = frozenset({"=", "<", "<=", ">", ">=", "IN"})
_PATTERNS: Final = frozenset({"LIKE", "ILIKE"})
_MOST_STREAMS: Final = 8
_NODE_BYTES: Final = 1500
_TEST_BYTES: Final = 700
_VALUE_BYTES: Final = 100


@dataclass(frozen=True)
class ColumnTest:
    """A test of one column.

    Attributes:
        column: The name of the column.
        sign: An operator of SQL, or `PRESENT` or `SHORT`, which take no value.
        parameter: The number of the parameter to compare with; of the first one for `IN`.
        count: The number of parameters for `IN`.
    """

    column: str
    sign: str
    parameter: int = 0
    count: int = 1


ColumnTests: TypeAlias = "tuple[ColumnTest, ...]"
"""Tests that one row must all pass."""


@dataclass(frozen=True)
class ColumnMatch:
    """Matches resources whose own columns pass the tests.

    Attributes:
        codes: The kinds to search.
        tests: The tests.
    """

    codes: tuple[int, ...]
    tests: ColumnTests


@dataclass(frozen=True)
class PropertyMatch:
    """Matches resources with a property row that passes one of the alternatives.

    Attributes:
        codes: The kinds to search.
        name: The number of the parameter with the property's name.
        is_custom: Whether it is a custom property; None for either.
        alternatives: The tests.
    """

    codes: tuple[int, ...]
    name: int
    is_custom: bool | None
    alternatives: tuple[ColumnTests, ...]


@dataclass(frozen=True)
class AllOf:
    """Matches resources that all the nodes match."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """Matches resources that at least one of the nodes matches; without nodes, none."""

    nodes: tuple[Node, ...]


FilterMatch: TypeAlias = "ColumnMatch | PropertyMatch"
Node: TypeAlias = "FilterMatch | AllOf | AnyOf"


@dataclass(frozen=True)
class FilterPlan:
    """A filter that is ready to become SQL: the tree, and the values of its numbered parameters."""

    root: Node
    values: tuple[Value, ...]


def required_nodes(root: Node) -> Iterator[Node]:
    """Yield the nodes that a resource must all match."""
    if isinstance(root, AllOf):
        for node in root.nodes:
            yield from required_nodes(node)
    else:
        yield root


def cover(node: Node) -> tuple[FilterMatch, ...]:
    """Return matches that together find every resource that the node matches, and perhaps more.

    There are none if the node matches nothing.
    """
    if isinstance(node, AnyOf):
        return tuple(match for inner in node.nodes for match in cover(inner))
    if isinstance(node, AllOf):
        covers = [cover(inner) for inner in node.nodes]
        return next(filter(are_equals, covers), covers[0]) if all(covers) else ()
    return (node,)


def is_exact(node: Node) -> bool:
    """Return whether the cover of the node finds nothing but what the node matches."""
    return not isinstance(node, AllOf) and (not isinstance(node, AnyOf) or all(map(is_exact, node.nodes)))


def required_parent(root: Node) -> ColumnMatch | None:
    """Return the node that requires a parent, if the filter does."""
    for node in required_nodes(root):
        if isinstance(node, ColumnMatch) and node.tests[0].column == "parent_id":
            return node
    return None


def is_by_id(node: Node) -> TypeGuard[PropertyMatch]:
    """Return whether the primary key has the rows of the property in the order of ids, each resource once."""
    return isinstance(node, PropertyMatch) and node.is_custom is not None and len(node.codes) == 1


def is_in_order(node: Node) -> TypeGuard[PropertyMatch]:
    """Return whether an index has the matching rows in the order of ids, each resource once."""
    return is_by_id(node) and len(node.alternatives) == 1 and node.alternatives[0][0].sign == "="


def are_equals(matches: tuple[FilterMatch, ...]) -> bool:
    """Return whether the rows of each match are adjacent in an index, whatever the values."""
    return all(tests[0].sign == "=" for match in matches for tests in _alternatives(match))


def are_ranges(matches: tuple[FilterMatch, ...]) -> bool:
    """Return whether an index finds the rows of each match without reading rows of other values."""
    return all(
        tests[0].sign in _RANGES and all(test.sign not in _PATTERNS for test in tests)
        for match in matches
        for tests in _alternatives(match)
    )


def is_search(node: Node) -> bool:
    """Return whether the look-up compares every text with a pattern, because the pattern has no beginning."""
    return any(
        len(tests) > 1 and tests[0].sign == PRESENT for match in cover(node) for tests in _alternatives(match)
    )


def _alternatives(match: FilterMatch) -> tuple[ColumnTests, ...]:
    return (match.tests,) if isinstance(match, ColumnMatch) else match.alternatives


def streams(node: Node) -> tuple[PropertyMatch, ...]:
    """Return matches that together match what the node matches, each of whose rows are in the order of ids.

    There are none if the node has no such matches, or too many to merge.
    """
    if isinstance(node, AnyOf):
        inner = [streams(one) for one in node.nodes]
        found = tuple(stream for one in inner for stream in one) if all(inner) else ()
    elif is_by_id(node):
        equals = tuple(tests for one in node.alternatives for tests in each_value(one))
        found = tuple(replace(node, alternatives=(tests,)) for tests in equals)
        found = found if all(map(is_in_order, found)) else (node,)
    else:
        found = ()
    return found if len(found) <= _MOST_STREAMS else ()


def scanned_streams(node: Node) -> tuple[PropertyMatch, ...]:
    """Return the streams that the primary key has, among rows that do not match."""
    return tuple(stream for stream in streams(node) if not is_in_order(stream))


def each_value(tests: ColumnTests) -> tuple[ColumnTests, ...]:
    """Return tests that together pass the same rows, with `=` for each value of a short `IN`."""
    test, *others = tests
    if others or test.sign != "IN" or test.count > _MOST_STREAMS:
        return (tests,)
    return tuple((ColumnTest(test.column, "=", test.parameter + place),) for place in range(test.count))


def estimated_size(node: Node) -> int:
    """Return about how many bytes a tree and the text of its SQL take, at most."""
    if isinstance(node, (AllOf, AnyOf)):
        return _NODE_BYTES + sum(map(estimated_size, node.nodes))
    if isinstance(node, ColumnMatch):
        return _NODE_BYTES + _tests_size(node.tests)
    return _NODE_BYTES + sum(map(_tests_size, node.alternatives))


def _tests_size(tests: ColumnTests) -> int:
    return sum(_TEST_BYTES + _VALUE_BYTES * test.count for test in tests)


SHORT: Final = "SHORT"
"""The sign that requires the indexed beginning of a text to be the whole text."""
