"""Lists in the order of a property or metric. Registries cannot do that: the client reads them whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.filters import MetricField, PropertyField

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ListOptions, ModelVersion

T = TypeVar("T")

MOST_ITEMS = 10_000
"""Items that are read at most to order them by a property."""
MOST_VERSIONS = 1_000
"""Versions that are read at most to order them by a metric, which takes a request for each."""

_PAGE_SIZE = 500
_CONCURRENCY = 8
_START = "sorted:"


@dataclass(frozen=True)
class Sorting(Generic[T]):
    """The order of a list.

    Attributes:
        field: The property or metric.
        value_of: Function that returns its value for an item, or `None`.
        most: Items that are read at most.
    """

    field: PropertyField | MetricField
    value_of: Callable[[T], Awaitable[object]]
    most: int


def sorting_by(field: object, core: ModelRegistryAPIClient | None = None) -> Sorting[Any]:
    """Return the order by a property or a metric.

    Args:
        field: The property or metric.
        core: The registry, for lists of versions: only versions have metrics.

    Raises:
        InvalidArgumentError: The list cannot be ordered by it.
    """
    if isinstance(field, MetricField):
        if core is None:
            raise InvalidArgumentError(f"order_by={field!r} is for versions: nothing else has metrics")
        return Sorting(field, lambda version: metric_of(core, version, field.name), MOST_VERSIONS)
    if isinstance(field, PropertyField):
        return Sorting(field, lambda item: property_of(item, field.name), MOST_ITEMS)
    raise InvalidArgumentError(
        "order_by must be 'id', 'created', 'updated', F.property(...) or, for versions, F.metric(...), "
        f"got {field!r}"
    )


async def property_of(item: types.BaseResourceModel, name: str) -> object:
    """Return the value of a custom property, or `None`."""
    return item.custom_properties.get(name)


async def metric_of(core: ModelRegistryAPIClient, version: ModelVersion, name: str) -> float | None:
    """Return the value of a metric of a version, or `None`."""
    from .artifacts import find_artifact

    metric = await find_artifact(core, version, name, kind=types.Metric)
    return metric.value if isinstance(metric, types.Metric) else None


def sorted_pages(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]], sorting: Sorting[T]
) -> Callable[[ListOptions], Coroutine[Any, Any, list[T]]]:
    """Return a function that fetches a page of a list in the order of a property or metric.

    Args:
        fetch: Function that fetches a page of the list in the registry's order.
        sorting: The order.
    """
    ordered: list[T] | None = None

    async def page(options: ListOptions) -> list[T]:
        nonlocal ordered
        if options.order_by is not None:  # the caller chose another order
            return await fetch(options)
        start = _start(options.next_page_token)
        if ordered is None or not start:
            found = await read_values(fetch, sorting, options.filter_query)
            ordered = [item for item, _ in in_order(found, descending=not options.is_asc)]
        stop = start + (options.limit or _PAGE_SIZE)
        return types.Page(ordered[start:stop], f"{_START}{stop}" if stop < len(ordered) else None)

    return page


async def read_values(
    fetch: Callable[[ListOptions], Awaitable[list[T]]], sorting: Sorting[T], filter_query: str | None = None
) -> list[tuple[T, object]]:
    """Read the items of a list, with the value of each.

    Raises:
        InvalidArgumentError: There are more items than are read at most.
    """
    items: list[T] = []
    async for item in types.Pager(fetch, types.ListOptions(limit=_PAGE_SIZE, filter_query=filter_query)):
        items.append(item)
        if len(items) > sorting.most:
            raise InvalidArgumentError(
                f"this list has more than {sorting.most} items, and the client would have to read them all "
                f"to order them by {sorting.field!r}: list fewer with filter="
            )
    places = asyncio.Semaphore(_CONCURRENCY)

    async def value(item: T) -> object:
        async with places:
            return await sorting.value_of(item)

    return list(zip(items, await asyncio.gather(*map(value, items)), strict=True))


def in_order(found: list[tuple[T, object]], *, descending: bool) -> list[tuple[T, object]]:
    """Order items by value: numbers before texts, and at the end those that have neither."""
    ranked = [(_rank(value), value, item) for item, value in found]
    result: list[tuple[T, object]] = []
    for rank in (1, 0) if descending else (0, 1):
        some: list[tuple[Any, T]] = [(value, item) for place, value, item in ranked if place == rank]
        some.sort(key=lambda each: each[0], reverse=descending)
        result += [(item, value) for value, item in some]
    return result + [(item, value) for place, value, item in ranked if place is None]


def _rank(value: object) -> int | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return 0
    return 1 if isinstance(value, str) else None


def _start(token: str | None) -> int:
    if token is None:
        return 0
    rest = token.removeprefix(_START)
    if rest == token or not rest.isdecimal():
        raise InvalidArgumentError(f"token={token!r} is not of a list in this order: start without it")
    return int(rest)
