"""The chain of hashes of a trail: each entry has a hash of itself and the one before it.

A chain can be switched off and on. A server then first writes an entry of its own, which records that the
chain stops or goes on. It is part of the chain, so that hashes that somebody deleted are not taken for
entries that were stored without a chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from model_registry.server.audit.entries import AuditEntry, now, store_entries
from model_registry.server.database.protocol import Statement
from model_registry.server.database.schema import audit_entry as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from model_registry.server.database.protocol import Session

START: Final = "startAuditChain"
"""The operation of an entry that records that the chain goes on."""

STOP: Final = "stopAuditChain"
"""The operation of an entry that records that the chain stops."""

FIRST: Final = "0" * 64
"""Stands for the hash of the entry before the first."""

_SERVER: Final = "model-registry"
_newest: Final = select(table.c.hash, table.c.operation).order_by(table.c.id.desc()).limit(1)
_NEWEST: Final = Statement(_newest)
_NEWEST_HASHED: Final = Statement(_newest.where(table.c.hash.is_not(None)))
_NEWEST_STOP: Final = Statement(
    select(table.c.id).where(table.c.operation == STOP).order_by(table.c.id.desc()).limit(1)
)
_WITHOUT: Final = Statement(
    select(func.min(table.c.id), func.max(table.c.id)).where(
        table.c.id > bindparam("after"), table.c.hash.is_(None)
    )
)


class UnchainedRange(NamedTuple):
    """Entries that were stored one after the other without a chain.

    Attributes:
        first: Id of the first.
        last: Id of the last.
        since: Time of the first, in milliseconds since 1970.
        until: Time of the last.
    """

    first: int
    last: int
    since: int
    until: int


class ChainReport(NamedTuple):
    """Whether a trail is as it was written.

    Attributes:
        entries: How many entries it has.
        unhashed: How many of them have no hash.
        unchained: Where they are.
        wrong: Number of the first entry that was changed, inserted, or follows a missing one; None if all
            are right.
        last_hash: The hash of the last entry with a hash; None if there is none.
        has_expected: Whether an entry has the expected hash, or none is expected.
    """

    entries: int
    unhashed: int
    unchained: list[UnchainedRange]
    wrong: int | None
    last_hash: str | None
    has_expected: bool


class _Start(msgspec.Struct, rename="camel"):
    """The changes that an entry records where the chain goes on, in pairs as all changes are.

    Attributes:
        previous_hash: None, and the hash before it.
        without_hash: Ids of the first and the last entry that were stored meanwhile.
    """

    previous_hash: tuple[None, str]
    without_hash: tuple[int | None, int | None]


def store_chained(session: Session, entries: Sequence[AuditEntry]) -> None:
    """Store entries with their hashes. No other transaction may store entries at the same time."""
    store_entries(session, list(_with_hashes(session, entries)))


def record_switch(session: Session, *, chained: bool) -> None:
    """Store an entry if the chain was on and is not any more, or the reverse.

    Args:
        session: As for `store_chained`.
        chained: Whether the following entries are part of the chain.
    """
    newest = session.row(_NEWEST, {})
    was_chained = newest is not None and newest[0] is not None and newest[1] != STOP
    if newest is None or chained == was_chained:
        return
    changes = "{}"
    if chained:
        stop = session.row(_NEWEST_STOP, {})
        row = session.row(_WITHOUT, {"after": 0 if stop is None else stop[0]})
        without: tuple[int | None, int | None] = (None, None) if row is None else (row[0], row[1])
        changes = msgspec.json.encode(_Start((None, _newest_hash(session)), without)).decode()
    operation = START if chained else STOP
    entry = AuditEntry(now(), _SERVER, "none", None, operation, None, None, None, None, changes)
    store_chained(session, [entry])


def verify_trail(entries: Iterable[AuditEntry], expected: str | None = None) -> ChainReport:
    """Check the hashes of a trail.

    Args:
        entries: All entries, the oldest first.
        expected: Hash that an entry must have.
    """
    check = _Check()
    has_expected = expected is None
    for entry in entries:
        has_expected = has_expected or entry.hash == expected
        check.take(entry)
    return ChainReport(
        check.entries, check.unhashed, check.unchained, check.wrong, check.previous, has_expected
    )


class _Check:
    """The check of a trail, entry by entry.

    Attributes:
        entries: How many entries there were.
        unhashed: How many of them had no hash.
        unchained: Where these were.
        previous: The newest hash.
        wrong: Id of the first entry that is wrong.
    """

    def __init__(self) -> None:
        self.entries = self.unhashed = 0
        self.unchained: list[UnchainedRange] = []
        self.previous: str | None = None
        self.wrong: int | None = None
        self._first_id = 0
        self._is_off = True
        self._is_in_range = False
        self._without: tuple[int, int] | None = None

    def take(self, entry: AuditEntry) -> None:
        """Check the next entry."""
        self.entries += 1
        self._first_id = self._first_id or entry.id
        is_right = self._take_unhashed(entry) if entry.hash is None else self._take_hashed(entry)
        if not is_right and self.wrong is None:
            self.wrong = entry.id

    def _take_unhashed(self, entry: AuditEntry) -> bool:
        self.unhashed += 1
        added = UnchainedRange(entry.id, entry.id, entry.time, entry.time)
        if self._is_in_range:
            begun = self.unchained.pop()
            added = begun._replace(last=entry.id, until=entry.time)
        self.unchained.append(added)
        self._is_in_range = True
        self._without = (self._without or (entry.id,))[0], entry.id
        return self._is_off

    def _take_hashed(self, entry: AuditEntry) -> bool:
        start = _read_start(entry)
        before = self._hash_before(start)
        is_right = entry.follows(before)
        if start is not None:
            is_right = is_right and _is_within(self._without, start.without_hash)
        if entry.operation == STOP:
            self._is_off, self._without = True, None
        elif start is not None or self.previous is None:
            # Otherwise, it is of a server that went on with the chain after another one had stopped it.
            self._is_off = False
        self.previous, self._is_in_range = entry.hash, False
        return is_right

    def _hash_before(self, start: _Start | None) -> str | None:
        """Return the hash before an entry; None if it was deleted, so that nothing can be checked."""
        if self.previous is not None:
            return self.previous
        if start is not None and self._first_id > 1:
            return start.previous_hash[1]
        return FIRST if self.unhashed or self._first_id == 1 else None


def _read_start(entry: AuditEntry) -> _Start | None:
    if entry.operation != START:
        return None
    try:
        return msgspec.json.decode(entry.changes, type=_Start)
    except msgspec.DecodeError:  # somebody changed it, which its hash shows
        return None


def _is_within(found: tuple[int, int] | None, recorded: tuple[int | None, int | None]) -> bool:
    """Return whether entries without a hash are those that were recorded. The retention may delete some."""
    first, last = recorded
    if found is None:
        return True
    return first is not None and last is not None and first <= found[0] and found[1] <= last


def _with_hashes(session: Session, entries: Sequence[AuditEntry]) -> Iterator[AuditEntry]:
    last = _newest_hash(session)
    for each in entries:
        last = each.hash_after(last)
        yield each._replace(hash=last)


def _newest_hash(session: Session) -> str:
    row = session.row(_NEWEST_HASHED, {})
    return FIRST if row is None else str(row[0])
