"""Announce the end of API version v1alpha3, as the reference server does."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from model_registry.server.contract import PREFIX
from model_registry.server.http.asgi import request_path, with_headers

if TYPE_CHECKING:
    from datetime import date

    from model_registry.server.http.asgi import Application, Receive, Scope, Send

_OLD: Final = f"{PREFIX}alpha3/"


class DeprecationMiddleware:
    """Add the headers `Deprecation`, `Sunset` (RFC 8594) and `Link` to responses of v1alpha3.

    Args:
        app: The ASGI application to wrap.
        sunset: The day from which v1alpha3 may be removed.
    """

    def __init__(self, app: Application, sunset: date) -> None:
        self._app = app
        midnight = datetime(sunset.year, sunset.month, sunset.day, tzinfo=timezone.utc)
        self._sunset = format_datetime(midnight, usegmt=True).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        if scope["type"] == "http" and request_path(scope).startswith(_OLD):
            successor = f'<{quote(scope.get("root_path", ""))}{PREFIX}/>; rel="successor-version"'
            headers = [
                (b"deprecation", b"true"),
                (b"sunset", self._sunset),
                (b"link", successor.encode()),
            ]
            send = with_headers(send, headers)
        await self._app(scope, receive, send)
