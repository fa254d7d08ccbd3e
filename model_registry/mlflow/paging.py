"""Pages of a search, of which the client may skip items that the registry cannot leave out."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final, TypeVar

from .errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.types import Page

T = TypeVar("T")

_MOST: Final = 1000
"""Items of one request."""

_USE: Final = "use the token of the page before, of the same search"


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
                return found, page_token(place, position)
            found.append(item)
        skip, position = 0, page.next_page_token
        if position is None:
            return found, None
        if len(found) == limit:
            return found, page_token(0, position)


def offset(token: str | None) -> int:
    """Return the number of items before the token's page, in a list that the client sorts.

    Raises:
        MlflowException: It is no token of such a list.
    """
    skip, position = _parsed(token)
    if position is not None:
        raise invalid(f"Invalid page token: {_USE}")
    return skip


def page_token(skip: int, position: str | None = None) -> str:
    """Return the token of a page that begins behind some items of a page of the registry.

    Args:
        skip: The number of these items.
        position: The registry's token of its page; `None` for its first.
    """
    return base64.b64encode(json.dumps([skip, position]).encode()).decode()


def _parsed(token: str | None) -> tuple[int, str | None]:
    if not token:
        return 0, None
    try:
        decoded = base64.b64decode(token, validate=True)
    except ValueError:
        raise invalid(f"Invalid page token, could not base64-decode: {_USE}") from None
    try:
        skip, position = json.loads(decoded)
    except (ValueError, TypeError):
        skip, position = None, None
    if not isinstance(skip, int) or skip < 0 or not isinstance(position, (str, type(None))):
        raise invalid(f"Invalid page token: {_USE}")
    return skip, position or None
