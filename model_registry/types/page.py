"""Pages of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from . import formatting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator

T = TypeVar("T")


class Page(list[T]):
    """One page of a list, with the token of the next page.

    Attributes:
        next_page_token: For `ListOptions.next_page_token`; `None` on the last page.
    """

    def __init__(self, items: Iterable[T] = (), next_page_token: str | None = None) -> None:
        super().__init__(items)
        self.next_page_token = next_page_token

    def __repr__(self) -> str:
        return formatting.line_of_page(self, self.next_page_token)

    def _repr_html_(self) -> str:
        """Return the page as a table for notebooks."""
        return formatting.table_of_page(self, self.next_page_token)


class Pages(Generic[T]):
    """Pages for `for` or `async for`, as the function of the pager is blocking or asynchronous."""

    def __init__(
        self, blocking: Callable[[], Generator[Page[T]]], asynchronous: Callable[[], AsyncGenerator[Page[T]]]
    ) -> None:
        self._blocking = blocking
        self._asynchronous = asynchronous

    def __iter__(self) -> Iterator[Page[T]]:
        return self._blocking()

    def __aiter__(self) -> AsyncIterator[Page[T]]:
        return self._asynchronous()
