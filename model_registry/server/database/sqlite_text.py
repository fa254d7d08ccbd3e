"""Make LIKE and ILIKE mean the same on SQLite as on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def prepare_text(connection: sqlite3.Connection) -> None:
    """Make LIKE case-sensitive, and define a function for ILIKE that folds the case of all letters."""
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.create_function("fold_case", 1, _fold_case, deterministic=True)


def _fold_case(text: str | None) -> str | None:
    return None if text is None else text.lower()
