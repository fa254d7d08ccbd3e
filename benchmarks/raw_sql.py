"""The same work with a database driver alone: no HTTP, no rules, one connection, one process."""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = """
CREATE TABLE thing (id {key}, name TEXT UNIQUE, body TEXT);
CREATE TABLE property (name TEXT, text TEXT, number BIGINT, thing BIGINT);
CREATE INDEX by_text ON property (name, text, thing);
CREATE INDEX by_number ON property (name, number, thing)
"""
KEYS = {"sqlite3": "INTEGER PRIMARY KEY", "psycopg": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
FILTER = """
SELECT body FROM thing WHERE id IN (SELECT thing FROM property WHERE name = ? AND {} = ?)
ORDER BY id LIMIT 100
"""


class RawDatabase:
    """A table of things with three properties each, and an index that finds them by property.

    Args:
        url: `sqlite:///...` or `postgresql+psycopg://...`, an empty database.
    """

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:"):
            self.driver = "sqlite3"
            self._connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
        else:
            import psycopg

            self.driver = "psycopg"
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        for statement in TABLES.format(key=KEYS[self.driver]).split(";"):
            self._execute(statement)

    def rates(self, models: int, common: int, seconds: float, content: dict[str, Any]) -> dict[str, float]:
        """Fill it, and say how often a second it does what the registry is asked for."""
        text = json.dumps(content)
        self._in_one_go(lambda: [self._create(f"model-{n}", n, text, n < common) for n in range(models)])
        numbers = itertools.count(models)
        ids = (n * 7919 % models + 1 for n in itertools.count())
        ways: dict[str, Callable[[], object]] = {
            "get by id": lambda: self._execute("SELECT body FROM thing WHERE id = ?", next(ids)),
            "list of 100": lambda: self._execute("SELECT body FROM thing ORDER BY id LIMIT 100"),
            f"filter, {common:,} match": lambda: self._execute(FILTER.format("text"), "framework", "onnx"),
            "filter, 1 matches": lambda: self._execute(FILTER.format("number"), "number", models // 2),
            "create with 3 properties": lambda: self._in_one_go(
                lambda: self._create(f"model-{(n := next(numbers))}", n, text, False)
            ),
            "patch": lambda: self._execute(
                "UPDATE thing SET body = ? WHERE id = ?", f"{next(numbers):12}{text}", next(ids)
            ),
        }
        with closing(self._connection):
            return {name: _rate(way, seconds) for name, way in ways.items()}

    def _create(self, name: str, number: int, text: str, is_common: bool) -> None:
        (row,) = self._execute("INSERT INTO thing (name, body) VALUES (?, ?) RETURNING id", name, text)
        values = [
            ("framework", "onnx" if is_common else f"other-{number % 97}", None),
            ("accuracy", None, number),
            ("number", None, number),
        ]
        marks = ", ".join(["(?, ?, ?, ?)"] * len(values))
        self._execute(
            f"INSERT INTO property VALUES {marks}", *(each for v in values for each in (*v, row[0]))
        )

    def _in_one_go(self, work: Callable[[], object]) -> None:
        self._execute("BEGIN")
        work()
        self._execute("COMMIT")

    def _execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        if self.driver == "psycopg":
            sql = sql.replace("?", "%s")
        cursor = self._connection.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
        return rows


def _rate(way: Callable[[], object], seconds: float) -> float:
    done, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < seconds:
        way()
        done += 1
    return done / taken
