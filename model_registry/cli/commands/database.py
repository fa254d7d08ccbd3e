"""The commands `db backup` and `db upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from model_registry.cli.extras import needs_server
from model_registry.cli.groups import Group
from model_registry.cli.options import local_writing, pass_session
from model_registry.cli.plans import planned
from model_registry.cli.streams import output_file

from .serve import database_option

if TYPE_CHECKING:
    from model_registry.cli.session import Session
    from model_registry.types import Change


@click.group(cls=Group)
def db() -> None:
    """Back up or upgrade the database of a registry."""


@db.command(
    "backup",
    output="backup",
    examples=(
        "db backup monday.db",
        "db backup monday.db --db sqlite:////srv/registry.db",
        "db backup - | gzip > monday.db.gz",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@database_option
@local_writing
@pass_session
def backup(session: Session, *, db: str, file: Path) -> None:
    """Back up a registry in the SQLite file FILE, even while it is in use. FILE must not exist.

    - is standard output.
    """
    with needs_server("A backup"):
        from model_registry.server.database.backup import back_up, check_backup

    if session.dry_run:
        check_backup(db, file)
        session.show_plan([planned("create", "file", str(file))])
        return
    with output_file(file) as copy:
        size = back_up(db, copy)
    if copy == file:
        session.out.document({"file": str(file), "size": size}, f"{file}: {size} bytes")


@db.command(
    "upgrade",
    output="schema-version",
    examples=("db upgrade", "db upgrade --db postgresql+psycopg://registry@db.example.org/registry"),
)
@database_option
@local_writing
@pass_session
def upgrade(session: Session, *, db: str) -> None:
    """Create the tables of a registry, or upgrade older ones."""
    with needs_server("An upgrade of a database"):
        from model_registry.server.database.upgrade import upgrade as upgrade_tables
        from model_registry.server.database.upgrade import versions

        if session.dry_run:
            session.show_plan(_planned_upgrade(*versions(db)))
            return
        version = upgrade_tables(db)
    session.out.document({"version": version}, f"schema version {version}")


def _planned_upgrade(stored: str | None, newest: str) -> list[Change]:
    if stored == newest:
        return []
    verb: Literal["create", "change"] = "create" if stored is None else "change"
    return [planned(verb, "tables", "of the registry", {"version": stored}, {"version": newest})]
