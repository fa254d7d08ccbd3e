"""Detect that the file of a registry was deleted, replaced or overwritten while it is in use.

SQLite goes on with the file that it has opened. Writes would be lost with a deleted one, and would damage one
that was overwritten.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from typing import Final

from model_registry.exceptions import DatabaseError
from model_registry.server.database.sqlite_content import WatchedContent, identity_of

_logger: Final = logging.getLogger("model_registry.server")


class WatchedFile:
    """The file of a registry, as it is while it is open.

    Args:
        path: The file.
        writes: Whether this process writes, so that the file has a journal.
    """

    def __init__(self, path: str, *, writes: bool) -> None:
        self._path = path
        self._journal = f"{path}-wal"
        self._paths = (path, self._journal) if writes else (path,)
        self._identities = self._look()
        self._content = WatchedContent(path) if writes else None
        self._was_reported = False

    def check(self) -> None:
        """Check that they are still the same files, to which only SQLite wrote.

        Raises:
            DatabaseError: One of them was deleted, replaced or overwritten.
        """
        if self._look() != self._identities:
            self._refuse(
                "deleted or replaced",
                "Put the file and its journal (-wal) back, or restart to use the new file",
            )
        if self._content is not None:
            self._content.check()
            if self._content.is_overwritten:
                self._refuse(
                    "overwritten by another program",
                    "Stop the registry, delete the files -wal and -shm beside it, restore the file, and start"
                    " it again. If a tool set only its time, restart",
                )
        self._was_reported = False

    def check_reading(self) -> None:
        """Check that its content is not known to be another one.

        Raises:
            DatabaseError: It is: reads would mix both.
        """
        if self._content is not None and self._content.is_other:
            self.check()

    def before_close(self) -> None:
        """Set the journal aside if it belongs to a content that was overwritten.

        Otherwise, SQLite would write it into the file when it closes it.
        """
        if self._content is None or not self._content.is_other:
            return
        aside = f"{self._journal}.{time.strftime('%Y%m%dT%H%M%S')}"
        try:
            if os.stat(self._journal).st_size:  # noqa: PTH116
                shutil.copyfile(self._journal, aside)
                os.truncate(self._journal, 0)
                _logger.warning(
                    "the last writes to the registry that was overwritten are set aside in %s: the next start"
                    " uses %s as it is now",
                    aside,
                    self._path,
                )
        except OSError as error:
            _logger.error("cannot set %s aside: %s", self._journal, error.strerror)  # noqa: TRY400

    def _refuse(self, happened: str, advice: str) -> None:
        error = DatabaseError(
            f"the registry in {self._path} was {happened} while it was in use, so nothing is written."
            f" {advice}"
        )
        if not self._was_reported:
            self._was_reported = True
            _logger.error("%s", error)
        raise error

    def _look(self) -> list[tuple[int, int] | None]:
        return [identity_of(path) for path in self._paths]
