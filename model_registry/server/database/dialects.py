"""The parts of SQL that SQLite and PostgreSQL write differently.

Statements of lists are written as text: a filter has up to 200 comparisons, and building each of them as an
expression of SQLAlchemy takes a hundred times as long.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class SQLType(enum.Enum):
    """The type of a parameter: its name in PostgreSQL."""

    TEXT = "text"
    INTEGER = "bigint"
    DOUBLE = "float8"
    BOOLEAN = "boolean"


class Dialect(Protocol):
    """How a database writes SQL."""

    name: str
    scans_only_ranges: bool
    """Whether it scans the right index only if its first column is in a range, not equal to a value."""
    reads_rows_early: bool
    """Whether a scan of an index reads each row before it checks conditions that need not the row."""
    check_steps: int
    """How long it takes to find a row by the primary key, in steps along an index."""

    def parameter(self, name: str, type: SQLType = SQLType.INTEGER) -> str:
        """Return a named parameter."""
        ...

    def boolean(self, value: bool) -> str:  # the value itself
        """Return a constant."""
        ...

    def one_of(self, id: str, ids: str) -> str:
        """Return the condition that an id is in the result of a query, which runs once, before the scan."""
        ...

    def is_member(self, id: str, ids: str) -> str:
        """Return the condition that an id is in the result of a query, which runs once, beside the scan."""
        ...

    def with_resource(self, id: str) -> str:
        """Return the join with the row of table `resource` that has an id, after the tables before it."""
        ...

    def with_row(self, table: str, alias: str, condition: str) -> str:
        """Return the join with the only row of a table that a condition selects, or with NULLs."""
        ...

    def along(self, query: str, order: Sequence[str]) -> str:
        """Return a query of one table that the database must run along the index with this order."""
        ...

    def merged(self, queries: Sequence[str], direction: str) -> str:
        """Return the query for the ids of all queries, each once and in order, that stops when it may.

        Args:
            queries: Queries for a column `id`, along an index in the order of ids.
            direction: `ASC` or `DESC`.
        """
        ...

    def intersection(self, queries: Sequence[str]) -> str:
        """Return the query for the ids that all queries find, those that find least first."""
        ...

    def not_indexed(self, column: str) -> str:
        """Return a column that the database must not look up in an index, as the query scans another one."""
        ...

    def read_from_row(self, column: str) -> str:
        """Return a column that the database must read from the rows that other conditions find."""
        ...

    def like(self, text: str, pattern: str) -> str:
        r"""Return a case-sensitive LIKE that escapes with `\`."""
        ...

    def ilike(self, text: str, pattern: str) -> str:
        r"""Return a LIKE that ignores the case of all letters, not only of ASCII ones."""
        ...


class SQLite:
    """See `Dialect`. `sqlite_text` prepares each connection for LIKE and ILIKE."""

    name = "sqlite"
    scans_only_ranges = False
    reads_rows_early = False
    check_steps = 6

    def parameter(self, name: str, type: SQLType = SQLType.INTEGER) -> str:
        """See `Dialect`."""
        del type
        return f":{name}"

    def boolean(self, value: bool) -> str:  # the value itself
        """See `Dialect`."""
        return str(int(value))

    def one_of(self, id: str, ids: str) -> str:
        """See `Dialect`."""
        return f"{id} IN ({ids})"

    def is_member(self, id: str, ids: str) -> str:
        """See `Dialect`."""
        return f"+{id} IN ({ids})"

    def with_resource(self, id: str) -> str:
        """See `Dialect`."""
        return f"CROSS JOIN resource ON resource.id = {id}"

    def with_row(self, table: str, alias: str, condition: str) -> str:
        """See `Dialect`."""
        return f"LEFT JOIN {table} AS {alias} ON {condition}"

    def along(self, query: str, order: Sequence[str]) -> str:
        """See `Dialect`. It prefers the index whose columns the query has most of."""
        del order
        return query

    def merged(self, queries: Sequence[str], direction: str) -> str:
        """See `Dialect`."""
        return f"{' UNION '.join(queries)} ORDER BY id {direction}"

    def intersection(self, queries: Sequence[str]) -> str:
        """See `Dialect`. Its own INTERSECT stores the ids of both sides, and takes twice as long."""
        found, *others = queries
        for number, query in enumerate(others):
            found = f"SELECT id FROM ({query}) AS each{number} WHERE +id IN ({found})"  # no values
        return found

    def not_indexed(self, column: str) -> str:
        """See `Dialect`."""
        return f"+{column}"

    def read_from_row(self, column: str) -> str:
        """See `Dialect`."""
        return f"+{column}"

    def like(self, text: str, pattern: str) -> str:
        """See `Dialect`."""
        return f"{text} LIKE {pattern} ESCAPE '\\'"

    def ilike(self, text: str, pattern: str) -> str:
        """See `Dialect`."""
        # SQLite's own `lower` knows ASCII only. It needs no Python, which would keep other requests waiting.
        is_ascii = f"length({text}) = length(CAST({text} AS BLOB))"
        folded = f"CASE WHEN {is_ascii} THEN lower({text}) ELSE fold_case({text}) END"
        return self.like(folded, f"fold_case({pattern})")


class PostgreSQL:
    """See `Dialect`."""

    name = "postgresql"
    scans_only_ranges = True
    reads_rows_early = True
    check_steps = 12

    def parameter(self, name: str, type: SQLType = SQLType.INTEGER) -> str:
        """See `Dialect`."""
        return f"%({name})s::{type.value}"

    def boolean(self, value: bool) -> str:  # the value itself
        """See `Dialect`."""
        return str(value).lower()

    def one_of(self, id: str, ids: str) -> str:
        """See `Dialect`. It would join the query itself, and misjudge the cost."""
        return f"{id} = ANY (ARRAY({ids}))"

    def is_member(self, id: str, ids: str) -> str:
        """See `Dialect`. It would turn a plain IN into a join."""
        return f"({id} IN ({ids})) IS TRUE"

    def with_resource(self, id: str) -> str:
        """See `Dialect`. It would scan the resources first if their columns are in a condition."""
        return f"CROSS JOIN LATERAL (SELECT * FROM resource WHERE resource.id = {id} LIMIT 1) AS resource"

    def with_row(self, table: str, alias: str, condition: str) -> str:
        """See `Dialect`. Without statistics, a plain join would read all values for each row."""
        row = f"SELECT * FROM {table} AS {alias} WHERE {condition} LIMIT 1"
        return f"LEFT JOIN LATERAL ({row}) AS {alias} ON true"

    def along(self, query: str, order: Sequence[str]) -> str:
        """See `Dialect`. Without statistics, all indexes of a property seem to be equally good."""
        return f"({query} ORDER BY {', '.join(order)})"

    def merged(self, queries: Sequence[str], direction: str) -> str:
        """See `Dialect`. It would collect the whole result of its own UNION."""
        ordered = " UNION ALL ".join(f"({query} ORDER BY id {direction})" for query in queries)
        return f"SELECT DISTINCT id FROM ({ordered}) AS merged ORDER BY id {direction}"

    def intersection(self, queries: Sequence[str]) -> str:
        """See `Dialect`."""
        return " INTERSECT ".join(
            f"SELECT id FROM ({query}) AS each{number}"  # no values
            for number, query in enumerate(queries)
        )

    def not_indexed(self, column: str) -> str:
        """See `Dialect`. PostgreSQL chooses by statistics."""
        return column

    def read_from_row(self, column: str) -> str:
        """See `Dialect`. Without statistics, all indexes of a property seem to be equally good."""
        return f"GREATEST({column})"

    def like(self, text: str, pattern: str) -> str:
        """See `Dialect`."""
        return f"{text} LIKE {pattern}"

    def ilike(self, text: str, pattern: str) -> str:
        """See `Dialect`."""
        # The collation of the columns orders bytes and knows the case of ASCII letters only.
        return f'{text} COLLATE "und-x-icu" ILIKE {pattern}'


DIALECTS: Final[dict[str, Dialect]] = {one.name: one for one in (SQLite(), PostgreSQL())}
"""The dialects by the names that SQLAlchemy has for them."""
