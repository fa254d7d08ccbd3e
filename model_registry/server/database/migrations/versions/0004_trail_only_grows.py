"""Refuse changes of the audit trail in the database, except for those of the retention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry"
        " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
        "CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry"
        " WHEN OLD.id > (SELECT coalesce(max(last), 0) FROM audit_retention)"
        " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN"
        " IF OLD.id <= (SELECT max(last) FROM audit_retention) THEN RETURN OLD; END IF;"
        " END IF;"
        " RAISE EXCEPTION 'the audit trail only grows'; END $$",
        "CREATE TRIGGER audit_entry_changes BEFORE UPDATE OR DELETE ON audit_entry"
        " FOR EACH ROW EXECUTE FUNCTION audit_entry_only_grows()",
        "CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_only_grows()",
    ),
}


def upgrade() -> None:
    """Create the table and the triggers."""
    op.create_table("audit_retention", sa.Column("last", _ID, primary_key=True, autoincrement=False))
    for statement in _TRIGGERS[op.get_context().dialect.name]:
        op.execute(statement)
