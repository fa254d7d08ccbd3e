"""Bringing a registry's tables up to date without serving it."""

from __future__ import annotations

import asyncio

from model_registry.server.database.address import open_store
from model_registry.server.database.migrations import HEAD


def upgrade(db: str) -> str:
    """Make the tables of a new registry, or change those of an older one. Without effect on a current one.

    Args:
        db: Address of the database.

    Returns:
        The version that the tables have now.

    Raises:
        DatabaseError: The database cannot be used, or is newer than this program.

    Example:
        >>> from model_registry.server.database.upgrade import upgrade
        >>> upgrade("registry.db") == upgrade("registry.db")
        True
    """
    store = open_store(db)
    try:
        asyncio.run(store.open())
    finally:
        store.close()
    return HEAD
