"""Refuse entries of the audit trail that replace others, or stand before others, on SQLite."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

_TRIGGERS = (
    "CREATE TRIGGER audit_entry_replace BEFORE INSERT ON audit_entry"
    " WHEN NEW.id = (SELECT max(id) FROM audit_entry)"
    " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
    "CREATE TRIGGER audit_entry_insert AFTER INSERT ON audit_entry"
    " WHEN NEW.id < 1 OR NEW.id < (SELECT max(id) FROM audit_entry)"
    " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
)


def upgrade() -> None:
    """Create the triggers. PostgreSQL replaces rows with an UPDATE, which is refused already."""
    if op.get_context().dialect.name == "sqlite":
        for statement in _TRIGGERS:
            op.execute(statement)
