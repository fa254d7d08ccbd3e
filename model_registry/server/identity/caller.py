"""The caller of a request: who it is, how the server knows it, and its role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Scope
    from model_registry.server.identity.roles import Role

CALLER: Final = "model_registry.caller"
"""The key of the scope in which the caller of a request is stored."""


class Actor(NamedTuple):
    """Who sends a request.

    Attributes:
        name: The name: of a token, or of a person or service account.
        role: What the caller may do.
        way: How the server knows the caller: `token`, `token file`, `header`, or `oidc` with the issuer.
    """

    name: str
    role: Role
    way: str

    @property
    def described(self) -> str:
        """The caller in messages."""
        return f"{'token' if self.way == 'token' else 'caller'} {self.name!r}"

    def to_dict(self) -> dict[str, Any]:
        """Return the caller as JSON types."""
        return {"name": self.name, "role": self.role.word, "way": self.way}


class Authenticator(Protocol):
    """One way to know the caller of a request."""

    async def caller(self, scope: Scope, token: bytes | None) -> Actor | None:
        """Return the caller, or None when this way does not know the request.

        Args:
            scope: The request.
            token: The bearer token that it sends, if it sends one.

        Raises:
            ApiError: 401 when this way knows the token and it is not valid any more; 403 when the caller
                has no role; 503 when it cannot be checked now.
        """
        ...


def caller_of(scope: Scope) -> Actor | None:
    """Return the caller of a request, or None when the server does not check who sends requests."""
    caller: Actor | None = scope.get(CALLER)
    return caller
