"""A chain of hashes that is switched off and on: changes are found, and what has no chain is named."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from model_registry.server.audit.administration import read_trail
from model_registry.server.audit.chain import FIRST, START, STOP, verify_trail
from model_registry.server.audit.entries import AuditEntry
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
        ("DELETE FROM audit_entry WHERE id <= 4; UPDATE audit_entry SET hash = NULL WHERE id = 8", 8),
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
        # The retention deletes the oldest entries.
        *((f"DELETE FROM audit_entry WHERE id <= {last}", None) for last in range(1, 13)),
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
    assert verify_trail([made]).wrong is None  # the first after a retention: nothing can be checked
    assert verify_trail([made._replace(id=1)]).wrong == 1
