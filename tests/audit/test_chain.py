"""A chain of hashes that is switched off and on: changes are found, and what has no chain is named."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from model_registry.server.audit.administration import read_trail
from model_registry.server.audit.chain import (
    DELETION,
    FIRST,
    START,
    STOP,
    prune,
    record_switch,
    store_chained,
    verify_trail,
    verify_trail_in_use,
)
from model_registry.server.audit.entries import AuditEntry, AuditFilter, now, read_entries, store_entries
from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_file import prepare
from model_registry.server.database.sqlite_session import SQLiteSession
from tests.support.backends import Client, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli

CHAINED = ("--audit", "--audit-chain")
PLAIN = ("--audit",)
COPY = "time, actor, way, operation, changes"


@contextlib.contextmanager
def serving(db: str, options: tuple[str, ...]) -> Iterator[Client]:
    server = Server(db, *options)
    try:
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            yield Client(backend)
    finally:
        assert server.stop() == 0


def run(db: str, options: tuple[str, ...], *names: str) -> None:
    """Serve, and register a model for each name."""
    with serving(db, options) as client:
        for name in names:
            client.make("/registered_models", name=name)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A trail: the chain stops with entries 4 and 10, and goes on with 7 and 12; 13 is the last."""
    db = str(tmp_path_factory.mktemp("switched") / "registry.db")
    run(db, CHAINED, "a1", "a2", "a3")
    run(db, PLAIN, "b1", "b2")
    run(db, CHAINED, "c1", "c2")
    run(db, PLAIN, "d1")
    run(db, CHAINED, "e1")
    return db


@pytest.fixture(scope="module")
def entries(db: str) -> list[AuditEntry]:
    return list(read_trail(db))


def changed(entries: list[AuditEntry], script: str) -> list[AuditEntry]:
    """Return a trail after somebody who may do everything with the table has changed it."""
    names = ", ".join(AuditEntry._fields)
    places = ", ".join("?" for _ in AuditEntry._fields)
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE audit_entry ({names} INTEGER PRIMARY KEY)")
        connection.executemany(f"INSERT INTO audit_entry ({names}) VALUES ({places})", entries)
        connection.executescript(script)
        return [
            AuditEntry(*row) for row in connection.execute(f"SELECT {names} FROM audit_entry ORDER BY id")
        ]


