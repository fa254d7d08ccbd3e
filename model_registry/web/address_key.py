"""Open the pages of `ui` only to who has the printed address: every user of a machine can reach loopback."""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, RedirectResponse

from model_registry.server.http.asgi import get_header

from .rendering import HEADERS

if TYPE_CHECKING:
    from starlette.responses import Response

    from model_registry.server.http.asgi import Application, Receive, Scope, Send

PARAMETER: Final = "key"
"""The parameter of the address."""

_REFUSAL: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>No access</title></head>
<body><main><h1>No access</h1>
<p>Open the address that <code>model-registry ui</code> printed, with its key.</p></main></body></html>
"""


class AddressKeyMiddleware:
    """Trades the key of the address for a cookie, and refuses requests that have neither.

    Args:
        app: The pages.
        key: The key, which the address has until the server ends.
        port: Port of the server: cookies of all ports of a host are in one place.
    """

    def __init__(self, app: Application, key: str, port: int) -> None:
        self._app = app
        self._key = key
        self._cookie = f"model_registry_ui_{port}"
        # The cookie is not the key, so that it opens no other browser.
        self._value = hmac.new(key.encode(), b"cookie", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or respond with a redirection or the status 403."""
        if scope["type"] == "http" and not self._has_cookie(scope):
            response = self._respond(scope)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _respond(self, scope: Scope) -> Response:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = next((value for name, value in pairs if name == PARAMETER), "")
        if not hmac.compare_digest(given.encode(), self._key.encode()):
            return HTMLResponse(_REFUSAL, 403, HEADERS)
        rest = urlencode([(name, value) for name, value in pairs if name != PARAMETER])
        # A path that begins with two slashes would be another host.
        path = "/" + scope["path"].lstrip("/")
        response = RedirectResponse(path + (f"?{rest}" if rest else ""), 303, HEADERS)
        # A strict cookie would not be sent to the page after a click on the address in another page.
        response.set_cookie(self._cookie, self._value, path="/", httponly=True, samesite="lax")
        return response

    def _has_cookie(self, scope: Scope) -> bool:
        cookies = SimpleCookie()
        try:
            cookies.load((get_header(scope, b"cookie") or b"").decode("latin-1"))
        except CookieError:
            return False
        given = cookies.get(self._cookie)
        return given is not None and hmac.compare_digest(given.value.encode(), self._value.encode())
