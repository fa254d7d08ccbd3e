"""Combine the nodes of filters, and comparisons of the same value to one node.

`score > 0.8 AND score < 0.9` is one range of an index. As two nodes, each of them would match many resources
that the other does not, and their numbers would not say how many match both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.server.filters.tree import (
    AllOf,
    AnyOf,
    ColumnMatch,
    ColumnTest,
    FilterPlan,
    PropertyMatch,
    are_ranges,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from model_registry.server.filters.tree import ColumnTests, Node


def all_of(nodes: Iterable[Node]) -> Node:
    """Return the node that matches the resources that all of the nodes match."""
    combined = _combine((one for node in nodes for one in _parts(node, AllOf)), _both)
    return combined[0] if len(combined) == 1 else AllOf(combined)


def any_of(nodes: Iterable[Node]) -> Node:
    """Return the node that matches the resources that at least one of the nodes matches."""
    combined = _combine((one for node in nodes for one in _parts(node, AnyOf)), _either)
    return combined[0] if len(combined) == 1 else AnyOf(combined)


def below(filter: FilterPlan | None, codes: tuple[int, ...], parent_id: int) -> FilterPlan:
    """Return the filter that also requires a parent. Its first node does so.

    Args:
        filter: What else is required, if anything.
        codes: The kinds to search.
        parent_id: The parent.
    """
    values = () if filter is None else filter.values
    parent = ColumnMatch(codes, (ColumnTest("parent_id", "=", len(values)),))
    return FilterPlan(parent if filter is None else all_of((parent, filter.root)), (*values, parent_id))


def _parts(node: Node, group: type[AllOf | AnyOf]) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, group) else (node,)


def _combine(nodes: Iterable[Node], combine: Callable[[Node, Node], Node | None]) -> tuple[Node, ...]:
    """Return the nodes, with those that can be combined in the place of the first of them."""
    combined: list[Node] = []
    places: dict[Hashable, int] = {}
    for node in nodes:
        key = _compared(node)
        place = len(combined) if key is None else places.setdefault(key, len(combined))
        both = combine(combined[place], node) if place < len(combined) else None
        if both is None:
            combined.append(node)
        else:
            combined[place] = both
    return tuple(combined)


def _compared(node: Node) -> Hashable:
    """Return what identifies the one value of each resource that a node compares, or None."""
    if isinstance(node, PropertyMatch) and node.is_custom is not None and are_ranges((node,)):
        return node.codes, node.name, node.is_custom
    if isinstance(node, ColumnMatch) and are_ranges((node,)):
        return node.codes, node.tests[0].column
    return None


def _both(first: Node, second: Node) -> Node | None:
    """Return the node that matches what two nodes match that compare the same value."""
    if isinstance(first, ColumnMatch) and isinstance(second, ColumnMatch):
        return ColumnMatch(first.codes, _ordered(first.tests + second.tests))
    if not (isinstance(first, PropertyMatch) and isinstance(second, PropertyMatch)):
        return None
    alternatives = tuple(
        _ordered(one + other)
        for one in first.alternatives
        for other in second.alternatives
        if one[0].column == other[0].column  # a property has one value
    )
    if not alternatives:
        return AnyOf(())
    if len(alternatives) > max(len(first.alternatives), len(second.alternatives)):
        return None  # as of two `!=`
    return PropertyMatch(first.codes, first.name, first.is_custom, alternatives)


def _either(first: Node, second: Node) -> Node | None:
    """Return the node that matches what one of two nodes matches that compare the same value."""
    if not (isinstance(first, PropertyMatch) and isinstance(second, PropertyMatch)):
        return None
    alternatives = dict.fromkeys(first.alternatives + second.alternatives)
    return PropertyMatch(first.codes, first.name, first.is_custom, tuple(alternatives))


def _ordered(tests: ColumnTests) -> ColumnTests:
    """Return the tests, `=` before ranges: then the rows that pass them are adjacent in an index."""
    return tuple(sorted(tests, key=lambda test: test.sign != "="))
