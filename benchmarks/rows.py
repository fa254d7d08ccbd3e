"""Rows of a registry, written to its SQLite file without its API."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from model_registry.server.database.upgrade import upgrade
from model_registry.server.kinds import Kind
from model_registry.server.rows import property_rows

FIRST_TIME = 1_700_000_000_000


class Row(NamedTuple):
    """A resource; the body is its JSON without id, times and state."""

    id: int
    kind: Kind
    parent: int
    body: dict[str, Any]


def write(
    path: Path, rows: Callable[[], Iterable[Row]], attributions: Iterable[tuple[int, int, str]] = ()
) -> None:
    """Create a registry of resources, each 10 ms younger than the one before.

    Args:
        path: The file.
        rows: Returns the resources, by id.
        attributions: Version, id and name of each artifact.
    """
    upgrade(str(path))
    database = sqlite3.connect(path)
    for table, columns, values in (
        ("resource", 9, _resources(rows())),
        ("property", 9, _properties(rows())),
        ("attribution", 3, attributions),
    ):
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})", values)
        database.commit()
    database.execute("ANALYZE")
    database.close()


def _resources(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    for id_, kind, parent, body in rows:
        moment = FIRST_TIME + id_ * 10
        times = {"createTimeSinceEpoch": str(moment), "lastUpdateTimeSinceEpoch": str(moment)}
        text = json.dumps({"id": str(id_), "state": "LIVE", **times, **body})
        yield id_, kind.code, int(kind.family), parent, body["name"], None, moment, moment, text


def _properties(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    for id_, kind, _, body in rows:
        for (is_custom, name), values in property_rows(kind, {"state": "LIVE", **body}):
            yield id_, is_custom, name, kind.code, *values
