"""The address that a request really comes from, before `X-Forwarded-For` replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model_registry.server.http.asgi import Application, Receive, Scope, Send

PEER: Final = "model_registry.peer"
"""The key of the scope in which the address is stored."""


class PeerMiddleware:
    """Store the address from which each request comes.

    Args:
        app: The ASGI application to wrap.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        scope[PEER] = scope.get("client")
        await self._app(scope, receive, send)


def behind_proxies(create: Callable[[], Application], proxies: Sequence[str]) -> Application:
    """Create an application that uses `X-Forwarded-For` of proxies, and still knows their addresses."""
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    app: Application = ProxyHeadersMiddleware(create(), trusted_hosts=list(proxies))  # type: ignore[assignment,arg-type]  # uvicorn's own types of ASGI
    return PeerMiddleware(app)
