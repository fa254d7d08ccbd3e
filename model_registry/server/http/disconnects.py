"""Cancel the work of a request when its client disconnects."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Final

from model_registry.server.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from model_registry.server.http.asgi import Receive

_WATCH_AFTER_SECONDS: Final = 0.2
"""Shorter work is not watched: a watcher would cost more than the work."""
_CLIENT_CLOSED_REQUEST: Final = 499


@contextlib.asynccontextmanager
async def cancelled_when_client_leaves(receive: Receive) -> AsyncGenerator[None]:
    """Cancel the body of the `async with` statement when the client disconnects.

    Args:
        receive: The ASGI callable. Nothing else may use it at the same time.

    Raises:
        ApiError: The client has disconnected. The error is not sent to it.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    watcher: asyncio.Task[None] | None = None
    has_left = False

    async def watch() -> None:
        nonlocal has_left
        message = await receive()
        while message.get("more_body"):
            message = await receive()
        if message["type"] == "http.request":
            message = await receive()
        if message["type"] == "http.disconnect" and task is not None:
            has_left = task.cancel()

    def start() -> None:
        nonlocal watcher
        watcher = loop.create_task(watch())

    timer = loop.call_later(_WATCH_AFTER_SECONDS, start)
    try:
        yield
    except asyncio.CancelledError:
        if task is None or not has_left or (sys.version_info >= (3, 11) and task.uncancel() > 0):
            raise
        raise ApiError(_CLIENT_CLOSED_REQUEST, "the client disconnected") from None
    finally:
        timer.cancel()
        if watcher is not None:
            watcher.cancel()
