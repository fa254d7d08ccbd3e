"""Upgrade tables with alembic, on a connection that holds the lock for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import StaticPool, create_engine

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the missing revisions, up to one, in the current transaction of the connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def upgrade_sqlite(connection: sqlite3.Connection, revision: str = "head") -> None:
    """Run the missing revisions, up to one, on a connection of the SQLite driver."""
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as wrapped:
        upgrade(wrapped, revision)
