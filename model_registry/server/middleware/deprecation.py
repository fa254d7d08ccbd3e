"""Says of the older of the API's two addresses that it will go, as the reference server does."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from model_registry.server.asgi import adding_headers, path_of
from model_registry.server.contract import PREFIX

if TYPE_CHECKING:
    from datetime import date

    from model_registry.server.asgi import Application, Receive, Scope, Send

_OLD: Final = f"{PREFIX}alpha3/"


class Deprecation:
    """Adds `Deprecation`, `Sunset` (RFC 8594) and `Link` to answers below v1alpha3. An ASGI 3 application.

    Args:
        app: What answers.
        sunset: The day from which v1alpha3 may be gone.
    """

    def __init__(self, app: Application, sunset: date) -> None:
        self._app = app
        midnight = datetime(sunset.year, sunset.month, sunset.day, tzinfo=timezone.utc)
        self._sunset = format_datetime(midnight, usegmt=True).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] == "http" and path_of(scope).startswith(_OLD):
            successor = f'<{quote(scope.get("root_path", ""))}{PREFIX}/>; rel="successor-version"'
            about = [
                (b"deprecation", b"true"),
                (b"sunset", self._sunset),
                (b"link", successor.encode()),
            ]
            send = adding_headers(send, about)
        await self._app(scope, receive, send)
