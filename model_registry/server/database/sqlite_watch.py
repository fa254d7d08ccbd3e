"""Detect that the file of a registry was deleted or replaced while it is in use.

SQLite goes on with the file that it has opened, so that writes would be lost with it.
"""

from __future__ import annotations

import logging
import os
from typing import Final

from model_registry.exceptions import DatabaseError

_logger: Final = logging.getLogger("model_registry.server")


class WatchedFile:
    """The file of a registry, as it is while it is open.

    Args:
        paths: The file, and its journal if this process writes.
    """

    def __init__(self, *paths: str) -> None:
        self._paths = paths
        self._identities = self._look()
        self._was_reported = False

    def check(self) -> None:
        """Check that they are still the same files.

        Raises:
            DatabaseError: One of them was deleted or replaced.
        """
        if self._look() == self._identities:
            self._was_reported = False
            return
        error = DatabaseError(
            f"the registry in {self._paths[0]} was deleted or replaced while it was in use, so nothing is"
            " written. Put the file and its journal (-wal) back, or restart to use the new file"
        )
        if not self._was_reported:
            self._was_reported = True
            _logger.error("%s", error)
        raise error

    def _look(self) -> list[tuple[int, int] | None]:
        return [_identity(path) for path in self._paths]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # runs for each group of writes
    except OSError:
        return None
    return found.st_dev, found.st_ino
