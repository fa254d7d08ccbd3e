"""Create a span of OpenTelemetry for each request. Needs `opentelemetry-api`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, StatusCode, get_tracer

from model_registry.server.http.asgi import OPERATION, request_path

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send

_SERVER_ERROR: Final = 500


class TracingMiddleware:
    """Create a span for each request, as a child of the span that its headers name.

    Args:
        app: The ASGI application to wrap.
    """

    def __init__(self, app: Application) -> None:
        self._app = app
        self._tracer = get_tracer("model_registry.server")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request in a span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        # The query may contain private values.
        attributes = {"http.request.method": scope["method"], "url.path": request_path(scope)}
        with self._tracer.start_as_current_span(
            scope["method"], context=extract(headers), kind=SpanKind.SERVER, attributes=attributes
        ) as span:

            async def watched_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _SERVER_ERROR:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, watched_send)
            finally:
                if operation := scope.get(OPERATION):
                    span.update_name(operation)
                    span.set_attribute("model_registry.operation", operation)
