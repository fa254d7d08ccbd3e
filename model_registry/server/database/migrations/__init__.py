"""Migrations of the tables.

Revisions are numbered in order. The tables of a new registry are created from `schema`. Older ones run the
revisions in `versions`; only these need alembic.
"""

from __future__ import annotations

from typing import Final

from model_registry.exceptions import DatabaseError

HEAD: Final = "0005"
"""The current revision."""


def check_version(database: str, version: str | None) -> None:
    """Check that a database is not newer than this program.

    Args:
        database: Name of the database in the message.
        version: Its revision, or None when it has no tables yet.

    Raises:
        DatabaseError: It is newer than this program.
    """
    if version is not None and version > HEAD:
        raise DatabaseError(
            f"{database} has schema version {version}, newer than {HEAD}, which is the newest"
            " that this program supports: update model-registry"
        )
