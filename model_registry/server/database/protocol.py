"""The interface of a database: statements, sessions, and the database itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from model_registry.server.cache import SizedCache
from model_registry.server.database.dialects import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ClauseElement
    from sqlalchemy.engine import Dialect as SQLAlchemyDialect

    from model_registry.server.database.dialects import Dialect
    from model_registry.server.kinds import Kind

Result = TypeVar("Result")
ResultIn = TypeVar("ResultIn", contravariant=True)
Row = tuple[Any, ...]
Document = dict[str, Any]
"""A resource as responses contain it."""

READ_LIMIT: Final = 10.0
"""Default time limit of a read, in seconds."""


_FINDINGS_BYTES: Final = 4 * 2**20
_FINDINGS_SECONDS: Final = 10.0


def new_findings() -> SizedCache[Any]:
    """Return an empty cache for `Session.findings`. The sessions of a database share it."""
    return SizedCache(_FINDINGS_BYTES, seconds=_FINDINGS_SECONDS)


class CompiledStatement(NamedTuple):
    """The SQL of a statement for a driver, and the values that it was built with."""

    sql: str
    values: Mapping[str, Any]


class Statement:
    """A statement, compiled once per dialect.

    Args:
        source: An expression of SQLAlchemy Core, or a function that writes the text in a dialect. Values
            that change between uses are named parameters.
        prepare: When to prepare it: at the first use; after a few uses, for statements of many shapes (None);
            or never, because no plan is good for all values.
    """

    __slots__ = ("_compiled", "_source", "prepare")

    def __init__(
        self, source: ClauseElement | Callable[[Dialect], str], *, prepare: bool | None = True
    ) -> None:
        self._source = source
        self.prepare = prepare
        self._compiled: dict[str, CompiledStatement] = {}

    def compiled(self, dialect: SQLAlchemyDialect) -> CompiledStatement:
        """Return the SQL for a dialect, which must use named parameters."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: SQLAlchemyDialect) -> CompiledStatement:
        if callable(self._source):
            return CompiledStatement(self._source(DIALECTS[dialect.name]), {})
        sql = self._source.compile(dialect=dialect)
        values = {name: value for name, value in (sql.params or {}).items() if value is not None}
        return CompiledStatement(str(sql), values)


class LongReadError(Exception):
    """A read would take long, and the session does not allow that. Repeat it in a session that does."""


class SlowReadError(LongReadError):
    """A read may take longer than others should wait for. Repeat it in a session that allows slow reads."""


class Session(Protocol):
    """A transaction, or a series of reads."""

    dialect: Dialect
    """How the database writes SQL."""
    findings: SizedCache[Any]
    """What reads found out about the data, by keys of their own. It may be some seconds old."""
    allows_long_reads: bool
    """Whether a read may take more than about a millisecond."""
    allows_slow_reads: bool
    """Whether a read may take seconds."""

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """Return all rows of a query."""
        ...

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """Return the first row of a query, or None."""
        ...

    def execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Run a statement that writes.

        Raises:
            UniqueViolation: It would break a unique constraint.
        """
        ...

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement that writes, once for each set of values."""
        ...

    def next_id(self) -> int:
        """Return a new id."""
        ...

    def writing(self, kind: Kind, before: Document | None, after: Document) -> None:
        """See a resource before it is stored. Sessions that watch writes may complete or refuse it.

        Args:
            kind: Its kind.
            before: Its stored fields; None for a new resource.
            after: Its new fields.
        """
        ...

    def linking(self, version_id: int, artifact_id: int) -> None:
        """See that an artifact is about to be linked to a version."""
        ...


class Finish(Protocol[ResultIn]):
    """Does what functions that write leave to the end of their transaction, once for several of them."""

    def __call__(self, session: Session, results: Sequence[ResultIn], /) -> None:
        """Write it. The transaction is rolled back when this raises."""
        ...


class Database(Protocol):
    """A database, which opens at the first use. It can be used from any thread and event loop.

    Attributes:
        name: Its name in messages: a file or an address, without the password.
    """

    name: str

    async def open(self) -> None:
        """Open it and create or upgrade its tables. Does nothing when it is open already.

        Raises:
            DatabaseError: It cannot be opened, or does not belong to a registry.
        """
        ...

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """Run a function that reads.

        Args:
            work: The function. It may be called again: in a session that allows long or slow reads when it
                raises `LongReadError` or `SlowReadError`, or takes longer than it should; and when a
                connection breaks.
            long: Whether it is known to take long.

        Raises:
            ApiError: 503 when the read takes longer than the time limit. Its statement is stopped then, as
                it is when the task that waits for it is cancelled.
        """
        ...

    async def check(self, work: Callable[[Session], Result]) -> Result:
        """Run a short function that reads, without waiting for reads and writes of users."""
        ...

    async def write(
        self, work: Callable[[Session], Result], *, finish: Finish[Result] | None = None, alone: bool = False
    ) -> Result:
        """Run a function that writes, in one transaction. It is rolled back when the function raises.

        Args:
            work: The function. It may be called again.
            finish: Called at the end of the transaction, once with the results of all functions of the
                transaction that have this same `finish`.
            alone: Whether it must not run at the same time as other functions that must not.

        Returns:
            The result of the function, after the commit.
        """
        ...

    def stored_version(self) -> str | None:
        """Return the schema version of its tables, or None when there are none. Nothing is written.

        Raises:
            DatabaseError: The database cannot be used, or is newer than this program.
        """
        ...

    def close(self) -> None:
        """Finish the work in progress and close the database."""
        ...
