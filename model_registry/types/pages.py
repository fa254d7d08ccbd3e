"""Pages of lists, and how far a walk through them has come."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from . import showing
from .options import DEFAULT_PAGE_SIZE, ListOptions, Walk

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterable,
        Iterator,
    )

T = TypeVar("T")


class Page(list[T]):
    """One page of a list: a list that knows where the next page begins.

    Attributes:
        next_page_token: For `ListOptions.next_page_token`; `None` on the last page.
    """

    def __init__(self, items: Iterable[T] = (), next_page_token: str | None = None) -> None:
        super().__init__(items)
        self.next_page_token = next_page_token

    def __repr__(self) -> str:
        return showing.line_of_page(self, self.next_page_token)

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return showing.table_of_page(self, self.next_page_token)


class Pages(Generic[T]):
    """Pages for `for` and for `async for`; which of them it is, the pager's function tells."""

    def __init__(
        self, now: Callable[[], Generator[Page[T]]], later: Callable[[], AsyncGenerator[Page[T]]]
    ) -> None:
        self._now = now
        self._later = later

    def __iter__(self) -> Iterator[Page[T]]:
        return self._now()

    def __aiter__(self) -> AsyncIterator[Page[T]]:
        return self._later()


class Coming(Protocol):
    """A page that is fetched ahead: it can be awaited, or has a `result()` that waits."""

    def cancel(self) -> object:
        """End that, without waiting."""
        ...


@dataclass
class Position(Generic[T]):
    """How far one walk has come.

    Attributes:
        options: What the walk lists, and how.
        token: Where the next page begins.
        items: What is left of the last page for `Pager.next_item`.
        ended: Whether the last page is there.
        walk: The time that it has waited for the registry.
    """

    options: ListOptions
    token: str | None
    items: deque[T] = field(default_factory=lambda: deque[T]())
    ended: bool = False
    walk: Walk = field(default_factory=Walk)

    def next_options(self, at_most: int | None = None) -> ListOptions:
        """Ask for the next page, with no more items than are wanted."""
        limit = self.options.limit
        if at_most is not None:
            limit = min(limit or DEFAULT_PAGE_SIZE, at_most)
        return replace(self.options, limit=limit, next_page_token=self.token, walk=self.walk)


class Ahead:
    """Fetches the page after the one that the caller works on.

    Args:
        begin: Begins to fetch a page, and gives what is to come; `None` to fetch nothing ahead.
    """

    def __init__(self, begin: Callable[[ListOptions], Any] | None) -> None:
        self._begin = begin
        self._coming: Coming | None = None
        self._process = os.getpid()
        self.options = ListOptions()

    def begin(self, position: Position[Any]) -> None:
        """Begin to fetch the next page, if there is one.

        The walk is not told of the time that this takes, since the caller works meanwhile.
        """
        if self._begin is not None and not position.ended:
            self.options = replace(position.next_options(), walk=Walk(position.walk.spent))
            self._coming = self._begin(self.options)

    def take(self) -> Any:  # noqa: ANN401  # awaitable, or with a result that waits
        """Give what was begun; `None` when nothing was, or in another process, before a fork."""
        coming, self._coming = self._coming, None
        return coming if self._process == os.getpid() else None

    def cancel(self) -> None:
        """Fetch nothing more, as the walk is left."""
        if self._coming is not None and self._process == os.getpid():
            self._coming.cancel()


class Waiting:
    """Counts the time within a `with` block as time that a walk waits for the registry."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._walk.spent += time.monotonic() - self._began


def in_task(fetch: Callable[[ListOptions], Awaitable[list[T]]]) -> Callable[[ListOptions], Coming]:
    """Let pages be fetched ahead by tasks of the event loop that runs."""

    def begin(options: ListOptions) -> Coming:
        task = asyncio.ensure_future(fetch(options))
        task.add_done_callback(_told)
        return task

    return begin


def _told(task: asyncio.Future[Any]) -> None:
    """See the error of a page that nobody may ever get to."""
    if not task.cancelled():
        task.exception()


def missing(limit: int | None, items: list[Any]) -> int | None:
    """Count what is missing to as many items as are wanted; `None` when all are."""
    return None if limit is None else max(0, limit - len(items))


async def first_later(items: Awaitable[list[T]]) -> T | None:
    """Await items and give the first."""
    return next(iter(await items), None)
