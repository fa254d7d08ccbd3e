"""What all lists share: options, filters, pagers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError

from .sorting import sorted_pages, sorting_by

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, TypeAlias

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import (
        AsyncPager,
        BaseResourceModel,
        Filter,
        ListOptions,
        ModelVersion,
        RegisteredModel,
    )
    from model_registry.types.filters import MetricField, PropertyField
    from model_registry.types.pager import RowFunction

    OrderBy: TypeAlias = Literal["id", "created", "updated", "name"] | PropertyField
    VersionOrder: TypeAlias = OrderBy | MetricField
    LatestBy: TypeAlias = Literal["created", "semver"]

T = TypeVar("T")
StateT = TypeVar("StateT", "RegisteredModel", "ModelVersion")

PAGE_SIZE = 100
"""Resources per page, if the caller does not choose."""

_ORDERS = {"id": "ID", "created": "CREATE_TIME", "updated": "LAST_UPDATE_TIME"}
_ARCHIVED = {True: "state = 'ARCHIVED'", False: "state != 'ARCHIVED'"}


def pager(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]],
    options: ListOptions | None = None,
    *,
    row_fn: RowFunction | None = None,
) -> AsyncPager[T]:
    """Return a pager that fetches the next page while the caller works on the current one."""
    from model_registry.types.prefetch import prefetch_in_task

    explained = _explaining(fetch)
    if options is not None and options.sorting is not None:
        explained = sorted_pages(explained, options.sorting)
    return types.Pager(explained, options, prefetch=prefetch_in_task(explained), row_fn=row_fn)


def _explaining(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]],
) -> Callable[[ListOptions], Coroutine[Any, Any, list[T]]]:
    """Return a function that fetches a page, and explains an empty list whose filter names properties."""

    async def page(options: ListOptions) -> list[T]:
        found = await fetch(options)
        if options.filter_query and not (found or options.next_page_token or options.following_page_token):
            from .empty_lists import explain_empty

            await explain_empty(fetch, options.filter_query)
        return found

    return page


def pager_under(
    parent: str | Callable[[], Awaitable[BaseResourceModel]],
    fetch: Callable[[str, ListOptions], Coroutine[Any, Any, list[T]]],
    options: ListOptions,
    *,
    row_fn: RowFunction | None = None,
) -> AsyncPager[T]:
    """Return a pager of the resources that belong to another one.

    Args:
        parent: Id of the parent, or a function that looks it up for the first page.
        fetch: Function that fetches a page.
        options: Where to begin, and how.
        row_fn: Returns the rows of a table, if it finds more than the resources hold.
    """
    known = parent

    async def page(options: ListOptions) -> list[T]:
        nonlocal known
        if not isinstance(known, str):
            known = id_of(await known())
        return await fetch(known, options)

    return pager(page, options, row_fn=row_fn)


def list_options(
    core: ModelRegistryAPIClient,
    filter: str | Filter | None = None,
    order_by: VersionOrder = "id",
    page_size: int = PAGE_SIZE,
    token: str | None = None,
    *,
    archived: bool | None = None,
    descending: bool = False,
    has_metrics: bool = False,
) -> ListOptions:
    """Return the options of a list.

    Args:
        core: The registry.
        filter: Condition that items must match.
        order_by: What to order by.
        page_size: Items to fetch at a time.
        token: Where to continue.
        archived: Whether to list only archived ones, or only others.
        descending: Greatest first.
        has_metrics: Whether the list can be ordered by metrics.

    Raises:
        InvalidArgumentError: An argument has an invalid value.
    """
    order = _ORDERS.get(order_by) if isinstance(order_by, str) else None
    if archived not in (None, True, False):
        raise InvalidArgumentError(
            "archived must be False to leave archived ones out, True to list only these, or None, "
            f"got {archived!r}"
        )
    return types.ListOptions(
        limit=page_size,
        order_by=None if order is None else types.OrderByField(order),
        sorting=sorting_by(order_by, core, has_metrics=has_metrics) if order is None else None,
        is_asc=not descending,
        next_page_token=token,
        filter_query=both(filter_text(filter), None if archived is None else _ARCHIVED[archived]),
    )


def by_state(
    core: ModelRegistryAPIClient,
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[StateT]]],
    archived: bool | None,  # of the verbs
) -> Callable[[ListOptions], Coroutine[Any, Any, list[StateT]]]:
    """Return a function that fetches a page of only archived resources, or of all others.

    Another server than ours leaves out what has no state when it is asked for what is not archived, and may
    find what has a custom property `state`. So the states are checked here, too.

    Args:
        core: The registry.
        fetch: Function that fetches a page.
        archived: `True` for archived resources, `False` for all others, `None` for both, as in the options.
    """
    if archived is None:
        return fetch
    condition = _ARCHIVED[archived]

    async def page(options: ListOptions) -> list[StateT]:
        query = options.filter_query or ""
        was_foreign = core.is_foreign
        if not query.endswith((condition, f"({condition})")):  # the caller replaced the filter of the pager
            return await fetch(options)
        rest = query.removesuffix(condition).removesuffix(f"\n) AND ({condition})").removeprefix("(")
        everything = options if archived else replace(options, filter_query=rest or None)
        listed = await fetch(everything if was_foreign else options)
        if not core.is_foreign:
            return listed
        if not was_foreign:  # the response showed that the server is another one
            listed = await fetch(everything)
        selected = [each for each in listed if (each.state.value == "ARCHIVED") is archived]
        return types.Page(selected, getattr(listed, "next_page_token", None))

    return page


def filter_text(filter: str | Filter | None) -> str | None:
    """Return a filter as text.

    Raises:
        InvalidArgumentError: It is something else.
    """
    if filter is None:
        return None
    from model_registry.types.filters import query_text

    return query_text("filter", filter)


def both(one: str | None, other: str | None) -> str | None:
    """Join two filters with AND. The first may end in a comment."""
    if not one or not one.strip():
        return other
    return f"({one}\n) AND ({other})" if other else one
