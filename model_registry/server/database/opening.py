"""Open the database that an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError
from model_registry.server.database.address import sqlite_address
from model_registry.server.database.protocol import READ_LIMIT

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Database


def open_database(db: str, *, durable: bool = True, read_limit: float = READ_LIMIT) -> Database:
    """Return the database at an address, without opening it.

    Args:
        db: `sqlite:///relative.db`, `sqlite:////absolute.db`, a plain path, `:memory:`, or
            `postgresql+psycopg://user:password@host:port/database`. `sqlite:///registry.db?mode=ro` is only
            read.
        durable: Whether a write must survive a power failure once its response is sent. It always survives
            the end of the process.
        read_limit: Time limit of a read, in seconds.

    Raises:
        InvalidArgumentError: The address is not valid, or the kind of database is not supported.
        MissingExtraError: A package that the database needs is not installed.
    """
    sqlite = sqlite_address(db)
    if sqlite is not None:
        from model_registry.server.database.sqlite import SQLiteDatabase  # import only the driver in use

        return SQLiteDatabase(sqlite.path, mode=sqlite.mode, durable=durable, read_limit=read_limit)
    try:
        from model_registry.server.database.postgresql import PostgreSQLDatabase  # needs an extra
    except ImportError as error:
        raise MissingExtraError.for_extra("postgres", "A registry in PostgreSQL", error) from error
    return PostgreSQLDatabase(db, durable=durable, read_limit=read_limit)
