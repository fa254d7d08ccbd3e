"""Upgrade the tables of a registry without serving it."""

from __future__ import annotations

import asyncio

from model_registry.server.database.migrations import HEAD
from model_registry.server.database.opening import open_database


def upgrade(db: str) -> str:
    """Create the tables of a new registry, or upgrade those of an older one.

    Args:
        db: Address of the database.

    Returns:
        The schema version of the tables.

    Raises:
        DatabaseError: The database cannot be used, or is newer than this program.

    Example:
        >>> from model_registry.server.database.upgrade import upgrade
        >>> upgrade("registry.db") == upgrade("registry.db")
        True
    """
    database = open_database(db)
    try:
        asyncio.run(database.open())
    finally:
        database.close()
    return HEAD


def versions(db: str) -> tuple[str | None, str]:
    """Return the schema version of the tables, None if there are none, and the one that an upgrade leads to.

    Args:
        db: Address of the database. Nothing is written.

    Raises:
        DatabaseError: The database cannot be used, or is newer than this program.

    Example:
        >>> from model_registry.server.database.upgrade import versions
        >>> versions("no-registry.db")[0] is None
        True
    """
    return open_database(db).stored_version(), HEAD
