"""The roles of people and groups that a proxy or an issuer of tokens names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.server.errors import ApiError
from model_registry.server.identity.caller import Actor
from model_registry.server.identity.roles import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

GROUP: Final = "group:"
"""What the name of a group begins with."""

EVERYONE: Final = "*"
"""Stands for everyone whom the proxy or issuer knows."""


def read_grant(text: str) -> tuple[str, str]:
    """Read `NAME=ROLE`.

    Raises:
        ValueError: It is something else.

    Example:
        >>> from model_registry.server.identity.grants import read_grant
        >>> read_grant("group:ml-platform=writer")
        ('group:ml-platform', 'writer')
    """
    name, _, role = text.rpartition("=")
    if not name or role not in ROLES:
        raise ValueError(
            f"{text!r} is not NAME=ROLE: write ann@example.org=admin, group:ml=writer or *=reader"
        )
    return name, role


def granted(grants: Mapping[str, str], name: str, groups: Collection[str], way: str) -> Actor:
    """Return a caller with the highest role that is granted to its name or groups.

    Raises:
        ApiError: 403 when no role is granted.
    """
    keys = {EVERYONE, *(GROUP + group for group in groups)}
    if not name.startswith(GROUP):  # some people may choose their names
        keys.add(name)
    roles: list[Role] = [ROLES[grants[key]] for key in keys if key in grants]
    if not roles:
        raise ApiError(403, f"caller {name!r} has no role in this registry: it needs the role reader")
    return Actor(name, max(roles), way)
