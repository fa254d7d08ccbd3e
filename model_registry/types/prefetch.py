"""The position of a walk through a list, and fetching its next page while the caller works."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from .options import DEFAULT_PAGE_SIZE, ListOptions, Walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


@dataclass
class Position(Generic[T]):
    """The position of one walk through a list.

    Attributes:
        options: Options of the list.
        token: Token of the next page.
        items: Items of the last page that `Pager.next_item` has not returned yet.
        ended: Whether the last page was fetched.
        walk: The time that the walk has waited for the registry.
    """

    options: ListOptions
    token: str | None
    items: deque[T] = field(default_factory=lambda: deque[T]())
    ended: bool = False
    walk: Walk = field(default_factory=Walk)

    def next_options(self, at_most: int | None = None) -> ListOptions:
        """Return the options of the next page, with at most as many items."""
        limit = self.options.limit
        if at_most is not None:
            limit = min(limit or DEFAULT_PAGE_SIZE, at_most)
        return replace(self.options, limit=limit, next_page_token=self.token, walk=self.walk)


class PendingPage(Protocol):
    """A page that is being fetched: it can be awaited, or has a `result()` that waits."""

    def cancel(self) -> object:
        """Cancel the call, without waiting for its end."""
        ...


class Prefetch:
    """Fetches the page after the one that the caller works on.

    Args:
        start: Starts to fetch a page; `None` to fetch no page ahead.
    """

    def __init__(self, start: Callable[[ListOptions], Any] | None) -> None:
        self._start = start
        self._pending: PendingPage | None = None
        self._process = os.getpid()
        self.options = ListOptions()

    def start(self, position: Position[Any]) -> None:
        """Start to fetch the next page, if there is one.

        The time that it takes does not count as time of the walk, because the caller works meanwhile.
        """
        if self._start is not None and not position.ended:
            self.options = replace(position.next_options(), walk=Walk(position.walk.spent))
            self._pending = self._start(self.options)

    def take(self) -> Any:  # noqa: ANN401  # awaitable, or with a result that waits
        """Return the pending page; `None` if there is none, or it belongs to the process before a fork."""
        pending, self._pending = self._pending, None
        return pending if self._process == os.getpid() else None

    def cancel(self) -> None:
        """Cancel the pending page, at the end of the walk."""
        if self._pending is not None and self._process == os.getpid():
            self._pending.cancel()


class WaitTimer:
    """Counts the time within a `with` block as time that a walk waits for the registry."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._walk.spent += time.monotonic() - self._began


def prefetch_in_task(
    fetch: Callable[[ListOptions], Awaitable[list[T]]],
) -> Callable[[ListOptions], PendingPage]:
    """Return a function that starts to fetch a page in a task of the running event loop."""

    def start(options: ListOptions) -> PendingPage:
        task = asyncio.ensure_future(fetch(options))
        task.add_done_callback(_retrieve_error)
        return task

    return start


def _retrieve_error(task: asyncio.Future[Any]) -> None:
    """Retrieve the error of a page that the caller may never reach, which asyncio would log."""
    if not task.cancelled():
        task.exception()
