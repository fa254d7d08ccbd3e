"""The tables of a registry, the same on SQLite and PostgreSQL.

`resource` has a row for every resource of any kind, with the JSON text of the response. `attribution` links
artifacts to versions. `property` repeats each field and custom property in a row that filters can find by
index. `token`, `audit_entry` and `audit_retention` are for registries that check who sends requests.

`kinds.KINDS` gives the numbers of kinds and families their meaning.
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
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from model_registry.server.kinds import Family

INDEXED_TEXT: Final = 255
"""Maximum length of an indexed text, in characters. Names and external ids are never longer."""

NO_PARENT: Final = 0
"""`parent_id` of resources without a parent, whose names are unique in the whole registry."""

# SQLite uses the id as the row id only when its type is INTEGER. PostgreSQL compares texts byte by byte, as
# SQLite does, so that both databases return the same results and LIKE can use an index in every locale.
_Id = BigInteger().with_variant(Integer(), "sqlite")
_Text = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData()

# The source of ids on PostgreSQL. SQLite has one writer at a time, which takes the next id.
resource_id = Sequence("resource_id", metadata=metadata)

resource = Table(
    "resource",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("family", SmallInteger, nullable=False),
    # NULL for artifacts without a parent: their names are not unique, and NULL equals nothing.
    Column("parent_id", _Id),
    Column("name", _Text, nullable=False),
    Column("external_id", _Text),
    Column("create_time", BigInteger, nullable=False),
    Column("update_time", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    # The name is first so that filters find it under any parent.
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
# One index per order of a list: of one kind, below one parent, of all artifacts.
Index("resource_by_id", resource.c.kind, resource.c.id)
Index("resource_by_create_time", resource.c.kind, resource.c.create_time, resource.c.id)
Index("resource_by_update_time", resource.c.kind, resource.c.update_time, resource.c.id)
Index("resource_by_parent", resource.c.parent_id, resource.c.kind, resource.c.id)
# A partial index is used only by statements that repeat its condition literally.
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
    # The artifact's name, which never changes: a version may have many metrics.
    Column("name", _Text, nullable=False),
    Index("attribution_by_name", "version_id", "name", "artifact_id"),
    sqlite_with_rowid=False,
)

property_ = Table(
    "property",
    metadata,
    Column("resource_id", _Id, nullable=False),
    # A custom property may have the name of a field, so the name alone is not unique.
    Column("is_custom", Boolean, nullable=False),
    Column("name", _Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    # One of the four values is set; of a struct only `long_value`, its JSON. Of a text of INDEXED_TEXT
    # characters or more, `long_value` is the whole text, and `string_value` its indexed beginning.
    Column("string_value", _Text),
    Column("long_value", _Text),
    Column("int_value", BigInteger),
    Column("double_value", Double),
    Column("bool_value", Boolean),
    # The values of one property, in the order of ids.
    PrimaryKeyConstraint("kind", "name", "is_custom", "resource_id"),
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

token = Table(
    "token",
    metadata,
    Column("id", _Text, primary_key=True),
    Column("name", _Text, nullable=False),
    Column("role", SmallInteger, nullable=False),
    Column("hash", _Text, nullable=False),
    Column("create_time", BigInteger, nullable=False),
    Column("expire_time", BigInteger),
    Column("revoke_time", BigInteger),
    Column("use_time", BigInteger),
)
# The name of a revoked token may be used again.
Index(
    "token_name",
    token.c.name,
    unique=True,
    sqlite_where=token.c.revoke_time.is_(None),
    postgresql_where=token.c.revoke_time.is_(None),
)

# Entries are read in the order of ids, so that a write maintains no other index.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("actor", _Text, nullable=False),
    Column("way", _Text, nullable=False),
    Column("author", _Text),
    Column("operation", _Text, nullable=False),
    Column("kind", SmallInteger),
    Column("resource_id", _Id),
    Column("name", _Text),
    Column("request_id", _Text),
    Column("changes", Text, nullable=False),
    Column("hash", _Text),
)

# Up to which id the retention deletes entries. It has at most one row.
audit_retention = Table(
    "audit_retention", metadata, Column("last", _Id, primary_key=True, autoincrement=False)
)

TRIGGERS: Final = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry"
        " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
        "CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry"
        " WHEN OLD.id > (SELECT coalesce(max(last), 0) FROM audit_retention)"
        " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
        # An INSERT OR REPLACE deletes without the trigger above.
        "CREATE TRIGGER audit_entry_replace BEFORE INSERT ON audit_entry"
        " WHEN NEW.id = (SELECT max(id) FROM audit_entry)"
        " BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END",
        "CREATE TRIGGER audit_entry_insert AFTER INSERT ON audit_entry"
        " WHEN NEW.id < 1 OR NEW.id < (SELECT max(id) FROM audit_entry)"
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
"""Statements that create triggers, by dialect. They refuse all changes of entries but the retention's."""
