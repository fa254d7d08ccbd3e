"""Which database an address means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.exceptions import InvalidArgumentError, MissingExtraError

if TYPE_CHECKING:
    from model_registry.server.database.store import Store

POSTGRESQL: Final = ("postgresql+psycopg://", "postgresql://", "postgres://")


def open_store(db: str, *, durable: bool = True) -> Store:
    """The store that a database address means. Nothing is opened yet.

    Args:
        db: `sqlite:///relative.db`, `sqlite:////absolute.db`, a plain path, `:memory:`, or
            `postgresql+psycopg://user:password@host:port/database`.
        durable: Whether a write must survive a power failure once it is answered. It survives the end of
            the process in any case.

    Raises:
        InvalidArgumentError: There is no such kind of database.
        MissingExtraError: What it needs is not installed.
    """
    if db.startswith(POSTGRESQL):
        try:
            from model_registry.server.database.postgresql import PostgreSQLStore  # an extra of its own
        except ImportError as error:
            raise MissingExtraError.for_extra("postgres", "A registry in PostgreSQL", error) from error
        return PostgreSQLStore(db, durable=durable)
    scheme, marked, _ = db.partition("://")
    if marked and scheme != "sqlite":
        raise InvalidArgumentError(
            f"a registry cannot be kept in {scheme}: give sqlite:///path, a path, :memory:,"
            " or postgresql+psycopg://user@host/database"
        )
    from model_registry.server.database.sqlite import SQLiteStore  # only the driver that is used

    return SQLiteStore(sqlite_path(db), durable=durable)


def sqlite_path(db: str) -> str:
    """The file that an address of a SQLite database names, or `:memory:`."""
    if db in {"", "sqlite://", "sqlite:///", "sqlite:///:memory:"}:
        return ":memory:"
    return db.removeprefix("sqlite:///")
