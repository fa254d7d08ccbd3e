"""Limit the time of requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import send_error
from model_registry.server.time_limit import TimeLimit

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send


class TimeoutMiddleware:
    """Respond with the status 503 when a request takes too long, including the time to receive its body.

    Args:
        app: The ASGI application to wrap.
        seconds: Time until the response must start. The time to send the response is not limited.
    """

    def __init__(self, app: Application, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, with the time limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = TimeLimit(self._seconds)

        def watched_send(message: Message) -> Awaitable[None]:
            limit.lift()
            return send(message)

        try:
            with limit:
                await self._app(scope, receive, watched_send)
        except asyncio.TimeoutError:
            if not limit.is_over:
                raise
            await send_error(send, self._too_late(scope["method"]))

    def _too_late(self, method: str) -> ApiError:
        message = f"the registry did not respond within {self._seconds:g} seconds"
        if method not in {"GET", "HEAD"}:
            message += "; the change may still be made"
        # The rest of the request may still arrive, so the connection cannot be reused.
        return ApiError(503, message, {"Retry-After": "1", "Connection": "close"})
