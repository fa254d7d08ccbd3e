"""Open the database that an address names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import InvalidArgumentError, MissingExtraError
from model_registry.server.database.protocol import READ_LIMIT

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Database

POSTGRESQL: Final = ("postgresql+psycopg://", "postgresql://", "postgres://")


def open_database(db: str, *, durable: bool = True, read_limit: float = READ_LIMIT) -> Database:
    """Return the database at an address, without opening it.

    Args:
        db: `sqlite:///relative.db`, `sqlite:////absolute.db`, a plain path, `:memory:`, or
            `postgresql+psycopg://user:password@host:port/database`.
        durable: Whether a write must survive a power failure once its response is sent. It always survives
            the end of the process.
        read_limit: Time limit of a read, in seconds.

    Raises:
        InvalidArgumentError: The kind of database is not supported.
        MissingExtraError: A package that the database needs is not installed.
    """
    if db.startswith(POSTGRESQL):
        try:
            from model_registry.server.database.postgresql import PostgreSQLDatabase  # needs an extra
        except ImportError as error:
            raise MissingExtraError.for_extra("postgres", "A registry in PostgreSQL", error) from error
        return PostgreSQLDatabase(db, durable=durable, read_limit=read_limit)
    scheme, marked, _ = db.partition("://")
    if marked and scheme != "sqlite":
        raise InvalidArgumentError(
            f"a registry cannot use a {scheme} database: use sqlite:///path, a path, :memory:,"
            " or postgresql+psycopg://user@host/database"
        )
    from model_registry.server.database.sqlite import SQLiteDatabase  # import only the driver in use

    return SQLiteDatabase(sqlite_path(db), durable=durable, read_limit=read_limit)


def sqlite_path(db: str) -> str:
    """Return the file of a SQLite address, or `:memory:`. `~` is the user's home folder."""
    if db in {"", "sqlite://", "sqlite:///", "sqlite:///:memory:"}:
        return ":memory:"
    return os.path.expanduser(db.removeprefix("sqlite:///"))  # noqa: PTH111  # `Path` would change the text
