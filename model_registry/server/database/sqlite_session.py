"""A session on a connection to a SQLite database."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from model_registry.server.database.dialects import DIALECTS
from model_registry.server.errors import ApiError, DatabaseLockedError, UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.dialects import Dialect
    from model_registry.server.database.protocol import Document, Row, Statement
    from model_registry.server.kinds import Kind

_DIALECT: Final = sqlite_dialect(paramstyle="named")
_UNIQUE_COLUMNS: Final = {
    "UNIQUE constraint failed: resource.family, resource.external_id": "external_id",
    "UNIQUE constraint failed: resource.kind, resource.name, resource.parent_id": "name",
}


class SQLiteSession:
    """A session on one connection.

    Args:
        connection: The connection.
        findings: See `Session`.
        allows_long_reads: See `Session`.
        allows_slow_reads: See `Session`.
        before: Runs before each statement of a query, to raise if the read was stopped.
    """

    __slots__ = ("_before", "_connection", "allows_long_reads", "allows_slow_reads", "findings")

    dialect: Dialect = DIALECTS["sqlite"]

    def __init__(
        self,
        connection: sqlite3.Connection,
        findings: SizedCache[Any],
        *,
        allows_long_reads: bool = True,
        allows_slow_reads: bool = True,
        before: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self._before = before
        self.findings = findings
        self.allows_long_reads = allows_long_reads
        self.allows_slow_reads = allows_slow_reads

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """See `Session`."""
        return self._run(statement, values).fetchall()

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """See `Session`."""
        found: Row | None = self._run(statement, values).fetchone()
        return found

    def execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """See `Session`."""
        try:
            self._run(statement, values)
        except sqlite3.IntegrityError as error:
            column = _UNIQUE_COLUMNS.get(str(error))
            if column is None:
                raise
            raise UniqueViolation(column) from None

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """See `Session`."""
        if values:
            sql, given = statement.compiled(_DIALECT)
            self._connection.executemany(sql, [{**given, **one} for one in values] if given else values)

    def next_id(self) -> int:
        """See `Session`. No other connection writes during the transaction."""
        (last,) = self._connection.execute("SELECT max(id) FROM resource").fetchone()
        return (last or 0) + 1

    def writing(self, kind: Kind, before: Document | None, after: Document) -> None:
        """See `Session`. Does nothing."""

    def linking(self, version_id: int, artifact_id: int) -> None:
        """See `Session`. Does nothing."""

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> sqlite3.Cursor:
        sql, given = statement.compiled(_DIALECT)
        if self._before is not None:
            self._before()
        return self._connection.execute(sql, {**given, **values} if given else values)


def unavailable(error: sqlite3.Error) -> ApiError:
    """Return the error of a request whose database failed."""
    if "locked" in str(error):
        return DatabaseLockedError()
    return ApiError(503, f"the database of the registry failed: {error}", {"Retry-After": "1"})
