"""Ends requests that take too long."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import send_error

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send


class TimeoutMiddleware:
    """Answers 503 when a request, body included, is not answered in time. An ASGI 3 application.

    Args:
        app: What answers.
        seconds: How long it may take to begin its answer. How fast that is read is the client's affair.
    """

    def __init__(self, app: Application, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, for so long."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        has_begun = is_late = False

        async def watched_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        def end() -> None:
            nonlocal is_late
            if task is not None and not has_begun:
                is_late = task.cancel()

        timer = loop.call_later(self._seconds, end)
        try:
            await self._app(scope, receive, watched_send)
        except asyncio.CancelledError:
            if task is None or not is_late or _is_cancelled_by_others(task):
                raise
            await send_error(send, self._too_late(scope["method"]))
        finally:
            timer.cancel()

    def _too_late(self, method: str) -> ApiError:
        message = f"the request was not answered within {self._seconds:g} seconds"
        if method not in {"GET", "HEAD"}:
            message += "; what it asks for may still be done"
        # The rest of the request may still come: its connection is of no use for another one.
        return ApiError(503, message, {"Retry-After": "1", "Connection": "close"})


def _is_cancelled_by_others(task: asyncio.Task[object]) -> bool:
    """Whether somebody else has cancelled it besides, which Python 3.10 does not tell."""
    return sys.version_info >= (3, 11) and task.uncancel() > 0
