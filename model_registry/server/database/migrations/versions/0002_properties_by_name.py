"""Order the primary key of properties by name, so that filters read the values of one property in a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = ("kind", "name", "is_custom", "resource_id")
_BY_VALUE = ("string", "int", "double", "bool")
_COLUMNS = "resource_id, is_custom, name, kind, string_value, long_value, int_value, double_value, bool_value"


def upgrade() -> None:
    """Change the key. SQLite stores the rows in its order, so the table is written anew there."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("property_pkey", "property", type_="primary")
        op.create_primary_key("property_pkey", "property", list(_KEY))
        return
    for name in (*_BY_VALUE, "long"):
        op.drop_index(f"property_by_{name}", "property")
    op.rename_table("property", "property_by_resource")
    op.create_table(
        "property",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("is_custom", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("string_value", sa.Text()),
        sa.Column("long_value", sa.Text()),
        sa.Column("int_value", sa.BigInteger()),
        sa.Column("double_value", sa.Double[float]()),
        sa.Column("bool_value", sa.Boolean()),
        sa.PrimaryKeyConstraint(*_KEY),
        sqlite_with_rowid=False,
    )
    ordered = f"SELECT {_COLUMNS} FROM property_by_resource ORDER BY {', '.join(_KEY)}"
    op.execute(f"INSERT INTO property ({_COLUMNS}) {ordered}")
    op.drop_table("property_by_resource")
    for name in _BY_VALUE:
        _index(name, ["kind", "name", f"{name}_value", "resource_id", "is_custom"])
    _index("long", ["kind", "name", "resource_id"])


def _index(name: str, columns: list[str]) -> None:
    where = sa.text(f"{name}_value IS NOT NULL")
    op.create_index(f"property_by_{name}", "property", columns, sqlite_where=where)
