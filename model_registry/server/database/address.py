"""Read the address of a database."""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.arguments import checked_path

MEMORY: Final = ":memory:"
"""The path of a SQLite database in memory."""

_POSTGRESQL: Final = ("postgresql+psycopg://", "postgresql://", "postgres://")
_SQLITE: Final = "sqlite:///"
_SUPPORTED: Final = "use sqlite:///path, a path, :memory:, or postgresql+psycopg://user@host/database"
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/|(?i:((?:sqlite|postgres|file)[a-z0-9+]*):)")
# Not paths, but addresses without a scheme. Nothing of them is shown, because they may contain a password.
_WITHOUT_SCHEME: Final = re.compile(
    r"/*[^/]*:.*@|.*//[^/]*:[^/]*@|.*\b(?:host|hostaddr|dbname|user|password|service)\s*="
)
_PATH_WITH_MODE: Final = re.compile(r"\?(?:[^/]*&)?mode=[^/]*\Z")
_MODES: Final = ("ro", "rw", "rwc")


class SQLiteAddress(NamedTuple):
    """The file of a registry.

    Attributes:
        path: The file, or `:memory:`.
        mode: As in SQLite's URIs: `ro` to only read it, `rw` to not create it, or `rwc`.
    """

    path: str
    mode: str = "rwc"


def sqlite_address(db: str) -> SQLiteAddress | None:
    """Return the file of an address of SQLite, or None for an address of PostgreSQL.

    `~` is the user's home folder.

    Raises:
        InvalidArgumentError: The address is not valid. The message does not contain the address, because it
            may contain a password.

    Example:
        >>> sqlite_address("sqlite:////srv/registry.db?mode=ro")
        SQLiteAddress(path='/srv/registry.db', mode='ro')
        >>> sqlite_address("postgresql+psycopg://ann:secret@db.example.org/registry")
    """
    if db.startswith(_POSTGRESQL):
        return None
    if "\0" in db:
        raise InvalidArgumentError("the address of the database contains a null character")
    if db == "sqlite://":
        return SQLiteAddress(MEMORY)
    if not db.startswith(_SQLITE):
        _refuse_other_addresses(db)
        if _PATH_WITH_MODE.search(db):
            raise InvalidArgumentError(
                "a path cannot end with '?mode=': write sqlite:///path?mode=ro to only read the file,"
                " or sqlite:///path?mode=rw to not create it"
            )
        return SQLiteAddress(_expanded(db))
    path, has_parameters, parameters = db.removeprefix(_SQLITE).rpartition("?")
    if not has_parameters:
        return SQLiteAddress(_expanded(parameters))
    name, _, mode = parameters.partition("=")
    if name != "mode" or mode not in _MODES:
        raise InvalidArgumentError(
            f"an address of SQLite cannot end with {'?' + parameters!r}: use ?mode=ro to only read the file,"
            " or ?mode=rw to not create it"
        )
    if path in {"", MEMORY}:
        raise InvalidArgumentError("a registry in memory cannot have a mode: use the path of a file")
    return SQLiteAddress(_expanded(path), mode)


def address_that_exists(db: str) -> str:
    """Return the address with which a database is opened, but not created."""
    sqlite = sqlite_address(db)
    if sqlite is None or sqlite.path == MEMORY or sqlite.mode != "rwc":
        return db
    return f"{_SQLITE}{sqlite.path}?mode=rw"


def _expanded(path: str) -> str:
    if not path.strip():
        raise InvalidArgumentError(f"the address of the database is empty: {_SUPPORTED}")
    expanded = os.path.expanduser(path)  # noqa: PTH111  # `Path` would change the text
    checked_path("db", expanded)
    return expanded


def _refuse_other_addresses(db: str) -> None:
    scheme = _SCHEME.match(db)
    if scheme is None:
        if _WITHOUT_SCHEME.match(db):
            raise InvalidArgumentError(f"the address of the database has no scheme: {_SUPPORTED}")
        return
    name = scheme[1] or scheme[2]
    family = name.lower().partition("+")[0]
    if family == "sqlite" and name.lower() == family:
        raise InvalidArgumentError(
            "an address of SQLite starts with sqlite:///: write sqlite:///relative.db or"
            " sqlite:////absolute.db"
        )
    if f"{name.lower()}://" in _POSTGRESQL:
        raise InvalidArgumentError(
            f"an address of PostgreSQL starts with {name.lower()}://: write"
            f" {name.lower()}://user@host/database"
        )
    raise InvalidArgumentError(f"a registry cannot use a {name} database: {_SUPPORTED}")
