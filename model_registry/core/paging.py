"""All pages of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry import types

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.types import ListOptions, Page

T = TypeVar("T")

_PAGE_SIZE = 500


async def all_items(fetch: Callable[[ListOptions], Awaitable[Page[T]]]) -> list[T]:
    """Read all pages of a list.

    Args:
        fetch: Function that fetches one page.
    """
    return [item async for item in types.Pager(fetch, types.ListOptions(limit=_PAGE_SIZE))]
