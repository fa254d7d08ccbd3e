"""SQL expressions that differ between SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.operators import OperatorType
    from typing_extensions import Self


class PerDialect(FunctionElement[bool]):
    """A condition with one form for SQLite and another one for PostgreSQL."""

    name = "per_dialect"
    type = Boolean()
    inherit_cache = True

    def __init__(self, sqlite: ColumnElement[bool], postgresql: ColumnElement[bool]) -> None:
        super().__init__(sqlite, postgresql)

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Return itself: SQLAlchemy would add `= 1`, with which SQLite cannot use an index."""
        del against
        return self


@compiles(PerDialect, "sqlite")
def _compile_for_sqlite(element: PerDialect, compiler: SQLCompiler, **options: Any) -> str:
    for_sqlite, _ = element.clauses
    return str(compiler.process(for_sqlite, **options))


@compiles(PerDialect, "postgresql")
def _compile_for_postgresql(element: PerDialect, compiler: SQLCompiler, **options: Any) -> str:
    _, for_postgresql = element.clauses
    return str(compiler.process(for_postgresql, **options))


class NotIndexed(FunctionElement[Any]):
    """A column that SQLite must not look up in an index, because the query scans another index."""

    name = "not_indexed"
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(NotIndexed)
def _compile_column(element: NotIndexed, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(next(iter(element.clauses)), **options))


@compiles(NotIndexed, "sqlite")
def _compile_column_for_sqlite(element: NotIndexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{_compile_column(element, compiler, **options)}"
