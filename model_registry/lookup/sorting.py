"""Lists in the order of names, properties or metrics.

Our registry orders them. Of another registry, the client reads the whole list, and sorts it.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, InvalidRequestError
from model_registry.types.filters import MetricField, PropertyField

from .named_artifact import artifact_of_version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ListOptions, ModelVersion

T = TypeVar("T")

MOST_ITEMS = 10_000
"""Items that are read at most to order them by name or property."""
MOST_VERSIONS = 1_000
"""Versions that are read at most to order them by a metric, which takes a request for each."""

_PAGE_SIZE = 500
_CONCURRENCY = 8
_START = "sorted:"


_COMPARED = 255
"""Characters of a text that are compared, as our registry does."""
_PLAIN_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Sorting(Generic[T]):
    """The order of a list.

    Attributes:
        core: The registry.
        field: The property or metric, or `name`.
        added_order: The order as our registry names it.
        value_of: Function that returns the value of an item, or `None`.
        most: Items that are read at most to sort them.
    """

    core: ModelRegistryAPIClient
    field: PropertyField | MetricField | Literal["name"]
    added_order: str
    value_of: Callable[[T], Awaitable[object]]
    most: int


def sorting_by(field: object, core: ModelRegistryAPIClient, *, has_metrics: bool = False) -> Sorting[Any]:
    """Return the order by name, a property or a metric.

    Args:
        field: `name`, or the property or metric.
        core: The registry.
        has_metrics: Whether items have metrics: only versions have.

    Raises:
        InvalidArgumentError: The list cannot be ordered by it.
    """
    if isinstance(field, MetricField):
        if not has_metrics:
            raise InvalidArgumentError(f"order_by={field!r} is for versions: nothing else has metrics")
        added_order = f"metrics.{quoted(field.name)}"
        return Sorting(core, field, added_order, lambda one: metric_of(core, one, field.name), MOST_VERSIONS)
    if isinstance(field, PropertyField):
        added_order = f"customProperties.{quoted(field.name)}"
        return Sorting(core, field, added_order, lambda one: property_of(one, field.name), MOST_ITEMS)
    if isinstance(field, str) and field == "name":
        return Sorting(core, "name", "NAME", _name_of, MOST_ITEMS)
    raise InvalidArgumentError(
        "order_by must be 'id', 'created', 'updated', 'name', F.property(...) or, for versions, "
        f"F.metric(...), got {field!r}"
    )


def quoted(name: str) -> str:
    """Return the name of a property or metric as our registry reads it in an order."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


async def _name_of(item: Any) -> object:  # noqa: ANN401  # the base class of all resources has no name
    return item.name


async def property_of(item: types.BaseResourceModel, name: str) -> object:
    """Return the value of a custom property, or `None`."""
    return item.custom_properties.get(name)


async def metric_of(core: ModelRegistryAPIClient, version: ModelVersion, name: str) -> float | None:
    """Return the value of a metric of a version, or `None`."""
    metric = await artifact_of_version(core, version, name, types.Metric)
    return metric.value if isinstance(metric, types.Metric) else None


def sorted_pages(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]], sorting: Sorting[T]
) -> Callable[[ListOptions], Coroutine[Any, Any, list[T]]]:
    """Return a function that fetches a page of a list in the order of names, a property or a metric.

    Args:
        fetch: Function that fetches a page of the list in an order of the registry.
        sorting: The order.
    """
    read = _pages_that_are_read(fetch, sorting)
    sorts_here: bool | None = None

    async def page(options: ListOptions) -> list[T]:
        nonlocal sorts_here
        token = options.next_page_token
        if options.order_by is not None:  # the caller chose another order
            return await fetch(options)
        if sorts_here is None:
            sorts_here = (token or "").startswith(_START) or await sorting.core.ask_foreign()
        if sorts_here:
            return await read(options)
        try:
            return await fetch(replace(options, added_order=sorting.added_order))
        except InvalidRequestError:
            if token:
                raise
            found = await read(options)  # an older release of our registry does not have the order
            sorts_here = True
            return found

    return page


def _pages_that_are_read(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]], sorting: Sorting[T]
) -> Callable[[ListOptions], Coroutine[Any, Any, list[T]]]:
    """Return a function that reads the whole list for its first page, and sorts it."""
    ordered: list[T] | None = None

    async def page(options: ListOptions) -> list[T]:
        nonlocal ordered
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


def in_order(found: Sequence[tuple[T, object]], *, descending: bool) -> list[tuple[T, object]]:
    """Order items by value: numbers before texts, and at the end those that have neither.

    Args:
        found: The items in the order of their ids, which decide between equal values, each with its value.
        descending: Whether the greatest comes first, and of equal ones the last.
    """
    ranked = [(_rank(value), value, item) for item, value in (reversed(found) if descending else found)]
    result: list[tuple[T, object]] = []
    for rank in (1, 0) if descending else (0, 1):
        some: list[tuple[Any, T]] = [(value, item) for place, value, item in ranked if place == rank]
        some.sort(key=lambda each: each[0][:_COMPARED] if rank else each[0], reverse=descending)
        result += [(item, value) for value, item in some]
    return result + [(item, value) for place, value, item in ranked if place is None]


def is_number(value: object) -> bool:
    """Return whether a value is ordered as a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _rank(value: object) -> int | None:
    if is_number(value):
        return 0
    return 1 if isinstance(value, str) else None


def _start(token: str | None) -> int:
    if token is None:
        return 0
    rest = token.removeprefix(_START)
    if rest == token or not rest.isdecimal():
        raise InvalidArgumentError(f"token={token!r} is not of a list in this order: start without it")
    return int(rest)
