"""Transactions, and the settings of PostgreSQL that statements need."""

from __future__ import annotations

import contextlib
import functools
import math
from typing import TYPE_CHECKING, Final

import psycopg

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg import Connection, Pipeline

    from model_registry.server.database.protocol import Row

# A statement may be planned while the tables are nearly empty or without statistics, and a prepared one is
# used when they have grown. Every query has an index and must scan it in order from the start, instead of
# sorting. A join looks each row up: a merge of two indexes would read all that precedes a late page. One plan
# serves all values, because to plan a filter takes longer than to run it. That plan does not know the size of
# a page, and would start workers for one.
_OFF: Final = ("jit", "enable_seqscan", "enable_sort", "enable_mergejoin", "enable_hashjoin")
_OFF_SINCE_13: Final = "enable_incremental_sort"
_VERSION_13: Final = 130000
_BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ"


@functools.lru_cache(maxsize=16)
def settings_statement(version: int, limit: float, *, durable: bool, is_local: bool) -> bytes:
    """Return the statement that sets all settings.

    Args:
        version: Version of the server, as PostgreSQL numbers it.
        limit: Time limit of a statement, in seconds.
        durable: Whether a write must survive a power failure once its response is sent.
        is_local: Whether they end with the transaction, rather than with the connection.
    """
    settings = {
        "statement_timeout": str(math.ceil(limit * 1000)),
        "plan_cache_mode": "force_generic_plan",
        "max_parallel_workers_per_gather": "0",
        **dict.fromkeys(_OFF, "off"),
    }
    if version >= _VERSION_13:
        settings[_OFF_SINCE_13] = "off"
    if not durable:
        settings["synchronous_commit"] = "off"
    calls = (f"set_config('{name}', '{value}', {is_local})" for name, value in settings.items())
    return f"SELECT {', '.join(calls)}".encode()


@contextlib.contextmanager
def transaction(connection: Connection[Row], *first: bytes | None) -> Generator[Pipeline]:
    """Run a transaction that sends BEGIN with the first statement and COMMIT with the last ones.

    psycopg's own transactions wait for the results of both.

    Args:
        connection: The connection.
        first: Statements to run first; None for nothing.
    """
    try:
        with connection.pipeline() as pipeline:
            try:
                connection.execute(_BEGIN)
                for statement in filter(None, first):
                    connection.execute(statement)
                yield pipeline
                connection.execute(b"COMMIT")
            except BaseException:
                # Receive the results of skipped statements, which psycopg would log.
                with contextlib.suppress(psycopg.Error):
                    pipeline.sync()
                raise
    except BaseException:
        with contextlib.suppress(psycopg.Error):  # the pool detects a broken connection
            connection.rollback()
        raise
