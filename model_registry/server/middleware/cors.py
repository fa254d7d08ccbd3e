"""Lets web pages of other origins use the registry, with the headers that the reference server gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Collection

    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REQUEST_HEADERS: Final = ("Accept", "Authorization", "Content-Type", "X-CSRF-Token")
_ANSWER_HEADERS: Final = ("Link", "Deprecation", "Sunset")
_SECONDS: Final = 300


def allow_origins(app: Application, origins: Collection[str]) -> Application:
    """Wrap an application so that pages of these origins may read its answers.

    Args:
        app: What answers.
        origins: `scheme://host[:port]` each, or `*` for all.
    """
    return _VaryingByOrigin(
        CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=_METHODS,
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_ANSWER_HEADERS,
            max_age=_SECONDS,
        )
    )


class _VaryingByOrigin:
    """Tells caches that answers depend on the origin; Starlette before 1.7 tells it of some answers only."""

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
