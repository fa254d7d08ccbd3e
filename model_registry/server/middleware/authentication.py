"""Find out who sends a request, and refuse requests of unknown callers, except for probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.exceptions import DatabaseError
from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import request_path, send_error
from model_registry.server.http.health import is_probe
from model_registry.server.identity.caller import CALLER
from model_registry.server.identity.refusals import unauthenticated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.server.http.asgi import Application, Receive, Scope, Send
    from model_registry.server.identity.caller import Actor, Authenticator

_SCHEME: Final = b"bearer"
_AUTHORIZATION: Final = b"authorization"
_MOST_TOKEN: Final = 16 * 1024


class AuthenticationMiddleware:
    """Store the caller of each request in its scope, or refuse the request.

    Args:
        app: The ASGI application to protect.
        authenticators: The ways to know a caller. The first that knows it decides.
    """

    def __init__(self, app: Application, authenticators: Sequence[Authenticator]) -> None:
        self._app = app
        self._authenticators = authenticators

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or respond with the status 401, 403 or 503."""
        # The registry uses the same paths for probes, so no other request passes.
        if scope["type"] == "http" and not is_probe(request_path(scope)):
            try:
                scope[CALLER] = await self._caller(scope)
            except ApiError as error:
                await send_error(send, error)
                return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Actor:
        token = _bearer_token(scope)
        for each in self._authenticators:
            try:
                caller = await each.caller(scope, token)
            except DatabaseError:
                raise ApiError(503, "the registry cannot check tokens now: see its log") from None
            if caller is not None:
                return caller
        if token is None:
            raise unauthenticated("this registry requires a token: send 'Authorization: Bearer TOKEN'")
        raise unauthenticated("the token is not valid", invalid=True)


def _bearer_token(scope: Scope) -> bytes | None:
    given: bytes | None = None
    for name, value in scope["headers"]:
        if name == _AUTHORIZATION:
            if given is not None:
                raise unauthenticated(
                    "the request has several Authorization headers: send one 'Bearer TOKEN'"
                )
            given = value
    if given is None:
        return None
    scheme, _, token = given.partition(b" ")
    token = token.strip()
    if scheme.lower() != _SCHEME:
        raise unauthenticated("the Authorization header must be 'Bearer TOKEN'")
    if len(token) > _MOST_TOKEN:
        raise unauthenticated(f"the token is longer than {_MOST_TOKEN} bytes", invalid=True)
    return token
