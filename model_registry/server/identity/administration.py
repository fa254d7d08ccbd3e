"""What administrators do with the database of a registry, while servers use it or not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from model_registry.server.database.address import address_that_exists
from model_registry.server.database.opening import open_database
from model_registry.server.identity import token_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.database.protocol import Session
    from model_registry.server.identity.roles import Role
    from model_registry.server.identity.token_rows import NamedToken

Result = TypeVar("Result")


def create_token(db: str, name: str, role: Role, *, lifetime: float | None = None) -> str:
    """Create a named token.

    Args:
        db: Address of the database.
        name: Its name.
        role: Its role.
        lifetime: Seconds until it expires; None for a token that does not expire.

    Returns:
        The token. It cannot be read again: the database has only its hash.

    Raises:
        InvalidArgumentError: The name is not valid.
        DuplicateError: A token that is not revoked has the name.
        DatabaseError: The database cannot be used.

    Example:
        >>> from model_registry.server.identity.administration import create_token
        >>> from model_registry.server.identity.roles import Role
        >>> create_token(":memory:", "ci", Role.WRITER)[:4]
        'mrt_'
    """
    token_rows.check_name(name)  # before a new database is created
    milliseconds = None if lifetime is None else round(lifetime * 1000)
    return _write(db, lambda session: token_rows.create_token(session, name, role, milliseconds))


def list_tokens(db: str) -> list[NamedToken]:
    """Return all tokens, the oldest first.

    Raises:
        DatabaseError: The database does not exist, or cannot be used.
    """
    database = open_database(address_that_exists(db))
    try:
        return asyncio.run(database.read(token_rows.list_tokens, long=True))
    finally:
        database.close()


def revoke_token(db: str, name: str) -> None:
    """Revoke a token. Servers refuse it within a second.

    Raises:
        NotFoundError: No token that is not revoked has the name.
        DatabaseError: The database does not exist, or cannot be used.
    """
    _write(address_that_exists(db), lambda session: token_rows.revoke_token(session, name))


def _write(db: str, work: Callable[[Session], Result]) -> Result:
    database = open_database(db)
    try:
        return asyncio.run(database.write(work))
    finally:
        database.close()
