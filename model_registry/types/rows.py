"""Resources as rows of a table: all their values, or those of chosen columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from model_registry.exceptions.base import InvalidArgumentError

from .filters import MetricField, PropertyField
from .formatting import row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Column: TypeAlias = str | PropertyField | MetricField
"""A field or custom property by its name, a custom property, or a metric."""


def checked_columns(columns: Sequence[Column], *, has_metrics: bool) -> tuple[Column, ...]:
    """Return the columns of a table.

    Args:
        columns: The columns.
        has_metrics: Whether the rows of the table have metrics.

    Raises:
        InvalidArgumentError: There is none, one of them is no column, or two have the same name.
    """
    names: set[str] = set()
    for column in columns:
        if not isinstance(column, (PropertyField, MetricField)) and not (column and isinstance(column, str)):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(
                "a column must be the name of a field or custom property, F.property(...) or F.metric(...), "
                f"got {column!r}"
            )
        if not has_metrics and isinstance(column, MetricField):
            raise InvalidArgumentError(f"column {column!r} is for lists of versions: only they have metrics")
        name = name_of(column)
        if name in names:
            raise InvalidArgumentError(f"two columns have the name {name!r}: leave one out")
        names.add(name)
    if not names:
        raise InvalidArgumentError("name at least one column")
    return tuple(columns)


def name_of(column: Column) -> str:
    """Return the name of a column."""
    return column if isinstance(column, str) else column.name


def rows_of(items: Sequence[object], columns: Sequence[Column] = ()) -> list[dict[str, object]]:
    """Return a row for each resource, with its values by column; without columns, with all its values."""
    return [row_with(item, columns, {}) if columns else row_of(item) for item in items]


def row_with(item: object, columns: Sequence[Column], further: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a resource by column.

    Args:
        item: The resource.
        columns: The columns.
        further: Values that are not those of its fields and custom properties, by name of the column.
    """
    whole: Mapping[str, object] = row_of(item)
    properties: Mapping[str, Any] = getattr(item, "custom_properties", None) or {}
    row: dict[str, object] = {}
    for column in columns:
        name = name_of(column)
        if isinstance(column, PropertyField):
            row[name] = properties.get(name)
        elif name in further:
            row[name] = further[name]
        else:
            row[name] = whole.get(name)
    return row