def test_17_ranges_without_a_chain_are_named(db: str, entries: list[AuditEntry], bare: Cli) -> None:
    markers = {entry.id: entry.operation for entry in entries if entry.name is None}
    assert markers == {4: STOP, 7: START, 10: STOP, 12: START}
    report = verify_trail(entries)
    assert (report.entries, report.unhashed, report.wrong) == (13, 3, None)
    assert [(each.first, each.last) for each in report.unchained] == [(5, 6), (11, 11)]
    assert (report.unchained[0].since, report.unchained[0].until) == (entries[4].time, entries[5].time)
    assert bare.json("audit", "verify", "--db", db)["unchained"][1]["first"] == 11
    lines = bare.ok("audit", "verify", "--db", db).splitlines()
    assert [line.partition(",")[0] for line in lines[1:3]] == [
        "without a hash: 5 to 6",
        "without a hash: 11 to 11",
    ]


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        # Hashes that are deleted do not look like a chain that was off.
        ("UPDATE audit_entry SET hash = NULL, actor = 'eve' WHERE id = 2", 2),
        ("UPDATE audit_entry SET hash = NULL WHERE id <= 2", 3),
        ("UPDATE audit_entry SET hash = NULL WHERE id <= 4", 7),
        ("UPDATE audit_entry SET hash = NULL WHERE id = 4", 4),
        ("UPDATE audit_entry SET hash = NULL WHERE id IN (3, 4)", 3),
        ("UPDATE audit_entry SET hash = NULL WHERE id = 7", 8),
        ("UPDATE audit_entry SET hash = NULL WHERE id IN (7, 8)", 9),
        ("UPDATE audit_entry SET hash = NULL WHERE id BETWEEN 7 AND 9", 10),
        ("UPDATE audit_entry SET hash = NULL WHERE id BETWEEN 7 AND 10", 12),
        ("UPDATE audit_entry SET hash = NULL WHERE id = 9", 9),
        ("UPDATE audit_entry SET hash = NULL WHERE id >= 12", None),
        ("UPDATE audit_entry SET hash = NULL WHERE id = 13", 13),
        ("UPDATE audit_entry SET hash = NULL WHERE id < 12", 12),
        ("DELETE FROM audit_entry WHERE id = 1; UPDATE audit_entry SET hash = NULL WHERE id IN (2, 3)", 4),
        ("DELETE FROM audit_entry WHERE id = 1; UPDATE audit_entry SET hash = NULL WHERE id <= 4", 7),
        ("DELETE FROM audit_entry WHERE id <= 4; UPDATE audit_entry SET hash = NULL WHERE id = 8", 7),
        # The entries that switch the chain.
        ("DELETE FROM audit_entry WHERE id = 4", 5),
        ("DELETE FROM audit_entry WHERE id = 7", 8),
        ("DELETE FROM audit_entry WHERE id BETWEEN 4 AND 7", 8),
        ("DELETE FROM audit_entry WHERE id BETWEEN 3 AND 6", 7),
        ("UPDATE audit_entry SET operation = 'x' WHERE id = 4", 4),
        ("UPDATE audit_entry SET operation = 'x' WHERE id = 7", 7),
        (f"UPDATE audit_entry SET operation = '{STOP}' WHERE id = 8", 8),
        ("UPDATE audit_entry SET changes = '{}' WHERE id = 7", 7),
        ("UPDATE audit_entry SET changes = 'x' WHERE id = 7", 7),
        # Entries of the chain.
        ("UPDATE audit_entry SET time = time + 1 WHERE id = 8", 8),
        ("DELETE FROM audit_entry WHERE id = 8", 9),
        (f"INSERT INTO audit_entry ({COPY}) SELECT {COPY} FROM audit_entry WHERE id = 5", 14),
        # Nothing protects what is not in the chain.
        ("UPDATE audit_entry SET actor = 'eve' WHERE id = 5", None),
        ("DELETE FROM audit_entry WHERE id = 6", None),
        # Only the retention may delete the oldest entries.
        *((f"DELETE FROM audit_entry WHERE id <= {last}", last + 1) for last in (1, 2, 3, 7, 8, 9, 11, 12)),
        *((f"DELETE FROM audit_entry WHERE id <= {last}", 7) for last in (4, 5, 6)),
        ("DELETE FROM audit_entry WHERE id <= 10", 12),
        # Ids.
        (f"INSERT INTO audit_entry (id, {COPY}) SELECT -1, {COPY} FROM audit_entry WHERE id = 5", -1),
        (f"INSERT INTO audit_entry (id, {COPY}) SELECT 0, {COPY} FROM audit_entry WHERE id = 5", 0),
        ("UPDATE audit_entry SET id = id + 1000, actor = 'eve' WHERE id = 1", 2),
        ("UPDATE audit_entry SET id = id + 1000", 1001),
        ("UPDATE audit_entry SET id = id + 1000 WHERE id > 7", 1008),
        ("UPDATE audit_entry SET id = 14 WHERE id = 13", 14),
    ],
)
def test_17_what_somebody_changed_is_found(
    entries: list[AuditEntry], statement: str, wrong: int | None
) -> None:
    assert verify_trail(changed(entries, statement)).wrong == wrong


def test_17_hashes_that_are_deleted_to_the_end_are_found_by_a_stored_hash(entries: list[AuditEntry]) -> None:
    last = verify_trail(entries).last_hash
    without = changed(entries, "UPDATE audit_entry SET hash = NULL WHERE id >= 12")
    assert verify_trail(without).wrong is None
    assert not verify_trail(without, last).has_expected


