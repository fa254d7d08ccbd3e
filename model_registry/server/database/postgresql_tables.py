"""Check, create and upgrade the tables of a registry in PostgreSQL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import StaticPool, create_engine
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql_dialect
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable, ExecutableDDLElement

from model_registry.exceptions import DatabaseError
from model_registry.server.database.migrations import HEAD, check_version
from model_registry.server.database.postgresql_connection import is_pooled
from model_registry.server.database.schema import TRIGGERS, metadata, resource_id

if TYPE_CHECKING:
    from psycopg import Connection

LOCK: Final = 0x4B4D5231
"""The advisory lock for creating and upgrading the tables."""

_logger: Final = logging.getLogger("model_registry.server")
_OLDEST: Final = 120000
_VERSION_TABLE: Final = """
    CREATE TABLE alembic_version
    (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)
"""


def prepare(address: str, name: str) -> bool:
    """Create or upgrade the tables, once, however many processes start together.

    Args:
        address: Address of the database for libpq.
        name: Name of the database in messages.

    Returns:
        Whether a pooler, such as PgBouncer, is between this program and the server.

    Raises:
        DatabaseError: The database cannot be reached, or a registry cannot use it. It was not changed.
    """
    try:
        # Prepared statements would break behind a pooler.
        with psycopg.connect(address, prepare_threshold=None) as connection:
            _check_server(connection, name)
            has_pooler = is_pooled(connection)
            if _version(connection, name) == HEAD:
                return has_pooler
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            version = _version(connection, name)
            if version is None:
                _create(connection)
                _logger.info("made a new registry in %s", name)
            elif version != HEAD:
                upgrade(connection)
    except psycopg.Error as error:
        raise DatabaseError(f"cannot use {name} as a registry: {str(error).strip()}") from error
    return has_pooler


def stored_version(address: str, name: str) -> str | None:
    """Return the revision of the tables, or None when there are none. Nothing is written.

    Args:
        address: Address of the database for libpq.
        name: Name of the database in messages.

    Raises:
        DatabaseError: The database cannot be reached, or a registry cannot use it.
    """
    try:
        with psycopg.connect(address, prepare_threshold=None) as connection:
            _check_server(connection, name)
            return _version(connection, name)
    except psycopg.Error as error:
        raise DatabaseError(f"cannot use {name} as a registry: {str(error).strip()}") from error


def upgrade(connection: Connection[Any]) -> None:
    """Run the missing revisions, and commit."""
    from model_registry.server.database.migrations import run  # alembic takes 0.3 s to import

    engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as wrapped:
        run.upgrade(wrapped)
        wrapped.commit()


def _check_server(connection: Connection[Any], name: str) -> None:
    if connection.info.server_version < _OLDEST:
        raise DatabaseError(
            f"{name} is PostgreSQL {connection.info.server_version // 10000};"
            " a registry needs version 12 or newer"
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseError(f"{name} has the encoding {encoding}: create it with ENCODING 'UTF8'")


def _version(connection: Connection[Any], name: str) -> str | None:
    """Return the revision of the tables, or None when there are none."""
    tables = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    ).fetchall()
    present = {row[0] for row in tables}
    if "alembic_version" not in present:
        if foreign := present & set(metadata.tables):
            raise DatabaseError(
                f"{name} has a table {min(foreign)!r} of another program: use another database."
                " Nothing was changed"
            )
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    version: str | None = row[0] if row else None
    check_version(name, version)
    return version


def _create(connection: Connection[Any]) -> None:
    """Create the tables of a new registry. A test checks that migrations create the same tables."""
    definitions: list[ExecutableDDLElement] = [CreateSequence(resource_id)]
    for table in metadata.sorted_tables:
        definitions.append(CreateTable(table))
        definitions += map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name)))
    dialect = postgresql_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
    for definition in definitions:
        connection.execute(str(definition.compile(dialect=dialect)).encode())
    for trigger in TRIGGERS["postgresql"]:
        connection.execute(trigger.encode())
    connection.execute(_VERSION_TABLE)
    connection.execute("INSERT INTO alembic_version VALUES (%s)", [HEAD])
