"""The operations with which callers see themselves, and admins see and change tokens and see the trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "/api/identity/"
"""The beginning of the paths of these operations."""

WHOAMI: Final = f"{PREFIX}whoami"
"""The path that returns the caller."""

TOKENS: Final = f"{PREFIX}tokens"
"""The path of the named tokens."""

AUDIT: Final = f"{PREFIX}audit"
"""The path of the audit trail."""


class IdentityOperation(NamedTuple):
    """One method on one path.

    Attributes:
        method: `GET`, `POST` or `DELETE`.
        path: The path, with `{}` for a name.
        query: Names of its query parameters.
    """

    method: str
    path: str
    query: frozenset[str] = frozenset()


IDENTITY_OPERATIONS: Final[Mapping[str, IdentityOperation]] = {
    "getCaller": IdentityOperation("GET", WHOAMI),
    "listTokens": IdentityOperation("GET", TOKENS),
    "createToken": IdentityOperation("POST", TOKENS),
    "revokeToken": IdentityOperation("DELETE", f"{TOKENS}/{{}}"),
    "getAuditTrail": IdentityOperation(
        "GET",
        AUDIT,
        frozenset(
            {"actor", "operation", "resource", "since", "until", "sortOrder", "pageSize", "nextPageToken"}
        ),
    ),
}
"""The operations by name. They exist where a server checks who sends requests."""
