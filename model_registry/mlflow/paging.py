"""Pages of a search, of which the client may skip items that the registry cannot leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from .errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.types import Page

T = TypeVar("T")

_MOST: Final = 1000
"""Items of one request."""

_INVALID: Final = "Invalid page token; use the token of the page before, of the same search"


def collect(
    fetch: Callable[[int, str | None], Page[T]],
    keep: Callable[[list[T]], list[bool]],
    limit: int,
    token: str | None,
) -> tuple[list[T], str | None]:
    """Return the next items of a list that are kept, and the token of the rest.

    Args:
        fetch: Returns a page, from its size and a token of the registry.
        keep: Says which items of a page are kept.
        limit: Number of items to return.
        token: A token that this function returned for the same list; `None` for its begin.

    Raises:
        MlflowException: It is no such token.
    """
    skip, position = _parsed(token)
    found: list[T] = []
    size = min(limit, _MOST)
    while True:
        page = fetch(size, position)
        items = list(page)
        for place, (item, kept) in enumerate(zip(items, keep(items), strict=True)):
            if place < skip or not kept:
                continue
            if len(found) == limit:
                return found, f"{place}:{position or ''}"
            found.append(item)
        skip, position = 0, page.next_page_token
        if position is None:
            return found, None
        if len(found) == limit:
            return found, f"0:{position}"


def offset(token: str | None) -> int:
    """Return the number of items before the token's page, in a list that the client sorts.

    Raises:
        MlflowException: It is no token of such a list.
    """
    skip, position = _parsed(token)
    if position is not None:
        raise invalid(_INVALID)
    return skip


def _parsed(token: str | None) -> tuple[int, str | None]:
    if not token:
        return 0, None
    skip, separator, position = token.partition(":")
    if not separator or not skip.isdecimal():
        raise invalid(_INVALID)
    return int(skip), position or None
