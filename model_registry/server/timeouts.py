"""Ends requests that take too long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from model_registry.server.asgi import refuse
from model_registry.server.errors import ApiError

if TYPE_CHECKING:
    from model_registry.server.asgi import Application, Message, Receive, Scope, Send


class Timeout:
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
        begun = asyncio.Event()

        async def watched_send(message: Message) -> None:
            begun.set()
            await send(message)

        answering = asyncio.ensure_future(self._app(scope, receive, watched_send))
        beginning = asyncio.ensure_future(begun.wait())
        try:
            await asyncio.wait(
                {answering, beginning}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if answering.done() or begun.is_set():
                await answering
                return
        finally:
            beginning.cancel()
            answering.cancel()
        await asyncio.wait({answering})
        await refuse(send, self._too_late(scope["method"]))

    def _too_late(self, method: str) -> ApiError:
        message = f"the request was not answered within {self._seconds:g} seconds"
        if method not in {"GET", "HEAD"}:
            message += "; what it asks for may still be done"
        # The rest of the request may still come: its connection is of no use for another one.
        return ApiError(503, message, {"Retry-After": "1", "Connection": "close"})
