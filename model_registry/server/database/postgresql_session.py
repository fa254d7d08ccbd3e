"""A session on a connection to PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.errors import UniqueViolation as PostgreSQLUniqueViolation
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql_dialect

from model_registry.server.database.dialects import DIALECTS
from model_registry.server.errors import UniqueViolation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import psycopg
    from psycopg import Connection, Pipeline

    from model_registry.server.cache import SizedCache
    from model_registry.server.database.dialects import Dialect
    from model_registry.server.database.protocol import Document, Row, Statement
    from model_registry.server.kinds import Kind

_DIALECT: Final = postgresql_dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
_UNIQUE_COLUMNS: Final = {"resource_name": "name", "resource_external_id": "external_id"}


class PostgreSQLSession:
    """A session on one connection; inside a pipeline, a transaction.

    Args:
        connection: The connection.
        findings: See `Session`.
        pipeline: The pipeline that `execute` synchronizes to detect a broken unique constraint. Without one,
            writes are sent with the next statement, and PostgreSQL's own error is raised later.
        allows_long_reads: See `Session`.
        allows_slow_reads: See `Session`.
        before: Runs before each statement of a query, to raise if the read was stopped.
    """

    dialect: Dialect = DIALECTS["postgresql"]

    def __init__(
        self,
        connection: Connection[Row],
        findings: SizedCache[Any],
        pipeline: Pipeline | None = None,
        *,
        allows_long_reads: bool = True,
        allows_slow_reads: bool = True,
        before: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self._pipeline = pipeline
        self._before = before
        self.findings = findings
        self.allows_long_reads = allows_long_reads
        self.allows_slow_reads = allows_slow_reads
        self.changed: int | None = None

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """See `Session`."""
        return self._run(statement, values).fetchall()

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """See `Session`."""
        return self._run(statement, values).fetchone()

    def execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """See `Session`."""
        self.changed = values.get("key", self.changed)
        try:
            self._run(statement, values)
            if self._pipeline is not None:
                self._pipeline.sync()
        except PostgreSQLUniqueViolation as error:
            column = _UNIQUE_COLUMNS.get(error.diag.constraint_name or "")
            if column is None or self._pipeline is None:  # then an earlier statement failed
                raise
            raise UniqueViolation(column) from None

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """See `Session`. In a pipeline, they are sent with the next statement."""
        if values:
            sql, given = statement.compiled(_DIALECT)
            self._connection.cursor().executemany(sql.encode(), [{**given, **one} for one in values])

    def next_id(self) -> int:
        """See `Session`."""
        row = self._connection.execute("SELECT nextval('resource_id')").fetchone()
        assert row is not None  # noqa: S101  # a function call always returns one row
        number: int = row[0]
        return number

    def writing(self, kind: Kind, before: Document | None, after: Document) -> None:
        """See `Session`. Does nothing."""

    def linking(self, version_id: int, artifact_id: int) -> None:
        """See `Session`. Does nothing."""

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        sql, given = statement.compiled(_DIALECT)
        if self._before is not None:
            self._before()
        return self._connection.execute(sql.encode(), {**given, **values}, prepare=statement.prepare)