def test_17_hashes_that_are_deleted_while_a_server_runs_are_found(tmp_path: Path, bare: Cli) -> None:
    db = str(tmp_path / "registry.db")
    with serving(db, CHAINED) as client:
        for name in ("a", "b"):
            client.make("/registered_models", name=name)
        with contextlib.closing(sqlite3.connect(db)) as connection:
            connection.executescript(
                "DROP TRIGGER audit_entry_update; UPDATE audit_entry SET hash = NULL, actor = 'eve'"
            )
        assert "none of its 2 entries has a hash" in bare.fails(1, "audit", "verify", "--db", db)
        client.make("/registered_models", name="c")
    run(db, CHAINED, "d")
    assert [each.hash is None for each in read_trail(db)] == [True, True, False, False]
    assert "the trail was changed: entry 3" in bare.fails(1, "audit", "verify", "--db", db)


def test_17_a_chain_that_begins_late_says_so(tmp_path: Path, bare: Cli) -> None:
    db = str(tmp_path / "registry.db")
    run(db, PLAIN, "a", "b")
    run(db, CHAINED, "c")
    entries = list(read_trail(db))
    assert [entry.operation for entry in entries][2] == START
    assert json.loads(entries[2].changes) == {"previousHash": [None, FIRST], "withoutHash": [1, 2]}
    report = verify_trail(entries)
    assert (report.wrong, [(each.first, each.last) for each in report.unchained]) == (None, [(1, 2)])
    assert "startAuditChain" in bare.ok("audit", "ls", "--db", db)


def test_17_servers_with_and_without_a_chain_at_the_same_time(any_db: str) -> None:
    """One after the other restarts without the chain: the others go on with it for some time."""
    with serving(any_db, CHAINED) as old, serving(any_db, PLAIN) as new:
        old.make("/registered_models", name="a")
        for number in range(3):
            new.make("/registered_models", name=f"b{number}")
            old.make("/registered_models", name=f"c{number}")
    report = verify_trail(read_trail(any_db))
    assert (report.wrong, report.unhashed) == (None, 3)
    run(any_db, CHAINED, "d")
    assert verify_trail(read_trail(any_db)).wrong is None


def test_17_only_the_first_write_of_a_server_records_a_switch(any_db: str) -> None:
    for number, options in enumerate((CHAINED, CHAINED, PLAIN, PLAIN, CHAINED, CHAINED)):
        run(any_db, options, f"{number}a", f"{number}b")
    operations = [entry.operation for entry in read_trail(any_db)]
    assert [operations.count(each) for each in (START, STOP)] == [1, 1]
    assert verify_trail(read_trail(any_db)).wrong is None


def test_17_a_rewritten_entry_does_not_verify_itself() -> None:
    """An entry that claims to begin the chain is checked like the others."""
    made = AuditEntry(1, "eve", "none", None, START, None, None, None, None, "{}", hash="0" * 64, id=5)
    assert [verify_trail([made])[3:5], verify_trail([made._replace(id=1)])[3:5]] == [(5, 5), (1, None)]


def entry(moment: int, operation: str = "o", changes: str = "{}", id: int = 0) -> AuditEntry:
    return AuditEntry(moment, "ann", "token", None, operation, None, None, None, None, changes, id=id)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(prepare(str(tmp_path / "registry.db"), durable=False)) as connection:
        yield connection


@pytest.fixture
def session(connection: sqlite3.Connection) -> SQLiteSession:
    return SQLiteSession(connection, new_findings())


def stored(session: SQLiteSession) -> list[AuditEntry]:
    return read_entries(session, AuditFilter(), edge=None, newest_first=False)


