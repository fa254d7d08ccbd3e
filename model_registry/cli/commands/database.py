"""The commands `db backup` and `db upgrade`."""

from __future__ import annotations

import sys

import click

from model_registry.cli.extras import needs_server
from model_registry.cli.groups import Group

from .serve import database_option


@click.group(cls=Group)
def db() -> None:
    """Back up or upgrade the database of a registry."""


@db.command("backup", examples=("db backup monday.db", "db backup monday.db --db sqlite:////srv/registry.db"))
@click.argument("file")
@database_option
def backup(db: str, file: str) -> None:
    """Back up a registry in the SQLite file FILE, even while it is in use. FILE must not exist."""
    with needs_server("A backup"):
        from model_registry.server.database.backup import back_up

        size = back_up(db, file)
    sys.stdout.write(f"{file}: {size} bytes\n")


@db.command(
    "upgrade",
    examples=("db upgrade", "db upgrade --db postgresql+psycopg://registry@db.example.org/registry"),
)
@database_option
def upgrade(db: str) -> None:
    """Create the tables of a registry, or upgrade older ones."""
    with needs_server("An upgrade of a database"):
        from model_registry.server.database.upgrade import upgrade as upgrade_tables

        version = upgrade_tables(db)
    sys.stdout.write(f"schema version {version}\n")
