"""A copy of a registry that is in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from model_registry.exceptions import DatabaseError, InvalidArgumentError
from model_registry.server.database.address import POSTGRESQL, sqlite_path
from model_registry.server.database.sqlite_file import APPLICATION_ID, MEMORY, connect


def back_up(db: str, target: str | os.PathLike[str]) -> int:
    """Copy a registry as it is at one moment, while others may read and write it.

    The copy appears under its name when it is complete and on disk. It is a registry itself: open it, or put
    it in the place of the other one while nothing uses that.

    Args:
        db: Address of the registry, in a SQLite file.
        target: The file to make.

    Returns:
        The size of the copy, in bytes.

    Raises:
        InvalidArgumentError: The target exists, or its folder does not, or the registry is not in a file.
        DatabaseError: There is no registry at `db`, or it cannot be copied.

    Example:
        >>> from model_registry.server.database.backup import back_up
        >>> back_up("registry.db", "copy.db")
        Traceback (most recent call last):
        model_registry.exceptions.DatabaseError: there is no registry at registry.db
    """
    if db.startswith(POSTGRESQL):
        raise InvalidArgumentError("a registry in PostgreSQL is backed up with PostgreSQL's own pg_dump")
    source, copy = sqlite_path(db), Path(target)
    if source == MEMORY:
        raise InvalidArgumentError("a registry in memory cannot be backed up by another process")
    if not Path(source).is_file():
        raise DatabaseError(f"there is no registry at {source}")
    if not copy.parent.is_dir():
        raise InvalidArgumentError(f"cannot write {copy}: there is no folder {copy.parent}")
    if copy.exists():
        raise InvalidArgumentError(f"{copy} exists already; a backup overwrites nothing")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{copy.name}-", dir=copy.parent) as folder:
            unfinished = Path(folder) / copy.name
            _copy(source, unfinished)
            shutil.copymode(source, unfinished)
            _appear(unfinished, copy)
    except FileExistsError:
        raise InvalidArgumentError(f"{copy} exists already; a backup overwrites nothing") from None
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"cannot back up {source} to {copy}: {error}") from error
    return copy.stat().st_size


def _copy(source: str, target: Path) -> None:
    with contextlib.closing(connect(source, reading=True)) as reading:
        if reading.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise DatabaseError(f"{source} is not a registry")
        with contextlib.closing(sqlite3.connect(target)) as writing:
            # In one step: one in several begins again whenever somebody has written, under load for ever.
            reading.backup(writing, pages=-1)
            # One file that needs no other beside it, not even to be read.
            writing.execute("PRAGMA journal_mode = DELETE")


def _appear(unfinished: Path, copy: Path) -> None:
    """Give a finished file its name, unless something has it."""
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    os.link(unfinished, copy)
    folder = os.open(copy.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
