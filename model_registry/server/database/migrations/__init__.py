"""How the tables came to be what they are.

Revisions are numbered in order. A new registry is made from `schema` at once; older ones go through the
revisions in `versions`, for which alone alembic is imported.
"""

from __future__ import annotations

from typing import Final

from model_registry.exceptions import DatabaseError

HEAD: Final = "0001"
"""The revision that this program works with."""


def check_version(database: str, version: str | None) -> None:
    """Refuse a database that a newer program has made.

    Args:
        database: What to call it in the message.
        version: Its revision, or None when it has no tables yet.

    Raises:
        DatabaseError: It is newer than this program.
    """
    if version is not None and version > HEAD:
        raise DatabaseError(
            f"{database} has schema version {version}, newer than {HEAD}, the last one that this program"
            " knows: update model-registry"
        )
