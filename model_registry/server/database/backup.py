"""Back up a registry while it is in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from model_registry.exceptions import DatabaseError, InvalidArgumentError
from model_registry.server.database.address import MEMORY, sqlite_address
from model_registry.server.database.sqlite_file import APPLICATION_ID, connect


def back_up(db: str, target: str | os.PathLike[str]) -> int:
    """Copy a registry at one moment, while other processes may read and write it.

    The target file appears when the copy is complete and on disk. The copy is a registry: open it, or replace
    the original with it while nothing uses the original.

    Args:
        db: Address of the registry, in a SQLite file.
        target: The file to create.

    Returns:
        The size of the copy, in bytes.

    Raises:
        InvalidArgumentError: The target exists, its folder does not exist, or the registry is not in a file.
        DatabaseError: There is no registry at `db`, or it cannot be copied.

    Example:
        >>> from model_registry.server.database.backup import back_up
        >>> back_up("registry.db", "copy.db")
        Traceback (most recent call last):
        model_registry.exceptions.DatabaseError: there is no registry at registry.db
    """
    source, copy = check_backup(db, target)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{copy.name}-", dir=copy.parent) as folder:
            unfinished = Path(folder) / copy.name
            _copy(source, unfinished)
            shutil.copymode(source, unfinished)
            _publish(unfinished, copy)
    except FileExistsError:
        raise InvalidArgumentError(
            f"{copy} already exists: choose another file, a backup does not overwrite files"
        ) from None
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"cannot back up {source} to {copy}: {error}") from error
    return copy.stat().st_size


def check_backup(db: str, target: str | os.PathLike[str]) -> tuple[str, Path]:
    """Check that a registry can be backed up in a file, and return the file of the registry and the copy.

    Args:
        db: Address of the registry, in a SQLite file.
        target: The file to create.

    Raises:
        InvalidArgumentError: The target exists, its folder does not exist, or the registry is not in a file.
        DatabaseError: There is no registry at `db`.
    """
    address, copy = sqlite_address(db), Path(target)
    if address is None:
        raise InvalidArgumentError("cannot back up a registry in PostgreSQL: use pg_dump")
    source = address.path
    if source == MEMORY:
        raise InvalidArgumentError("cannot back up a registry in memory: its data exists only in its process")
    if not Path(source).is_file():
        raise DatabaseError(f"there is no registry at {source}")
    if not copy.parent.is_dir():
        raise InvalidArgumentError(f"cannot write {copy}: the folder {copy.parent} does not exist")
    if copy.exists():
        raise InvalidArgumentError(
            f"{copy} already exists: choose another file, a backup does not overwrite files"
        )
    return source, copy


def _copy(source: str, target: Path) -> None:
    with contextlib.closing(connect(source, reading=True)) as reading:
        if reading.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise DatabaseError(f"{source} is not a registry")
        with contextlib.closing(sqlite3.connect(target)) as writing:
            # In one step: a copy in several steps restarts after every write, and would never end under load.
            reading.backup(writing, pages=-1)
            # A single file that needs no journal beside it, even for reading.
            writing.execute("PRAGMA journal_mode = DELETE")


def _publish(unfinished: Path, copy: Path) -> None:
    """Rename a complete copy to its final name, unless a file has that name."""
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    os.link(unfinished, copy)
    folder = os.open(copy.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
