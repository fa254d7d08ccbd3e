"""Log requests that take long, with the operation and the time that the database took."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from model_registry.server.database.measured import DatabaseTimes, current_times
from model_registry.server.http.asgi import OPERATION

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application, Receive, Scope, Send

_logger: Final = logging.getLogger("model_registry.server")


class SlowRequestMiddleware:
    """Log a warning for each request that takes too long.

    Args:
        app: The ASGI application to wrap. Its database must be a `MeasuredDatabase`.
        limit: Milliseconds from which a request is slow.
    """

    def __init__(self, app: Application, limit: float) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and log it if it was slow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        times = DatabaseTimes()
        token = current_times.set(times)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, send)
        finally:
            current_times.reset(token)
            milliseconds = (time.perf_counter() - started) * 1000
            if milliseconds >= self._limit:
                _log(scope, milliseconds, times)


def _log(scope: Scope, milliseconds: float, times: DatabaseTimes) -> None:
    facts = {
        "method": scope["method"],
        "operation": scope.get(OPERATION),
        "duration_ms": round(milliseconds, 3),
        "database_wait_ms": round(times.waited * 1000, 3),
        "database_ms": round(times.worked * 1000, 3),
    }
    _logger.warning(
        "slow request: %s %s took %.0f ms, of which %.0f ms waiting for the database and %.0f ms in it",
        facts["method"],
        facts["operation"] or "(no operation)",
        milliseconds,
        times.waited * 1000,
        times.worked * 1000,
        extra=facts,
    )
