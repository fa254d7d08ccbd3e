"""What SQLite has to be told of texts, for LIKE and ILIKE to mean what they mean on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def prepare_text(connection: sqlite3.Connection) -> None:
    """Let LIKE tell upper from lower case, and give ILIKE a function that folds the case of all letters."""
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.create_function("fold_case", 1, _fold_case, deterministic=True)


def _fold_case(text: str | None) -> str | None:
    return None if text is None else text.lower()
