"""The revisions lead to the tables that a new registry gets at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from model_registry.server.database import migrations, postgresql_tables
from model_registry.server.database.migrations.run import upgrade, upgrade_sqlite
from model_registry.server.database.sqlite_file import APPLICATION_ID, connect, prepare
from tests.support.many_resources import crowd

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def tables(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Names and definitions, without how they are laid out in lines."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name <> 'alembic_version'")
    return {(name, "".join((sql or "").split())) for name, sql in rows if "alembic" not in name}


def test_migrating_and_making_anew_end_alike(tmp_path: Path) -> None:
    with (
        contextlib.closing(prepare(str(tmp_path / "new.db"), durable=False)) as new,
        contextlib.closing(connect(str(tmp_path / "migrated.db"))) as migrated,
    ):
        migrated.execute("BEGIN IMMEDIATE")
        upgrade_sqlite(migrated)
        if migrated.in_transaction:
            migrated.execute("COMMIT")
        assert tables(migrated) == tables(new)
        versions = [
            one.execute("SELECT version_num FROM alembic_version").fetchall() for one in (new, migrated)
        ]
        assert versions == [[(migrations.HEAD,)]] * 2


def test_a_registry_of_the_first_revision_keeps_its_properties(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    rows = [row for row in crowd(30) if row[0] != "attribution"]
    with contextlib.closing(connect(str(file))) as old:
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        upgrade_sqlite(old, "0001")
        old.execute("BEGIN")
        for table, values in rows:
            old.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        old.execute("COMMIT")
        stored = old.execute("SELECT * FROM property ORDER BY resource_id, is_custom, name").fetchall()
    with contextlib.closing(prepare(str(file), durable=False)) as upgraded:
        moved = upgraded.execute("SELECT * FROM property ORDER BY resource_id, is_custom, name").fetchall()
        assert moved == stored
        assert upgraded.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrations.HEAD,)]


def test_a_registry_of_the_first_revision_in_postgresql_is_upgraded(postgresql_db: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    address = postgresql_db.replace("+psycopg", "")
    engine = create_engine(postgresql_db)
    with engine.begin() as connection:
        upgrade(connection, "0001")
    engine.dispose()
    postgresql_tables.prepare(address, "old")
    with psycopg.connect(address) as connection:
        key = connection.execute("SELECT pg_get_indexdef('property_pkey'::regclass)").fetchone()[0]
        assert key.endswith("(kind, name, is_custom, resource_id)")
        assert triggers(connection) == {"audit_entry_changes", "audit_entry_truncate"}


def test_a_new_registry_in_postgresql_has_the_same_triggers(postgresql_db: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    address = postgresql_db.replace("+psycopg", "")
    postgresql_tables.prepare(address, "new")
    with psycopg.connect(address) as connection:
        assert triggers(connection) == {"audit_entry_changes", "audit_entry_truncate"}


def triggers(connection: Any) -> set[str]:
    """Names of the triggers."""
    return {name for (name,) in connection.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")}


def test_the_head_is_the_last_revision() -> None:
    folder = migrations.__path__[0]
    assert ScriptDirectory(folder).get_heads() == [migrations.HEAD]


def test_alembic_is_not_loaded_for_a_current_registry(tmp_path: Path) -> None:
    program = (
        "import sys; from model_registry.server.database.sqlite_file import prepare;"
        f"[prepare({str(tmp_path / 'registry.db')!r}, durable=False).close() for _ in range(2)];"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
