"""The order in which records are written."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.peculiarities.metrics import in_safe_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .file import Record


def by_version(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Return records in groups: the artifacts of a version together."""
    for _, group in groupby(records, key=_version_of):
        yield list(group)


def in_order(records: Iterable[Record]) -> list[Record]:
    """Return records in an order in which the reference server confuses no metrics or parameters.

    Raises:
        DuplicateError: There is no such order.
    """
    ordered: list[Record] = []
    for group in by_version(records):
        record_of: dict[int, Record] = {}
        artifacts: list[types.Artifact] = []
        for record in group:
            if isinstance(record.resource, types.Artifact):
                new = record.resource.model_copy(update={"id": None})
                record_of[id(new)] = record
                artifacts.append(new)
            else:
                ordered.append(record)
        ordered += [record_of[id(each)] for each in in_safe_order(artifacts)]
    return ordered


def _version_of(record: Record) -> tuple[str | None, ...]:
    return record.environment, record.model, record.version
