"""Give each request an id, for logs and the audit trail, and send it in the response."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from model_registry.random_numbers import GENERATOR
from model_registry.server.http.asgi import get_header, with_headers

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application, Receive, Scope, Send

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request."""

_READING: Final = ("GET", "HEAD")
_HEADER: Final = b"x-request-id"
_GOOD_ID: Final = re.compile(rb"[\w.:/+=@-]{1,128}")


class RequestIdMiddleware:
    """Store the id of each request: that of its header `X-Request-Id`, or a new one.

    Args:
        app: The ASGI application to wrap.
        reads: Whether requests that only read need an id, too.
    """

    def __init__(self, app: Application, *, reads: bool) -> None:
        self._app = app
        self._reads = reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request with its id."""
        if scope["type"] != "http" or (scope["method"] in _READING and not self._reads):
            await self._app(scope, receive, send)
            return
        value = get_header(scope, _HEADER)
        if value is None or not _GOOD_ID.fullmatch(value):
            # No secret, and thus not from the system, which would let other threads run here.
            value = b"%032x" % GENERATOR.getrandbits(128)
        token = request_id.set(value.decode())
        try:
            await self._app(scope, receive, with_headers(send, [(_HEADER, value)]))
        finally:
            request_id.reset(token)
