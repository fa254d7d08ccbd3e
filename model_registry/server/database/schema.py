"""The tables of a registry, for SQLite and PostgreSQL alike.

Three tables. `resource` has a row for everything that has an id, whatever its kind, with the JSON text that a
client gets as the answer; `attribution` says which artifacts belong to which versions; `property` repeats
fields and custom properties, one row each, in a form that filters can search by index.

What a row means is told by `resources.KINDS`; the tables know only numbers and texts.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from model_registry.server.resources import Family

INDEXED_TEXT: Final = 255
"""Longest text, in characters, that stands in an index. Names and external ids are never longer."""

NO_PARENT: Final = 0
"""`parent_id` of what has no parent and whose name is unique in the whole registry."""

# SQLite numbers rows by itself only when the column is called INTEGER. On PostgreSQL, texts are ordered and
# compared byte by byte, as SQLite does it, so that both databases give the same answers and LIKE can use an
# index whatever the locale.
_Id = BigInteger().with_variant(Integer(), "sqlite")
_Text = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData()

# Where PostgreSQL takes ids from. SQLite has one writer at a time, who takes the next one.
resource_id = Sequence("resource_id", metadata=metadata)

resource = Table(
    "resource",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("family", SmallInteger, nullable=False),
    # NULL for artifacts made without a parent: their names are not unique, and NULL equals nothing.
    Column("parent_id", _Id),
    Column("name", _Text, nullable=False),
    Column("external_id", _Text),
    Column("create_time", BigInteger, nullable=False),
    Column("update_time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    # The name before the parent, so that filters find names under any parent too.
    UniqueConstraint("kind", "name", "parent_id", name="resource_name"),
)
Index(
    "resource_external_id",
    resource.c.family,
    resource.c.external_id,
    unique=True,
    sqlite_where=resource.c.external_id.is_not(None),
    postgresql_where=resource.c.external_id.is_not(None),
)
# One index per order that a list can have: of one kind, below one parent, of all artifacts.
Index("resource_by_id", resource.c.kind, resource.c.id)
Index("resource_by_create_time", resource.c.kind, resource.c.create_time, resource.c.id)
Index("resource_by_update_time", resource.c.kind, resource.c.update_time, resource.c.id)
Index("resource_by_parent", resource.c.parent_id, resource.c.kind, resource.c.id)
# A partial index serves only a statement that repeats its condition word for word, hence the literal.
is_artifact = resource.c.family == literal_column(str(int(Family.ARTIFACT)))
for _name, _columns in {
    "artifact_by_id": (resource.c.id,),
    "artifact_by_create_time": (resource.c.create_time, resource.c.id),
    "artifact_by_update_time": (resource.c.update_time, resource.c.id),
}.items():
    Index(_name, *_columns, sqlite_where=is_artifact, postgresql_where=is_artifact)

attribution = Table(
    "attribution",
    metadata,
    Column("version_id", _Id, primary_key=True, autoincrement=False),
    Column("artifact_id", _Id, primary_key=True, autoincrement=False),
    # The artifact's name, which never changes: a version may have very many metrics to look through.
    Column("name", _Text, nullable=False),
    Index("attribution_by_name", "version_id", "name", "artifact_id"),
    sqlite_with_rowid=False,
)

property_ = Table(
    "property",
    metadata,
    Column("resource_id", _Id, primary_key=True, autoincrement=False),
    # A custom property may have the name of a built-in one, so the name alone does not tell them apart.
    Column("is_custom", Boolean, primary_key=True),
    Column("name", _Text, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    # Exactly one of the four values is set. A text of INDEXED_TEXT characters or more stands whole in
    # `long_value`, and as many of them in `string_value`.
    Column("string_value", _Text),
    Column("long_value", _Text),
    Column("int_value", BigInteger),
    Column("double_value", Double),
    Column("bool_value", Boolean),
    sqlite_with_rowid=False,
)
for _column in (
    property_.c.string_value,
    property_.c.int_value,
    property_.c.double_value,
    property_.c.bool_value,
):
    Index(
        f"property_by_{_column.name.removesuffix('_value')}",
        property_.c.kind,
        property_.c.name,
        _column,
        property_.c.resource_id,
        property_.c.is_custom,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )
Index(
    "property_by_long",
    property_.c.kind,
    property_.c.name,
    property_.c.resource_id,
    sqlite_where=property_.c.long_value.is_not(None),
    postgresql_where=property_.c.long_value.is_not(None),
)
