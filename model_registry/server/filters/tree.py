"""The plan of a filter: a tree of matches without values, and the values of its parameters.

Filters that differ only in their values have equal trees, so that the SQL of a tree is built once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from model_registry.server.filters.bounds import Value

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
