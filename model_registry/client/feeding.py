"""Reading what a caller iterates in the caller's own thread, while the client works in another."""

from __future__ import annotations

import asyncio
import operator
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Coroutine, Iterable

    from model_registry.blocking import AsyncRunner

ItemT = TypeVar("ItemT")
T = TypeVar("T")

_END: Any = object()


def fed(
    run: AsyncRunner, items: Iterable[ItemT], call: Callable[[AsyncIterable[ItemT]], Coroutine[Any, Any, T]]
) -> T:
    """Run a coroutine that reads items, which this thread iterates.

    So the iterable may use the same blocking client, and what belongs to this thread. When it fails, or this
    thread is interrupted, the coroutine gets no more items and ends before that is raised here.

    Args:
        run: What runs coroutines, in another thread.
        items: What is read.
        call: Makes the coroutine, of an asynchronous iterable.

    Returns:
        What the coroutine returned.
    """
    feed = Feed(items)
    with ThreadPoolExecutor(1, thread_name_prefix="model-registry-feed") as executor:
        future = executor.submit(run, call(feed))
        future.add_done_callback(feed.end)
        feed.serve()
        return future.result()


class Feed(Generic[ItemT]):
    """Where a coroutine asks for items, and another thread gives them."""

    def __init__(self, items: Iterable[ItemT]) -> None:
        self._items = items
        self._asked: queue.SimpleQueue[asyncio.Future[ItemT] | None] = queue.SimpleQueue()

    def __length_hint__(self) -> int:
        hint = operator.length_hint(self._items, -1)
        return NotImplemented if hint < 0 else hint

    def __aiter__(self) -> Feed[ItemT]:
        return self

    async def __anext__(self) -> ItemT:
        answer: asyncio.Future[ItemT] = asyncio.get_running_loop().create_future()
        self._asked.put(answer)
        item = await answer
        if item is _END:
            raise StopAsyncIteration
        return item

    def serve(self) -> None:
        """Give items as they are asked for, until the coroutine has ended."""
        failed: BaseException | None = None
        items = iter(self._items)
        while True:
            try:
                answer = self._asked.get()
                if answer is None:
                    break
            except BaseException as error:  # noqa: BLE001  # an interrupt, raised below
                failed = failed or error
                continue
            item = _END
            if failed is None:
                try:
                    item = next(items, _END)
                except BaseException as error:  # noqa: BLE001  # of the iterable, raised below
                    failed = error
            with suppress(RuntimeError):  # the loop was closed meanwhile
                answer.get_loop().call_soon_threadsafe(_answer, answer, item)
        if failed is not None:
            raise failed

    def end(self, _: object) -> None:
        """Tell that nobody asks any more."""
        self._asked.put(None)


def _answer(asked: asyncio.Future[ItemT], item: ItemT) -> None:
    if not asked.done():  # its coroutine may have been cancelled
        asked.set_result(item)