def test_17_the_first_entry_after_a_retention_is_checked(session: SQLiteSession) -> None:
    store_chained(session, [entry(moment) for moment in range(6)])
    assert not prune(session, 2, chained=True)
    assert not prune(session, 4, chained=True)
    entries = stored(session)
    assert [(each.id, each.operation) for each in entries] == [
        *((5, "o"), (6, "o")),
        *((7, DELETION), (8, DELETION)),
    ]
    assert json.loads(entries[-1].changes)["lastId"] == [None, 4]
    assert verify_trail(entries).wrong is None
    for change, wrong in (
        ("UPDATE audit_entry SET actor = 'eve' WHERE id = 5", (5, None)),
        ("DELETE FROM audit_entry WHERE id = 5", (6, None)),
        ("DELETE FROM audit_entry WHERE id <= 7", (8, None)),
        ("UPDATE audit_entry SET id = id + 9, actor = CASE id WHEN 5 THEN 'eve' ELSE actor END", (14, None)),
        ("DELETE FROM audit_entry WHERE id = 8", (5, None)),
    ):
        assert verify_trail(changed(entries, change))[3:5] == wrong, change
    unhashed = entry(1, DELETION, entries[2].changes, id=4)
    assert verify_trail([unhashed, *entries[:2]]).wrong == 5


def test_17_a_retention_during_the_check_is_no_change(session: SQLiteSession) -> None:
    store_chained(session, [entry(moment) for moment in range(6)])
    limits = iter((2, 4))

    def read() -> Iterator[AuditEntry]:
        """Read pages of two entries; the retention deletes entries after the first page of a whole check."""
        edge: int | None = None
        while page := read_entries(session, AuditFilter(), edge=edge, newest_first=False, limit=2):
            yield from page
            if edge is None and (limit := next(limits, None)):
                prune(session, limit, chained=True)
            edge = page[-1].id

    assert verify_trail(read()).wrong == 1
    assert verify_trail_in_use(read).wrong is None
    assert [each.id for each in stored(session)] == [5, 6, 7, 8]
    found = changed(stored(session), "UPDATE audit_entry SET actor = 'eve' WHERE id = 5")
    assert verify_trail_in_use(lambda: found).wrong == 5


def test_17_a_retention_while_the_chain_is_off_is_recorded_and_the_chain_goes_on(
    session: SQLiteSession,
) -> None:
    store_chained(session, [entry(moment) for moment in range(3)])
    record_switch(session, chained=False)
    store_entries(session, [entry(now()) for _ in range(2)])
    assert not prune(session, 2, chained=False)
    assert verify_trail(stored(session)).wrong is None
    for later in (1000, 2000):  # first all that has a hash, then what recorded that
        limit = now() + later
        store_entries(session, [entry(limit) for _ in range(2)])
        assert not prune(session, limit, chained=False)
        assert {each.hash for each in stored(session)} == {None}
        assert verify_trail(stored(session)).wrong is None
    record_switch(session, chained=True)
    store_chained(session, [entry(now())])
    report = verify_trail(stored(session))
    assert (report.wrong, report.first) == (None, None)
    assert not prune(session, now() + 4000, chained=True)
    assert verify_trail(stored(session)).wrong is None


def test_17_a_trail_whose_start_nothing_records_says_so(tmp_path: Path, bare: Cli) -> None:
    db = str(tmp_path / "registry.db")
    run(db, CHAINED, "a", "b", "c")
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.execute("INSERT INTO audit_retention VALUES (2)")
        connection.execute("DELETE FROM audit_entry WHERE id <= 2")
        connection.commit()
    assert "the start of the trail cannot be checked: its first entry is 3" in bare.fails(
        1, "audit", "verify", "--db", db
    )


@pytest.mark.parametrize("id_", [-1, 0, 1, 2, 3])
def test_17_sqlite_refuses_entries_that_replace_others_or_stand_before_them(
    connection: sqlite3.Connection, session: SQLiteSession, id_: int
) -> None:
    store_chained(session, [entry(moment) for moment in range(3)])
    before = stored(session)
    for statement in ("INSERT OR REPLACE", "REPLACE", "INSERT"):
        with pytest.raises(sqlite3.Error):
            connection.execute(
                f"{statement} INTO audit_entry (id, {COPY}) SELECT {id_}, {COPY} FROM audit_entry LIMIT 1"
            )
        assert stored(session) == before
