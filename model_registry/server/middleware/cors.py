"""Allow web pages of other origins to use the registry (CORS), with the headers of the reference server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Collection

    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REQUEST_HEADERS: Final = ("Accept", "Authorization", "Content-Type", "X-CSRF-Token")
_RESPONSE_HEADERS: Final = ("Link", "Deprecation", "Sunset")
_SECONDS: Final = 300


def allow_origins(app: Application, origins: Collection[str]) -> Application:
    """Return an application that allows web pages of some origins to read its responses.

    Args:
        app: The ASGI application to wrap.
        origins: `scheme://host[:port]` each, or `*` for all.
    """
    return _VaryByOrigin(
        CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=_METHODS,
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_RESPONSE_HEADERS,
            max_age=_SECONDS,
        )
    )


class _VaryByOrigin:
    """Add `Vary: Origin` to every response; Starlette before 1.7 adds it to some only."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def varying_send(message: Message) -> None:
            if message["type"] == "http.response.start" and not any(
                name == b"vary" for name, _ in message["headers"]
            ):
                message["headers"] = [*message["headers"], (b"vary", b"Origin")]
            await send(message)

        await self._app(scope, receive, varying_send)
