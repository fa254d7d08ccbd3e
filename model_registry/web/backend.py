"""The backend of pages beside an API: calls the API as an application, with the visitor's token."""

from __future__ import annotations

import asyncio
import json
import re
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import RegistryTimeoutError
from model_registry.server.http.asgi import Scope, call_application
from model_registry.server.identity.caller import CALLER
from model_registry.server.identity.operations import WHOAMI
from model_registry.server.identity.peers import PEER
from model_registry.transport.backend import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.http.asgi import Application, Receive, Send
    from model_registry.transport.backend import Request

AUTHORIZATION: Final[ContextVar[str | None]] = ContextVar("AUTHORIZATION", default=None)
"""The header `Authorization` of the visitor's session, which replaces that of the request."""

REQUEST: Final[ContextVar[Scope | None]] = ContextVar("REQUEST", default=None)
"""The request of the visitor, which a proxy may have sent with the visitor's name in a header."""

_NOT_FORWARDED: Final = re.compile(
    rb"accept.*|connection|content-.*|cookie|expect|host|if-.*|origin|range|referer|sec-.*|te"
    rb"|trailer|transfer-encoding|upgrade"
)
"""Headers of a request for a page that do not belong to requests to the API."""


class ApplicationBackend:
    """Sends requests to an application in this process.

    Args:
        app: The API, with the middleware that checks tokens.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def send(self, request: Request) -> Response:
        """Call the application.

        Raises:
            RegistryTimeoutError: There was no response in time.
        """
        try:
            status, received, data = await asyncio.wait_for(
                self._call(request.method, request.target, request.headers, request.body),
                request.timeout,
            )
        except asyncio.TimeoutError:
            raise RegistryTimeoutError(
                f"{request.method} {request.target} took longer than {request.timeout:.3g} seconds",
                method=request.method,
                url=request.target,
            ) from None
        return Response(request, request.target, status, received, data)

    async def name_of_visitor(self) -> str | None:
        """Return the name of the visitor, or `None` if the API does not know it."""
        status, _, data = await self._call("GET", WHOAMI, {}, None)
        return json.loads(data).get("name") if status == HTTPStatus.OK else None

    async def _call(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Call the application as the visitor."""
        visitor: Scope = REQUEST.get() or {}
        lowered = {name.lower(): value for name, value in headers.items()}
        authorization = AUTHORIZATION.get()
        if authorization is not None:
            lowered["authorization"] = authorization
        forwarded = [  # repeated ones, too: the API refuses several names or tokens
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in visitor.get("headers", ())
            if not _NOT_FORWARDED.fullmatch(name)
        ]
        sent = [*((name, value) for name, value in forwarded if name not in lowered), *lowered.items()]
        more = {key: visitor[key] for key in ("client", PEER) if key in visitor}

        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)
            if CALLER in scope:
                visitor[CALLER] = scope[CALLER]  # for the log of requests

        return await call_application(call, method, target, sent, body, more=more)

    async def close(self) -> None:
        """Leave the application open: it belongs to the server."""
