"""Walk through a list page by page or item by item."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, cast, overload

from typing_extensions import TypeVar

from model_registry.exceptions.base import InvalidArgumentError, MissingExtraError, ModelRegistryError
from model_registry.exceptions.requests import RegistryTimeoutError, UnexpectedResponseError
from model_registry.types.arguments import check_count
from mr_openapi import OrderByField

from . import formatting
from .filters import query_text
from .options import ListOptions
from .page import Page, Pages
from .prefetch import Position, Prefetch, WaitTimer
from .rows import checked_columns, name_of, rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Coroutine, Iterable, Sequence
    from typing import TypeAlias

    from typing_extensions import Self

    from .filters import Filter
    from .prefetch import PendingPage
    from .rows import Column

    RowFunction: TypeAlias = Callable[[list[Any], Sequence[Column]], Any]

T = TypeVar("T")
U = TypeVar("U")
PageT = TypeVar("PageT", default=list[T])
ItemT = TypeVar("ItemT", default=T)


class Pager(Iterator[T], AsyncIterator[T], Generic[T, PageT, ItemT]):
    """Pages and items of a list, fetched as they are needed.

    The pager is blocking or asynchronous, as its function is. Each `iter()` and `aiter()` starts a separate
    walk at the first item; `next_page()` and `next_item()` share one position, which `restart()` and every
    change of order, size or filter reset.

    Args:
        page_fn: Takes `ListOptions` and returns a page or an awaitable of one, such as a list method of
            `ModelRegistryAPIClient`.
        options: Options of the list; the caller's object is never changed.
        prefetch: Starts to fetch a page while the caller works on the one before; pagers of `ModelRegistry`
            and `AsyncModelRegistry` have it.
        row_fn: Returns the rows of a table, or an awaitable of them, from items and columns; it finds more
            than the fields and custom properties of the items. Lists of versions of these clients have it.

    Raises:
        InvalidArgumentError: `page_fn` cannot be called.

    Example:
        >>> from model_registry.types import ListOptions, Page, Pager
        >>> def numbers(options: ListOptions) -> Page[int]:
        ...     start = int(options.next_page_token or 0)
        ...     return Page(range(start, start + 2), next_page_token=str(start + 2) if start < 4 else None)
        >>> list(Pager(numbers))
        [0, 1, 2, 3, 4, 5]
    """

    @overload
    def __init__(
        self: Pager[U, Coroutine[Any, Any, list[U]], Coroutine[Any, Any, U]],
        page_fn: Callable[[ListOptions], Awaitable[list[U]]],
        options: ListOptions | None = None,
        *,
        prefetch: Callable[[ListOptions], PendingPage] | None = None,
        row_fn: RowFunction | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: Pager[U, list[U], U],
        page_fn: Callable[[ListOptions], list[U]],
        options: ListOptions | None = None,
        *,
        prefetch: Callable[[ListOptions], PendingPage] | None = None,
        row_fn: RowFunction | None = None,
    ) -> None: ...
    def __init__(
        self,
        page_fn: Callable[[ListOptions], Any],
        options: ListOptions | None = None,
        *,
        prefetch: Callable[[ListOptions], PendingPage] | None = None,
        row_fn: RowFunction | None = None,
    ) -> None:
        if not callable(page_fn):
            raise InvalidArgumentError(f"page_fn must be a function of ListOptions, got {page_fn!r}")
        if options is not None and not isinstance(options, ListOptions):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"options must be ListOptions, got {options!r}")
        self._page_fn = page_fn
        self._prefetch = prefetch
        self._row_fn = row_fn
        self._columns: tuple[Column, ...] = ()
        self._options = ListOptions() if options is None else dataclasses.replace(options)
        self._position = self._start()
        self._is_async = False  # as the last result of the function was

    def __getstate__(self) -> dict[str, object]:
        """Return the state for another process. A pager that uses the connections of a client has none."""
        if any("<locals>" in getattr(each, "__qualname__", "") for each in (self._page_fn, self._prefetch)):
            raise InvalidArgumentError(
                "a pager cannot be sent to another process: send the client and list there, or send the "
                "items, such as pager.to_list()"
            )
        return vars(self).copy()

    @property
    def page_fn(self) -> Callable[[ListOptions], PageT]:
        """The function that fetches a page."""
        return self._page_fn

    @property
    def row_fn(self) -> RowFunction | None:
        """The function that returns the rows of a table, if it finds more than the items hold."""
        return self._row_fn

    @property
    def options(self) -> ListOptions:
        """A copy of the options that a walk begins with."""
        return dataclasses.replace(self._options)

    # Order, size and filter.

    def restart(self) -> Self:
        """Go back to the first item."""
        self._position = self._start()
        return self

    def order_by_creation_time(self) -> Self:
        """Order by the time of creation."""
        return self._change(order_by=OrderByField.CREATE_TIME)

    def order_by_update_time(self) -> Self:
        """Order by the time of the last change."""
        return self._change(order_by=OrderByField.LAST_UPDATE_TIME)

    def order_by_id(self) -> Self:
        """Order by id, which is the order of creation."""
        return self._change(order_by=OrderByField.ID)

    def ascending(self) -> Self:
        """Smallest or oldest first."""
        return self._change(is_asc=True)

    def descending(self) -> Self:
        """Largest or newest first."""
        return self._change(is_asc=False)

    def page_size(self, n: int) -> Self:
        """Fetch `n` items at a time.

        Raises:
            InvalidArgumentError: `n` is not a whole number of 1 or more.
        """
        check_count("n", n)
        return self._change(limit=n)

    limit = page_size

    def filter(self, query: str | Filter) -> Self:
        """List only items that match a filter, such as `state = 'LIVE' AND accuracy > 0.9`.

        Raises:
            InvalidArgumentError: `query` is neither a text nor built with `F`.
        """
        return self._change(filter_query=query_text("query", query))

    def columns(self, *columns: Column) -> Self:
        """Choose the columns of `to_dicts`, `to_pandas` and the table in a notebook.

        Args:
            *columns: Names of fields and custom properties, or `F.property("stage")`. In a list of versions
                also `aliases`, and the names of metrics, or `F.metric("accuracy")`. Metrics take a request
                for each version.

        Raises:
            InvalidArgumentError: There is none, one of them is no column, or two have the same name.
        """
        self._columns = checked_columns(columns, has_metrics=self._row_fn is not None)
        return self

    # Pages and items.

    def next_page(self) -> PageT:
        """Fetch the next page.

        Returns:
            The page, or an awaitable of it where the pager's function is asynchronous. No request is sent for
            the rest of a page that `next_item` has begun, and for the empty page after the last one.
        """
        position = self._position
        if position.items or position.ended:
            page = Page(position.items, position.token)
            position.items.clear()
            return cast("PageT", _later(page) if self._is_async else page)
        return cast("PageT", self._fetch(position))

    def next_item(self) -> ItemT:
        """Fetch one item.

        Returns:
            The item, or an awaitable of it where the pager's function is asynchronous.

        Raises:
            StopIteration: After the last item.
            StopAsyncIteration: After the last item, where the pager's function is asynchronous.
        """
        position = self._position
        if position.items or position.ended:
            return cast("ItemT", self._item_later(position) if self._is_async else next(self))
        page = self._fetch(position)
        if inspect.isawaitable(page):
            return cast("ItemT", self._item_later(position, page))
        position.items.extend(page)
        return cast("ItemT", next(self))

    def __next__(self) -> T:
        position = self._position
        while not position.items and not position.ended:
            position.items.extend(self._fetch_now(position))
        if not position.items:
            raise StopIteration
        return position.items.popleft()

    async def __anext__(self) -> T:
        try:
            item = self.next_item()
        except StopIteration:
            raise StopAsyncIteration from None
        return cast("T", await item if inspect.isawaitable(item) else item)

    def __iter__(self) -> Iterator[T]:  # noqa: PYI034  # each walk is its own
        for page in self._pages():
            yield from page

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self._pages_later()) as pages:
            async for page in pages:
                for item in page:
                    yield item

    @property
    def next_page_token(self) -> str | None:
        """Token of the page after the last one that was fetched, to continue there later.

        `None` after the last page. Items that `next_item()` has not returned yet are not on later pages.
        """
        return self._position.token

    # The whole list, or some of it.

    @overload
    def pages(
        self: Pager[U, Coroutine[Any, Any, list[U]], Coroutine[Any, Any, U]],
    ) -> AsyncIterable[Page[U]]: ...
    @overload
    def pages(self: Pager[U, list[U], U]) -> Iterable[Page[U]]: ...
    def pages(self) -> Any:
        """Walk through the pages from the first on.

        Returns:
            The pages, for `for` or, where the pager's function is asynchronous, for `async for`. Each has the
            token of the next.
        """
        return Pages(self._pages, self._pages_later)

    @overload
    def first(
        self: Pager[U, Coroutine[Any, Any, list[U]], Coroutine[Any, Any, U]],
    ) -> Coroutine[Any, Any, U | None]: ...
    @overload
    def first(self: Pager[U, list[U], U]) -> U | None: ...
    def first(self) -> Any:
        """Fetch the first item only.

        Returns:
            The item, or `None` when the list is empty; an awaitable of it where the pager's function is
            asynchronous.
        """
        items = self._collected(1)
        return _first_later(items) if inspect.isawaitable(items) else next(iter(items), None)

    @overload
    def to_list(
        self: Pager[U, Coroutine[Any, Any, list[U]], Coroutine[Any, Any, U]], limit: int | None = None
    ) -> Coroutine[Any, Any, list[U]]: ...
    @overload
    def to_list(self: Pager[U, list[U], U], limit: int | None = None) -> list[U]: ...
    def to_list(self, limit: int | None = None) -> Any:
        """Fetch all items from the first on, or at most `limit`.

        Args:
            limit: Items to fetch at most.

        Returns:
            The items, or an awaitable of them where the pager's function is asynchronous.

        Raises:
            InvalidArgumentError: `limit` is not a whole number of 1 or more.
        """
        if limit is not None:
            check_count("limit", limit)
        return self._collected(limit)

    @overload
    def to_dicts(
        self: Pager[U, Coroutine[Any, Any, list[U]], Coroutine[Any, Any, U]], limit: int | None = None
    ) -> Coroutine[Any, Any, list[dict[str, object]]]: ...
    @overload
    def to_dicts(self: Pager[U, list[U], U], limit: int | None = None) -> list[dict[str, object]]: ...
    def to_dicts(self, limit: int | None = None) -> Any:
        """Fetch all items, or at most `limit`, as dictionaries of their fields and custom properties.

        After `columns()`, they have these columns. Otherwise, a custom property has its own name, or
        `custom_properties.` before it if a field has this name.

        Args:
            limit: Items to fetch at most.

        Returns:
            The dictionaries, or an awaitable of them where the pager's function is asynchronous.

        Raises:
            InvalidArgumentError: `limit` is not a whole number of 1 or more.
        """
        return self._converted(limit, lambda rows: rows)

    @overload
    def to_pandas(
        self: Pager[U, Coroutine[Any, Any, list[U]], Coroutine[Any, Any, U]], limit: int | None = None
    ) -> Coroutine[Any, Any, Any]: ...  # a DataFrame; pandas need not be installed
    @overload
    def to_pandas(self: Pager[U, list[U], U], limit: int | None = None) -> Any: ...  # noqa: ANN401  # as above
    def to_pandas(self, limit: int | None = None) -> Any:
        """Fetch all items, or at most `limit`, as a table of pandas with the columns of `to_dicts`.

        Args:
            limit: Items to fetch at most.

        Returns:
            The table, or an awaitable of it where the pager's function is asynchronous. Columns without any
            value are left out.

        Raises:
            MissingExtraError: pandas is not installed.
            InvalidArgumentError: `limit` is not a whole number of 1 or more.
        """
        try:
            data_frame = import_module("pandas").DataFrame
        except ImportError as error:
            raise MissingExtraError("to_pandas needs pandas: pip install pandas") from error

        def frame(rows: list[dict[str, object]]) -> object:
            if self._columns:
                return data_frame(rows, columns=list(map(name_of, self._columns)))
            return data_frame(rows).dropna(axis="columns", how="all")

        return self._converted(limit, frame)

    def _converted(self, limit: int | None, convert: Callable[[list[dict[str, object]]], object]) -> object:
        if limit is not None:
            check_count("limit", limit)
        items = self._collected(limit)
        if inspect.isawaitable(items):
            return self._converted_later(items, convert)
        return convert(self._rows(items))

    async def _converted_later(
        self, items: Awaitable[list[T]], convert: Callable[[list[dict[str, object]]], object]
    ) -> object:
        rows = self._rows(await items)
        return convert(await rows if inspect.isawaitable(rows) else rows)

    def _rows(self, items: list[T]) -> Any:  # noqa: ANN401  # rows, or an awaitable of them
        return (self._row_fn or rows_of)(items, self._columns)

    def __repr__(self) -> str:
        options = self._options
        parts = [f"page_size={options.limit}"] if options.limit else []
        parts += [f"filter={options.filter_query!r}"] if options.filter_query else []
        return f"{type(self).__name__}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return the first page as a table for notebooks."""
        try:
            page = next(iter(self._pages()))
            if self._columns:
                rows = self._rows(page)
                return formatting.table_of_rows(rows, list(map(name_of, self._columns)), page.next_page_token)
        except ModelRegistryError as error:  # an asynchronous pager cannot be read here
            return f"<p>{formatting.escaped(f'{self!r}: {error}')}</p>"
        return formatting.table_of_page(page, page.next_page_token)

    def _collected(self, limit: int | None) -> list[T] | Coroutine[Any, Any, list[T]]:
        position, items = self._start(), list[T]()
        while not position.ended and (rest := _remaining(limit, items)) != 0:
            page = self._fetch(position, rest)
            if inspect.isawaitable(page):
                return self._collected_later(position, items, limit, page)
            items += page
        return items[:limit]

    async def _collected_later(
        self, position: Position[T], items: list[T], limit: int | None, page: Awaitable[list[T]]
    ) -> list[T]:
        items += await page
        while not position.ended and (rest := _remaining(limit, items)) != 0:
            further = self._fetch(position, rest)
            items += await further if inspect.isawaitable(further) else further
        return items[:limit]

    def _pages(self) -> Generator[Page[T]]:
        position, prefetch = self._start(), Prefetch(self._prefetch)
        try:
            while not position.ended:
                page = self._fetch_now(position, prefetch)
                prefetch.start(position)
                yield page if isinstance(page, Page) else Page(page, position.token)
        finally:
            prefetch.cancel()

    async def _pages_later(self) -> AsyncGenerator[Page[T]]:
        position, prefetch = self._start(), Prefetch(self._prefetch)
        try:
            while not position.ended:
                page = await self._fetch_later(position, prefetch)
                prefetch.start(position)
                yield page if isinstance(page, Page) else Page(page, position.token)
        finally:
            prefetch.cancel()

    def _start(self) -> Position[T]:
        return Position(self._options, self._options.next_page_token)

    def _change(self, **changes: Any) -> Self:
        self._options = dataclasses.replace(self._options, **changes)
        return self.restart()

    def _fetch(
        self, position: Position[T], at_most: int | None = None
    ) -> list[T] | Coroutine[Any, Any, list[T]]:
        options = position.next_options(at_most)
        page = self._page_fn(options)
        self._is_async = inspect.isawaitable(page)
        if self._is_async:
            return self._arrive_later(position, options, page)
        return self._arrive(position, options, page)

    def _fetch_now(self, position: Position[T], prefetch: Prefetch | None = None) -> list[T]:
        """Return the prefetched page, or fetch one, without awaiting."""
        if prefetch and (pending := prefetch.take()):
            # A prefetched page may time out because the caller took so long: it is fetched again.
            with suppress(RegistryTimeoutError), WaitTimer(position.walk):
                return self._arrive(position, prefetch.options, pending.result())
        options = position.next_options()
        page = self._page_fn(options)
        if inspect.isawaitable(page):
            if inspect.iscoroutine(page):
                page.close()
            raise InvalidArgumentError("the function of this pager is asynchronous: use `async for`")
        return self._arrive(position, options, page)

    async def _fetch_later(self, position: Position[T], prefetch: Prefetch) -> list[T]:
        """Return the prefetched page, or fetch one."""
        if pending := prefetch.take():
            with suppress(RegistryTimeoutError), WaitTimer(position.walk):
                return self._arrive(position, prefetch.options, await pending)
        page = self._fetch(position)
        return await page if inspect.isawaitable(page) else page

    async def _arrive_later(
        self, position: Position[T], options: ListOptions, page: Awaitable[list[T]]
    ) -> list[T]:
        return self._arrive(position, options, await page)

    def _arrive(self, position: Position[T], options: ListOptions, page: list[T]) -> list[T]:
        if not isinstance(page, list):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"the function of this pager must return a list, got {page!r}")
        token = page.next_page_token if isinstance(page, Page) else _token_beside(options, position)
        if token and token == position.token:
            raise UnexpectedResponseError(
                f"The list does not end: the page after token {token!r} has the same token again. Does the "
                "function of this pager use the options that it gets?"
            )
        position.token, position.ended = token or None, not token
        return page

    async def _item_later(self, position: Position[T], page: Awaitable[list[T]] | None = None) -> T:
        if page is not None:
            position.items.extend(await page)
        while not position.items and not position.ended:
            further = self._fetch(position)
            position.items.extend(await further if inspect.isawaitable(further) else further)
        if not position.items:
            raise StopAsyncIteration
        return position.items.popleft()


AsyncPager: TypeAlias = "Pager[T, Coroutine[Any, Any, list[T]], Coroutine[Any, Any, T]]"
"""A pager over an asynchronous function."""


def _token_beside(options: ListOptions, position: Position[Any]) -> str | None:
    """Return the next token where the page is a plain list without one."""
    if options.next_page_token != position.token:  # the function updated its options
        return options.next_page_token
    return options.following_page_token


async def _later(value: T) -> T:
    return value


async def _first_later(items: Awaitable[list[T]]) -> T | None:
    return next(iter(await items), None)


def _remaining(limit: int | None, items: list[Any]) -> int | None:
    """Return how many items may still be fetched; `None` without a limit."""
    return None if limit is None else max(0, limit - len(items))
