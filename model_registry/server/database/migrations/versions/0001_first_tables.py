"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _indexed_if(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Create the tables."""
    if op.get_context().dialect.supports_sequences:
        op.execute(sa.schema.CreateSequence(sa.Sequence("resource_id")))
    op.create_table(
        "resource",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("family", sa.SmallInteger(), nullable=False),
        sa.Column("parent_id", _ID),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("external_id", _TEXT),
        sa.Column("create_time", sa.BigInteger(), nullable=False),
        sa.Column("update_time", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.UniqueConstraint("kind", "name", "parent_id", name="resource_name"),
    )
    _indexed_if(
        "resource_external_id",
        "resource",
        ["family", "external_id"],
        "external_id IS NOT NULL",
        unique=True,
    )
    op.create_index("resource_by_id", "resource", ["kind", "id"])
    op.create_index("resource_by_create_time", "resource", ["kind", "create_time", "id"])
    op.create_index("resource_by_update_time", "resource", ["kind", "update_time", "id"])
    op.create_index("resource_by_parent", "resource", ["parent_id", "kind", "id"])
    _indexed_if("artifact_by_id", "resource", ["id"], "family = 2")
    _indexed_if("artifact_by_create_time", "resource", ["create_time", "id"], "family = 2")
    _indexed_if("artifact_by_update_time", "resource", ["update_time", "id"], "family = 2")
    op.create_table(
        "attribution",
        sa.Column("version_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("artifact_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("name", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("attribution_by_name", "attribution", ["version_id", "name", "artifact_id"])
    op.create_table(
        "property",
        sa.Column("resource_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("is_custom", sa.Boolean(), primary_key=True),
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("string_value", _TEXT),
        sa.Column("long_value", _TEXT),
        sa.Column("int_value", sa.BigInteger()),
        sa.Column("double_value", sa.Double[float]()),
        sa.Column("bool_value", sa.Boolean()),
        sqlite_with_rowid=False,
    )
    for name in ("string", "int", "double", "bool"):
        columns = ["kind", "name", f"{name}_value", "resource_id", "is_custom"]
        _indexed_if(f"property_by_{name}", "property", columns, f"{name}_value IS NOT NULL")
    _indexed_if("property_by_long", "property", ["kind", "name", "resource_id"], "long_value IS NOT NULL")
