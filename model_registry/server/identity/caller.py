"""The caller of a request: who it is, how the server knows it, and its role."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.database.protocol import Session
    from model_registry.server.http.asgi import Scope
    from model_registry.server.identity.roles import Role

CALLER: Final = "model_registry.caller"
"""The key of the scope in which the caller of a request is stored."""


FRESH_SECONDS: Final = 0.5
"""How long a token is used without looking again whether it was revoked."""


class Renewal(NamedTuple):
    """When a write must check again that its caller is valid, and how.

    Attributes:
        due: The time, as `time.monotonic()` returns it.
        check: Called in the transaction of the write. Raises an `ApiError` with the status 401.
    """

    due: float
    check: Callable[[Session], None]


class Actor(NamedTuple):
    """Who sends a request.

    Attributes:
        name: The name: of a token, or of a person or service account.
        role: What the caller may do.
        way: How the server knows the caller: `token`, `token file`, `header`, or `oidc` with the issuer.
        renewal: When the caller must be checked again; None if never.
    """

    name: str
    role: Role
    way: str
    renewal: Renewal | None = None

    @property
    def described(self) -> str:
        """The caller in messages."""
        return f"{'token' if self.way == 'token' else 'caller'} {self.name!r}"

    def check(self, session: Session) -> None:
        """Check that the caller is still valid, in a write that may have waited for its body or the database.

        Raises:
            ApiError: 401 when the caller was revoked or has expired meanwhile.
        """
        if self.renewal is not None and time.monotonic() >= self.renewal.due:
            self.renewal.check(session)

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
