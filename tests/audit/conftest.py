from __future__ import annotations

import contextlib
import sqlite3

from tests.identity.conftest import any_db, bare, guard, guarded

__all__ = ["any_db", "bare", "guard", "guarded", "tamper"]


def tamper(db: str, statement: str) -> None:
    """Change a trail in a SQLite file, as somebody who may change its tables can."""
    with contextlib.closing(sqlite3.connect(db)) as connection, connection:
        for trigger in ("audit_entry_update", "audit_entry_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
