"""Add the tables of named tokens and of the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "token",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("hash", _TEXT, nullable=False),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.Column("expire_time", sa.BigInteger()),
        sa.Column("revoke_time", sa.BigInteger()),
        sa.Column("use_time", sa.BigInteger()),
    )
    active = sa.text("revoke_time IS NULL")
    op.create_index(
        "token_name", "token", ["name"], unique=True, sqlite_where=active, postgresql_where=active
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("way", _TEXT, nullable=False),
        sa.Column("author", _TEXT),
        sa.Column("operation", _TEXT, nullable=False),
        sa.Column("kind", sa.SmallInteger()),
        sa.Column("resource_id", _ID),
        sa.Column("name", _TEXT),
        sa.Column("request_id", _TEXT),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("hash", _TEXT),
    )
