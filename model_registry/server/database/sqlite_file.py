"""The SQLite file of a registry: whose it is, which version it has, and how it is opened."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from model_registry.exceptions import DatabaseError
from model_registry.server.database.migrations import HEAD, check_version
from model_registry.server.database.schema import metadata
from model_registry.server.database.sqlite_text import prepare_text

MEMORY: Final = ":memory:"
APPLICATION_ID: Final = 0x4B4D5231
"""What `PRAGMA application_id` says of our files ("KMR1")."""

_BUSY_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 0.005
_CHECKPOINT_PAGES: Final = 4000
_VERSION_TABLE: Final = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


def prepare(path: str, *, durable: bool) -> sqlite3.Connection:
    """Open a registry for writing, making or updating its tables when that is needed.

    Args:
        path: The file, or `:memory:`.
        durable: Whether to wait for the disk at every commit.

    Returns:
        The connection, to be used by one thread at a time.

    Raises:
        DatabaseError: There is no such folder, the file cannot be written, or it is not a registry of a
            version that this program knows. It has not been touched.
    """
    if path != MEMORY:
        _refuse_foreign(path)
    try:
        connection = connect(path)
        try:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            if _version(connection) != HEAD:
                _bring_up_to_date(path, connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot use {path} as a registry: {error}") from error
    return connection


def connect(path: str, *, reading: bool = False) -> sqlite3.Connection:
    """Open a connection.

    Args:
        path: The file, or `:memory:`.
        reading: Whether it must not write. Then it leaves checkpoints to the writer as well.
    """
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        if reading:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        else:
            _write_ahead(connection)
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        prepare_text(connection)
        connection.execute("PRAGMA cache_size = -65536")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL; it stays so. Of two that switch at once, SQLite lets one fail rather than wait."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:  # noqa: PERF203  # trying again is what the loop is for
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _refuse_foreign(path: str) -> None:
    """Look at a file without changing anything about it."""
    file = Path(path)
    if not file.parent.is_dir():
        raise DatabaseError(f"cannot make a registry at {path}: there is no folder {file.parent}")
    if not os.access(file.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise DatabaseError(
            f"cannot write to the folder {file.parent}, where SQLite keeps journals of {file.name}"
        )
    if not file.exists() or (file.is_file() and file.stat().st_size == 0):
        return
    # Not opened but by SQLite: closing any other descriptor would drop the locks that this process may hold
    # on the file through another connection (POSIX), and let other processes take away its journal.
    if not os.access(file, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise DatabaseError(f"cannot write to {path}: {os.strerror(errno.EACCES)}")
    try:
        with contextlib.closing(_look(file.resolve())) as looking:
            _check(path, looking)
    except sqlite3.Error as error:
        if "not a database" in str(error):
            raise DatabaseError(
                f"{path} is not a SQLite database; give the path of a registry or of a new file"
            ) from error
        raise DatabaseError(f"cannot read {path}: {error}") from error


def _check(path: str, looking: sqlite3.Connection) -> None:
    looking.execute("BEGIN")  # one moment: another process may be making the tables just now
    (application_id,) = looking.execute("PRAGMA application_id").fetchone()
    (tables,) = looking.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id != APPLICATION_ID and tables:
        raise DatabaseError(f"{path} is a database of another program, not a registry; it was left alone")
    check_version(path, _version(looking))


def _look(file: Path) -> sqlite3.Connection:
    """Open a file without changing anything about it or leaving anything beside it."""
    # Whoever may only read leaves empty journals beside a file that has none; whoever may write takes them
    # away again, but would also finish what is in a journal that was there before.
    has_journal = any(Path(f"{file}{ending}").exists() for ending in ("-wal", "-journal"))
    mode = "ro" if has_journal else "rw"
    return sqlite3.connect(
        f"file:{quote(str(file))}?mode={mode}", uri=True, timeout=_BUSY_SECONDS, isolation_level=None
    )


def _version(connection: sqlite3.Connection) -> str | None:
    """The revision of the tables, or None when there are none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row: tuple[str] | None = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row and row[0]


def _bring_up_to_date(path: str, connection: sqlite3.Connection) -> None:
    """Make or change the tables in one transaction, once, however many processes start together."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        check_version(path, version)
        if version is None:
            _create(connection)
        elif version != HEAD:
            from model_registry.server.database.migrations.run import upgrade_sqlite  # alembic costs 0.3 s

            upgrade_sqlite(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables of a new registry. A test sees that migrations lead to the same ones."""
    dialect = sqlite_dialect()
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for table in metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    connection.execute(_VERSION_TABLE)
    connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
