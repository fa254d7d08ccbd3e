"""Lists of the reference server: it loses rows between pages, and ignores or misreads filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from model_registry.core.peculiarities.filters import AdaptedFilter, adapted
from model_registry.exceptions import InvalidRequestError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.core.peculiarities.server import ServerFacts

_IGNORES_FILTERS = {
    "get_model_artifacts": "model artifacts",
    "get_serving_environments": "serving environments",
    "get_inference_services": "inference services",
    "get_environment_inference_services": "inference services",
    "get_inference_service_serves": "serve models",
}
"""Lists on which some servers ignore filters, and what they hold."""

_INNER_NAMES = frozenset(
    {
        "get_model_versions",
        "get_registered_model_versions",
        "get_artifacts",
        "get_model_version_artifacts",
        *_IGNORES_FILTERS,
    }
) - {"get_serving_environments"}
"""Lists of resources whose names are stored with a prefix."""

_PAGE = "1000"


async def fetch_page(
    core: ServerFacts, list_call: Callable[..., Awaitable[Any]], query: dict[str, Any]
) -> Any:  # noqa: ANN401  # the class of each list
    """Fetch a page of a list, in a way that is right on every server.

    Ordered by time, the reference server loses and repeats rows of equal times between pages. So its rows are
    ordered by id, which is the order of creation; ordered by the last change, the first page holds them all.

    Args:
        core: The registry.
        list_call: The operation of the generated client.
        query: Its arguments.

    Raises:
        StoreError: The server ignores filters on this list.
        InvalidArgumentError: The server cannot read the filter right.
        RequestError: The request failed.
    """
    known = core.is_foreign
    if known is None:
        try:
            response = await list_call(**query)
        except InvalidRequestError:
            if not core.is_foreign:
                raise
        else:
            has_more = response.next_page_token or query.get("filter_query")
            if not core.is_foreign or not has_more:
                return _without_repeats(response)
    if core.is_foreign:
        return await _fetch_foreign(core, list_call, dict(query))
    return await list_call(**query)


async def _fetch_foreign(
    core: ServerFacts, list_call: Callable[..., Awaitable[Any]], query: dict[str, Any]
) -> Any:  # noqa: ANN401  # as above
    from mr_openapi import OrderByField

    names = None
    if query.get("filter_query"):
        query["filter_query"], names = _adapted(list_call.__name__, query["filter_query"])
        await _refuse_ignored(core, list_call, query)
    if query.get("order_by") == OrderByField.CREATE_TIME:
        query["order_by"] = OrderByField.ID
    response = _without_repeats(await list_call(**query))
    is_first = "next_page_token" not in query
    if query.get("order_by") == OrderByField.LAST_UPDATE_TIME and is_first:
        rows = await _all_rows(list_call, query) if response.next_page_token else response.items
        response = response.model_copy(update={"items": _by_time(rows, query), "next_page_token": ""})
    if names is None:
        return response
    items = [item for item in response.items if _field(item, "name") in names]
    return response.model_copy(update={"items": items})


def _adapted(name: str, text: str) -> AdaptedFilter:
    return adapted(text, has_inner_names=name in _INNER_NAMES)


async def _refuse_ignored(
    core: ServerFacts, list_call: Callable[..., Awaitable[Any]], query: dict[str, Any]
) -> None:
    """Refuse a filter on a list on which the server ignores it; to detect that takes one request."""
    name: str = list_call.__name__
    if name not in _IGNORES_FILTERS or name in core.lists_with_filters:
        return
    if name not in core.lists_without_filters:
        asked = {**query, "filter_query": "id = 0", "page_size": "1"}
        asked.pop("next_page_token", None)
        if (await list_call(**asked)).items:
            core.lists_without_filters.add(name)
    if name in core.lists_without_filters:
        raise StoreError(
            f"This registry ignores filters on its list of {_IGNORES_FILTERS[name]}, so it would return "
            "all of them: list without a filter, and select from the result"
        )
    core.lists_with_filters.add(name)


async def _all_rows(list_call: Callable[..., Awaitable[Any]], query: dict[str, Any]) -> list[Any]:
    """Read all pages of a list, ordered by id."""
    from mr_openapi import OrderByField, SortOrder

    walk = {**query, "order_by": OrderByField.ID, "sort_order": SortOrder.ASC, "page_size": _PAGE}
    found: dict[str, Any] = {}
    while True:
        page = await list_call(**walk)
        found.update((_field(item, "id"), item) for item in page.items)
        if not page.next_page_token:
            return list(found.values())
        walk["next_page_token"] = page.next_page_token


def _by_time(rows: list[Any], query: dict[str, Any]) -> list[Any]:
    """Order rows by their last change, and those of one time by id."""
    from mr_openapi import SortOrder

    return sorted(
        rows,
        key=lambda item: (int(_field(item, "last_update_time_since_epoch") or 0), int(_field(item, "id"))),
        reverse=query.get("sort_order") == SortOrder.DESC,
    )


def _without_repeats(response: Any) -> Any:  # noqa: ANN401  # as above
    """Leave out rows that a page has twice."""
    found = {_field(item, "id"): item for item in response.items}
    if len(found) == len(response.items):
        return response
    return response.model_copy(update={"items": list(found.values())})


def _field(item: Any, name: str) -> Any:  # noqa: ANN401  # as above
    """Return a field of a row; artifacts are within a union."""
    inner: Any = getattr(item, "root", item)
    if isinstance(inner, dict):
        return cast("dict[str, Any]", inner).get(name)
    return getattr(inner, name)
