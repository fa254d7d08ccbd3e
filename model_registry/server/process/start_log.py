"""What the server logs when it starts: its database, who can use it, and what is dangerous."""

from __future__ import annotations

import ipaddress
import logging
import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.server.database.protocol import Database

_logger: Final = logging.getLogger("model_registry.server")
_SAFE_SQLITE: Final = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Releases of SQLite, the newest and those of older series, in which several processes damage no file."""


def log_start(database: Database, version: str, *, address: str, needs: Sequence[str]) -> None:
    """Log which database is served, with which tables, and who can use it.

    Args:
        database: The database.
        version: The schema version of its tables.
        address: The IP address that the server listens on.
        needs: What clients need, one of these; empty when they need nothing.
    """
    _logger.info("database: %s", database.name)
    _logger.info("tables: schema version %s", version)
    if needs:
        _logger.info("access: clients that can reach %s and have %s", address, " or ".join(needs))
    elif ipaddress.ip_address(address).is_loopback:
        _logger.info("access: all programs on this machine, without a token")
    else:
        _logger.warning(
            "access: everyone who can reach %s can read and change this registry. Use --named-tokens or"
            " --token-file to require a token",
            address,
        )


def warn_of_old_sqlite() -> None:
    """Log a warning if several processes can damage a file with this version of SQLite."""
    if not is_safe_sqlite(sqlite3.sqlite_version_info):
        _logger.warning(
            "SQLite %s has a bug that can damage a file when several processes write to it: use one process,"
            " PostgreSQL, or SQLite %s",
            sqlite3.sqlite_version,
            ".".join(map(str, _SAFE_SQLITE[0])),
        )


def is_safe_sqlite(version: tuple[int, ...]) -> bool:
    """Return whether several processes can write to a file with a version of SQLite.

    Example:
        >>> is_safe_sqlite((3, 51, 2)), is_safe_sqlite((3, 50, 7))
        (False, True)
    """
    newest, *older = _SAFE_SQLITE
    return version >= newest or any(version[:2] == safe[:2] and version >= safe for safe in older)
