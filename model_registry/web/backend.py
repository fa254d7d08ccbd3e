"""The backend of pages beside an API: calls the API as an application, with the visitor's token."""

from __future__ import annotations

import asyncio
import json
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import RegistryTimeoutError
from model_registry.server.http.asgi import call_application
from model_registry.server.middleware.authentication import WHOAMI
from model_registry.transport.backend import Response

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application
    from model_registry.transport.backend import Request

AUTHORIZATION: Final[ContextVar[str | None]] = ContextVar("AUTHORIZATION", default=None)
"""The header `Authorization` of the visitor whose page is being rendered."""


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
        authorization = AUTHORIZATION.get()
        headers = dict(request.headers)
        if authorization is not None:
            headers["Authorization"] = authorization
        try:
            status, received, data = await asyncio.wait_for(
                call_application(self._app, request.method, request.target, headers, request.body),
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
        """Return the name of the visitor's token, or `None` if it has none."""
        authorization = AUTHORIZATION.get()
        if authorization is None:
            return None
        status, _, data = await call_application(
            self._app, "GET", WHOAMI, {"Authorization": authorization}, None
        )
        return json.loads(data).get("name") if status == HTTPStatus.OK else None

    async def close(self) -> None:
        """Leave the application open: it belongs to the server."""
