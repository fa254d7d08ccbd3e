"""Who a client is for the registry."""

from __future__ import annotations

from dataclasses import dataclass

from model_registry.types.formatting import HTMLTable


@dataclass(frozen=True)
class Account(HTMLTable):
    """Who a client is for the registry, by its token.

    Attributes:
        name: The name of the token, or of the person or service account.
        role: What it may do: `reader`, `writer` or `admin`.
        way: How the registry knows it: `token`, `token file`, `header`, or `oidc` with the issuer.

    Example:
        >>> from model_registry.types import Account
        >>> print(Account("ci", "writer", "token"))
        ci (writer, by token)
    """

    name: str
    role: str
    way: str

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON types."""
        return dict(vars(self))

    def __str__(self) -> str:
        return f"{self.name} ({self.role}, by {self.way})"
