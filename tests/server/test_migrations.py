"""The revisions lead to the tables that a new registry gets at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory

from model_registry.server.database import migrations
from model_registry.server.database.migrations.run import upgrade_sqlite
from model_registry.server.database.sqlite_file import connect, prepare

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
