"""Where a registry keeps its rows: what every database has to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ClauseElement
    from sqlalchemy.engine import Dialect

Result = TypeVar("Result")
Row = tuple[Any, ...]


class Compiled(NamedTuple):
    """A statement as a driver takes it, and the values that it was built with."""

    sql: str
    values: Mapping[str, Any]


class Statement:
    """A statement, built with SQLAlchemy Core and turned into SQL once per dialect.

    Args:
        core: The statement. Values that change from use to use are its `bindparam`s.
        prepare: Whether its plan is kept: at once, when it has come a few times since it comes in many shapes
            (None), or never since no plan is good for all values.
    """

    __slots__ = ("_compiled", "core", "prepare")

    def __init__(self, core: ClauseElement, *, prepare: bool | None = True) -> None:
        self.core = core
        self.prepare = prepare
        self._compiled: dict[str, Compiled] = {}

    def compiled(self, dialect: Dialect) -> Compiled:
        """The SQL for a dialect, whose `paramstyle` must be a named one."""
        found = self._compiled.get(dialect.name)
        if found is None:
            sql = self.core.compile(dialect=dialect)
            found = self._compiled[dialect.name] = Compiled(
                str(sql), {name: value for name, value in (sql.params or {}).items() if value is not None}
            )
        return found


class TakesLongError(Exception):
    """A read would take long, in a session that must not: it is to be done in another one."""


class Session(Protocol):
    """What the rules see of a database: one transaction, or a series of reads."""

    may_take_long: bool
    """Whether it may take more than a few hundred steps along an index."""

    def rows(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """Every row that a query finds."""
        ...

    def row(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        """The first row that a query finds."""
        ...

    def execute(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Write.

        Raises:
            UniqueViolation: It would break a unique constraint.
        """
        ...

    def execute_many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """Write once for each set of values."""
        ...

    def next_id(self) -> int:
        """An id that no resource has."""
        ...


class Store(Protocol):
    """A database that is open, or that opens when it is first needed. Usable from every thread and loop."""

    async def open(self) -> None:
        """Open it, bringing its tables up to date. Without effect when it is open.

        Raises:
            DatabaseError: It cannot be opened, or is not ours to open.
        """
        ...

    async def read(self, work: Callable[[Session], Result], *, long: bool = False) -> Result:
        """Run a reading function.

        Args:
            work: The function. It may be called again: when it raises `TakesLongError`, in a session where
                it may, and when a connection breaks.
            long: Whether it takes long for sure.
        """
        ...

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run a writing function as one transaction: all of it is kept, or nothing when it raises.

        Returns:
            What the function returned, once that is safely stored.
        """
        ...

    def close(self) -> None:
        """Finish what is under way and let go of the database."""
        ...
