"""A registry on PostgreSQL with many resources, and sessions that note the plans of queries."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from model_registry.server.database.postgresql_session import _DIALECT, PostgreSQLSession
from model_registry.server.database.postgresql_tables import prepare
from model_registry.server.database.postgresql_transaction import settings_statement
from tests.support.many_resources import crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from model_registry.server.database.protocol import Row, Statement
    from tests.support.many_resources import Row as TableRow
    from tests.support.postgresql import PostgreSQLServer


@contextmanager
def crowded(
    server: PostgreSQLServer,
    count: int,
    *,
    analyzed: bool,
    rows: Callable[[int], Iterator[TableRow]] = crowd,
) -> Generator[psycopg.Connection[Row]]:
    """Create a registry with so many models, or other rows, and connect to it as the server does."""
    db = server.new_database().replace("+psycopg", "")
    prepare(db, "many models")
    with psycopg.connect(db, autocommit=True) as connection:
        version = connection.info.server_version
        connection.execute(settings_statement(version, 10.0, durable=True, is_local=False))
        for wanted in ("resource", "attribution", "property"):
            with connection.cursor().copy(f"COPY {wanted} FROM STDIN") as copy:
                for table, values in rows(count):
                    if table == wanted:
                        copy.write_row(values)
        if analyzed:
            connection.execute("VACUUM ANALYZE")
        yield connection


class Explained(PostgreSQLSession):
    """Notes how the last query, the page's own, finds its rows."""

    plan = ""

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        sql, given = statement.compiled(_DIALECT)
        explained = self._connection.execute(f"EXPLAIN {sql}".encode(), {**given, **values})
        self.plan = "\n".join(row[0] for row in explained)
        return super().rows(statement, values)
