"""Open the SQLite file of a registry: check, create and upgrade its tables."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from model_registry.exceptions import DatabaseError
from model_registry.server.database.address import MEMORY
from model_registry.server.database.migrations import HEAD, check_version
from model_registry.server.database.schema import TRIGGERS, metadata
from model_registry.server.database.sqlite_text import prepare_text
from model_registry.server.errors import DatabaseLockedError

APPLICATION_ID: Final = 0x4B4D5231
"""`PRAGMA application_id` of the file of a registry ("KMR1")."""

BUSY_SECONDS: Final = 30.0
"""How long to wait for another process that holds the file."""

_logger: Final = logging.getLogger("model_registry.server")
_RETRY_SECONDS: Final = 0.005
_CHECKPOINT_PAGES: Final = 4000
_VERSION_TABLE: Final = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


class NotWritableError(DatabaseError):
    """The file, or its folder, can only be read."""


def prepare(path: str, *, durable: bool, creates: bool = True) -> sqlite3.Connection:
    """Open a registry for writing, and create or upgrade its tables if needed.

    Args:
        path: The file, or `:memory:`.
        durable: Whether to wait for the disk at every commit.
        creates: Whether to create a registry if there is no file, or an empty one.

    Returns:
        The connection, for use by one thread at a time.

    Raises:
        NotWritableError: The file, or its folder, can only be read.
        DatabaseError: The folder does not exist, or the file is not a registry of a supported version. It was
            not changed.
    """
    if path != MEMORY:
        _refuse_foreign(path)
        if not (creates or _has_content(Path(path))):
            raise DatabaseError(f"there is no registry at {path}")
    try:
        connection = connect(path)
        try:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            if _version(connection) != HEAD:
                _migrate(path, connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot use {path} as a registry: {_reason(error)}") from error
    return connection


def stored_version(path: str) -> str | None:
    """Return the revision of the tables in a file, or None when there are none. Nothing is written.

    Raises:
        DatabaseError: The file is not a registry of a supported version.
    """
    if path == MEMORY:
        return None
    _refuse_foreign(path)
    if not _has_content(Path(path)):
        return None
    try:
        with contextlib.closing(_open_unchanged(Path(path).resolve())) as connection:
            return _version(connection)
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot read {path}: {_reason(error)}") from error


def connect(path: str, *, reading: bool = False, statements: int = 128) -> sqlite3.Connection:
    """Open a connection.

    Args:
        path: The file, `:memory:`, or the URI of a file that can only be read.
        reading: Whether it only reads. Then it creates no file, and leaves checkpoints to the writer.
        statements: Number of prepared statements that it stores.
    """
    if reading and not path.startswith("file:/"):
        path = f"file:{quote(os.path.abspath(path))}?mode=rw"  # noqa: PTH100  # `Path` would follow links
    connection = sqlite3.connect(
        path,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=reading,
        cached_statements=statements,
    )
    try:
        if reading:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        else:
            _write_ahead(connection)
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        prepare_text(connection)
        connection.execute("PRAGMA cache_size = -65536")
        if not _has_temporary_folder():
            # Otherwise sorting more than the cache holds fails with "disk I/O error".
            connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def uri_for_reading(path: str) -> str:
    """Return the URI with which SQLite opens the file of a registry that can only be read.

    Raises:
        DatabaseError: It cannot be read, or is not a registry of this version.
    """
    file = Path(path).resolve()
    # SQLite reads a file in a folder that it cannot write to only if nothing writes to the file.
    is_writable = os.access(file.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
    is_used = is_writable or Path(f"{file}-wal").exists()
    uri = f"file:{quote(str(file))}?{'mode=ro' if is_used else 'immutable=1'}"
    try:
        with contextlib.closing(connect(uri, reading=True)) as connection:
            _check(path, connection)
            version = _version(connection)
    except sqlite3.Error as error:
        raise DatabaseError(f"cannot read {path}: {_reason(error)}") from error
    if version != HEAD:
        raise DatabaseError(f"{path} has schema version {version}, and needs an upgrade")
    return uri


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode, which is permanent. If two connections switch at once, SQLite fails one of them."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:  # noqa: PERF203  # the loop retries
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _refuse_foreign(path: str) -> None:
    """Check that a file belongs to a registry, without changing it."""
    file = Path(path)
    if not file.parent.is_dir():
        raise DatabaseError(f"cannot create a registry at {path}: the folder {file.parent} does not exist")
    if file.is_dir():
        raise DatabaseError(f"{path} is a folder: use the path of a file in it")
    if not os.access(file.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise NotWritableError(
            f"cannot write to the folder {file.parent}, in which SQLite creates the journal of {file.name}"
        )
    if not _has_content(file):
        return
    # Only SQLite opens the file: closing another descriptor would release the locks that this process holds
    # through other connections (POSIX), and other processes could delete its journal.
    if not os.access(file, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise NotWritableError(f"cannot write to {path}: {os.strerror(errno.EACCES)}")
    try:
        with contextlib.closing(_open_unchanged(file.resolve())) as connection:
            _check(path, connection)
    except sqlite3.Error as error:
        if "not a database" in str(error):
            raise DatabaseError(
                f"{path} is not a SQLite database: use the path of a registry or of a new file"
            ) from error
        raise DatabaseError(f"cannot read {path}: {_reason(error)}") from error


def _reason(error: sqlite3.Error) -> str:
    return DatabaseLockedError.reason if "locked" in str(error) else str(error)


def _has_content(file: Path) -> bool:
    return file.exists() and not (file.is_file() and file.stat().st_size == 0)


def _check(path: str, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")  # a snapshot: another process may be creating the tables
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id != APPLICATION_ID and tables:
        raise DatabaseError(
            f"{path} is a database of another program, not a registry: use another file. Nothing was changed"
        )
    check_version(path, _version(connection))


def _open_unchanged(file: Path) -> sqlite3.Connection:
    """Open a file without changing it or leaving other files beside it."""
    # A read-only connection leaves empty journals beside a file without one. A writable one deletes them, but
    # would also apply a journal that existed before.
    has_journal = any(Path(f"{file}{ending}").exists() for ending in ("-wal", "-journal"))
    mode = "ro" if has_journal else "rw"
    return sqlite3.connect(
        f"file:{quote(str(file))}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )


def _version(connection: sqlite3.Connection) -> str | None:
    """Return the revision of the tables, or None when there are none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row: tuple[str] | None = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row and row[0]


def _migrate(path: str, connection: sqlite3.Connection) -> None:
    """Create or upgrade the tables in one transaction, once, however many processes start together."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        check_version(path, version)
        if version is None:
            _create(connection)
        elif version != HEAD:
            from model_registry.server.database.migrations.run import (
                upgrade_sqlite,
            )  # alembic takes 0.3 s to import

            upgrade_sqlite(connection)
        if connection.in_transaction:  # alembic commits
            connection.execute("COMMIT")
        if version is None and path != MEMORY:
            _logger.info("made a new registry in %s", Path(path).resolve())
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _create(connection: sqlite3.Connection) -> None:
    """Create the tables of a new registry. A test checks that migrations create the same tables."""
    dialect = sqlite_dialect()
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for table in metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    for trigger in TRIGGERS["sqlite"]:
        connection.execute(trigger)
    connection.execute(_VERSION_TABLE)
    connection.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _has_temporary_folder() -> bool:
    """Return whether SQLite can write temporary files. It looks for a folder where `tempfile` does."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        return False
    return True
