"""What all lists share: options, filters, kinds of artifacts, pagers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, TypeAlias

    from model_registry.types import (
        Artifact,
        ArtifactTypeQueryParam,
        AsyncPager,
        BaseResourceModel,
        Filter,
        ListOptions,
    )

    OrderBy: TypeAlias = Literal["id", "created", "updated"]
    LatestBy: TypeAlias = Literal["created", "semver"]
    ArtifactKind: TypeAlias = type[Artifact] | str

T = TypeVar("T")

PAGE_SIZE = 100
"""Resources per page, if the caller does not choose."""

_ORDERS = {"id": "ID", "created": "CREATE_TIME", "updated": "LAST_UPDATE_TIME"}
_ARCHIVED = {True: "state = 'ARCHIVED'", False: "state != 'ARCHIVED'"}


def pager(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]], options: ListOptions | None = None
) -> AsyncPager[T]:
    """Return a pager that fetches the next page while the caller works on the current one."""
    from model_registry.types.prefetch import prefetch_in_task

    return types.Pager(fetch, options, prefetch=prefetch_in_task(fetch))


def wary_pager(
    what: str, fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]], options: ListOptions
) -> AsyncPager[T]:
    """Return a pager of a list on which some registries ignore filters.

    With a filter it first asks for a resource that cannot exist, to detect such a registry.

    Args:
        what: What the list holds, in the plural.
        fetch: Function that fetches a page.
        options: Where to begin, and how.
    """
    filtered: list[bool] = []

    async def page(options: ListOptions) -> list[T]:
        if options.filter_query is not None and not filtered:
            if await fetch(types.ListOptions(limit=1, filter_query="id = 0", walk=options.walk)):
                raise StoreError(
                    f"This registry ignores filters on its list of {what}, so it would return all of them: "
                    "list without a filter, and select from the result"
                )
            filtered.append(True)
        return await fetch(options)

    return pager(page, options)


def pager_under(
    parent: str | Callable[[], Awaitable[BaseResourceModel]],
    fetch: Callable[[str, ListOptions], Coroutine[Any, Any, list[T]]],
    options: ListOptions,
    *,
    wary_of: str | None = None,
) -> AsyncPager[T]:
    """Return a pager of the resources that belong to another one.

    Args:
        parent: Id of the parent, or a function that looks it up for the first page.
        fetch: Function that fetches a page.
        options: Where to begin, and how.
        wary_of: What the list holds, if some registries ignore filters on it, as of `wary_pager`.
    """
    known = parent

    async def page(options: ListOptions) -> list[T]:
        nonlocal known
        if not isinstance(known, str):
            known = id_of(await known())
        return await fetch(known, options)

    return wary_pager(wary_of, page, options) if wary_of else pager(page, options)


def list_options(
    filter: str | Filter | None = None,
    order_by: OrderBy = "id",
    page_size: int = PAGE_SIZE,
    token: str | None = None,
    *,
    archived: bool | None = None,
    descending: bool = False,
) -> ListOptions:
    """Return the options of a list.

    Raises:
        InvalidArgumentError: An argument has an invalid value.
    """
    if order_by not in _ORDERS:
        raise InvalidArgumentError(f"order_by must be 'id', 'created' or 'updated', got {order_by!r}")
    if archived not in (None, True, False):
        raise InvalidArgumentError(
            "archived must be False to leave archived ones out, True to list only these, or None, "
            f"got {archived!r}"
        )
    return types.ListOptions(
        limit=page_size,
        order_by=types.OrderByField(_ORDERS[order_by]),
        is_asc=not descending,
        next_page_token=token,
        filter_query=both(filter_text(filter), None if archived is None else _ARCHIVED[archived]),
    )


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


def artifact_class(kind: ArtifactKind | None) -> type[Artifact]:
    """Return the class of a kind of artifacts.

    Args:
        kind: A class, such as `Metric`, or a name of the contract, such as `metric`; all kinds if not given.

    Raises:
        InvalidArgumentError: There is no such kind.
    """
    if kind is None or kind is types.Artifact:
        return types.Artifact
    for known, word in _words().items():
        if kind in (known, word):
            return known
    shown = ", ".join(f"{known.__name__} ('{word.value}')" for known, word in _words().items())
    raise InvalidArgumentError(f"kind must be one of {shown}, got {kind!r}")


def artifact_type(kind: ArtifactKind | None) -> ArtifactTypeQueryParam | None:
    """Return the name of a kind of artifacts in the contract; `None` for all kinds.

    Raises:
        InvalidArgumentError: There is no such kind.
    """
    return _words().get(artifact_class(kind))


def _words() -> dict[type[Artifact], ArtifactTypeQueryParam]:
    word = types.ArtifactTypeQueryParam
    return {
        types.ModelArtifact: word.MODEL_MINUS_ARTIFACT,
        types.DocArtifact: word.DOC_MINUS_ARTIFACT,
        types.DataSet: word.DATASET_MINUS_ARTIFACT,
        types.Metric: word.METRIC,
        types.Parameter: word.PARAMETER,
    }
