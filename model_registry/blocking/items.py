"""Iterate what a caller passed in the caller's own thread, while a coroutine reads it in another."""

from __future__ import annotations

import asyncio
import operator
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Coroutine, Iterable

    from .runner import AsyncRunner

ItemT = TypeVar("ItemT")
T = TypeVar("T")

_END: Any = object()


def run_with_items(
    run: AsyncRunner, items: Iterable[ItemT], call: Callable[[AsyncIterable[ItemT]], Coroutine[Any, Any, T]]
) -> T:
    """Run a coroutine that reads items, and iterate the items in this thread.

    So the iterable may use the same blocking client, and objects that belong to this thread. When the
    iterable raises, or this thread is interrupted, the coroutine gets no more items; the error is raised here
    after the coroutine has ended.

    Args:
        run: Runs the coroutine, in another thread.
        items: The items to read.
        call: Returns the coroutine, given the items as an asynchronous iterable.

    Returns:
        The result of the coroutine.
    """
    bridge = ItemBridge(items)
    with ThreadPoolExecutor(1, thread_name_prefix="model-registry-items") as executor:
        future = executor.submit(run, call(bridge))
        future.add_done_callback(bridge.end)
        bridge.serve()
        return future.result()


class ItemBridge(Generic[ItemT]):
    """An asynchronous iterable whose items come from an iterable in another thread."""

    def __init__(self, items: Iterable[ItemT]) -> None:
        self._items = items
        self._iterator = iter(items)
        self._requests: queue.SimpleQueue[asyncio.Future[ItemT] | None] = queue.SimpleQueue()

    def __length_hint__(self) -> int:
        hint = operator.length_hint(self._items, -1)
        return NotImplemented if hint < 0 else hint

    def __aiter__(self) -> ItemBridge[ItemT]:
        return self

    async def __anext__(self) -> ItemT:
        request: asyncio.Future[ItemT] = asyncio.get_running_loop().create_future()
        self._requests.put(request)
        item = await request
        if item is _END:
            raise StopAsyncIteration
        return item

    def serve(self) -> None:
        """Iterate the items as the coroutine requests them, until it has ended."""
        failed: BaseException | None = None
        while True:
            try:
                request = self._requests.get()
                if request is None:
                    break
            except BaseException as error:  # noqa: BLE001  # an interrupt, raised below
                failed = failed or error
                continue
            item = _END
            if failed is None:
                try:
                    item = next(self._iterator, _END)
                except BaseException as error:  # noqa: BLE001  # of the iterable, raised below
                    failed = error
            with suppress(RuntimeError):  # the loop was closed meanwhile
                request.get_loop().call_soon_threadsafe(_fulfil, request, item)
        if failed is not None:
            raise failed

    def end(self, _: object) -> None:
        """Stop serving: no more requests come."""
        self._requests.put(None)


def _fulfil(request: asyncio.Future[ItemT], item: ItemT) -> None:
    if not request.done():  # its coroutine may have been cancelled
        request.set_result(item)
