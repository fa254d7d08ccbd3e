"""The chain of hashes of a trail: each entry has a hash of its fields, its id, and the hash before it.

A chain can be switched off and on. A server then first writes an entry of its own, which records that the
chain stops or goes on. It is part of the chain, so that hashes that somebody deleted are not taken for
entries that were stored without a chain.

When the retention deletes a part of the chain, the server writes an entry with the last hash of that part.
The check of the first entry that is left needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import bindparam, func, select

from model_registry.server.audit.entries import (
    AuditEntry,
    delete_entries,
    find_older,
    now,
    store_entries,
    store_numbered,
)
from model_registry.server.database.protocol import Statement
from model_registry.server.database.schema import audit_entry as table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from model_registry.server.database.protocol import Session

START: Final = "startAuditChain"
"""The operation of an entry that records that the chain goes on."""

STOP: Final = "stopAuditChain"
"""The operation of an entry that records that the chain stops."""

DELETION: Final = "deleteAuditEntries"
"""The operation of an entry that records that the retention deleted a part of the chain."""

FIRST: Final = "0" * 64
"""Stands for the hash of the entry before the first."""

_LAST_ID: Final = 2**63 - 1
_SERVER: Final = "model-registry"
_newest: Final = select(table.c.hash, table.c.operation, table.c.changes).order_by(table.c.id.desc()).limit(1)
_until: Final = _newest.where(table.c.id <= bindparam("last"))
_NEWEST: Final = Statement(_newest)
_NEWEST_HASHED: Final = Statement(_until.where(table.c.hash.is_not(None)))
_NEWEST_DELETION: Final = Statement(_until.where(table.c.operation == DELETION))
_NEWEST_STOP: Final = Statement(
    select(table.c.id).where(table.c.operation == STOP).order_by(table.c.id.desc()).limit(1)
)
_NEWEST_HASH: Final = "(SELECT hash FROM audit_entry WHERE hash IS NOT NULL ORDER BY id DESC LIMIT 1)"
_NEXT_IDS: Final = {
    "sqlite": "(SELECT coalesce(max(id), 0) + 1 FROM audit_entry)",
    "postgresql": "nextval('audit_entry_id_seq')",
}
_NEXT: Final = Statement(lambda dialect: f"SELECT {_NEXT_IDS[dialect.name]}, {_NEWEST_HASH}")
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
        first: Number of the first entry, if it is not known what was before it: it is not the first that was
            written, and no entry records that the retention deleted others. Otherwise None.
        last_hash: The hash of the last entry with a hash; None if there is none.
        has_expected: Whether an entry has the expected hash, or none is expected.
    """

    entries: int
    unhashed: int
    unchained: list[UnchainedRange]
    wrong: int | None
    first: int | None
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


class _Deletion(msgspec.Struct, rename="camel"):
    """The changes that an entry records where the retention deletes a part of the chain.

    Attributes:
        previous_hash: None, and the last hash that was deleted.
        last_id: None, and the id of the last entry that was deleted.
    """

    previous_hash: tuple[None, str]
    last_id: tuple[None, int]


def store_chained(session: Session, entries: Sequence[AuditEntry]) -> None:
    """Store entries with their ids and hashes. No other transaction may store entries at the same time."""
    for each in entries:
        row = session.row(_NEXT, {})
        assert row is not None  # noqa: S101  # a query without a table always returns one row
        id_, previous = row
        numbered = each._replace(id=id_)
        hash_ = numbered.hash_after(previous or _deleted_hash(session))
        store_numbered(session, numbered._replace(hash=hash_))


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
    store_chained(session, [_server_entry(operation, changes)])


def prune(session: Session, limit: int, *, chained: bool) -> bool:
    """Delete the oldest entries from before a time, at most a page of them.

    Args:
        session: As for `store_chained`.
        limit: The time, in milliseconds since 1970.
        chained: Whether new entries are part of the chain.

    Returns:
        Whether there may be more.
    """
    last, has_more = find_older(session, limit)
    if last is not None:
        hash_ = _newest_hash(session, last)
        delete_entries(session, last)
        if hash_ != FIRST:
            changes = msgspec.json.encode(_Deletion((None, hash_), (None, last))).decode()
            store = store_chained if chained else store_entries
            store(session, [_server_entry(DELETION, changes)])
    return has_more


def _server_entry(operation: str, changes: str) -> AuditEntry:
    return AuditEntry(now(), _SERVER, "none", None, operation, None, None, None, None, changes)


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
    return check.report(has_expected=has_expected)


def verify_trail_in_use(read: Callable[[], Iterable[AuditEntry]], expected: str | None = None) -> ChainReport:
    """Check the hashes of a trail that is read page by page, while servers may delete its oldest entries.

    Args:
        read: Reads all entries, the oldest first.
        expected: Hash that an entry must have.
    """
    while True:
        first = next(iter(read()), None)
        report = verify_trail(read(), expected)
        if report.wrong is None or next(iter(read()), None) == first:
            return report


class _Check:
    """The check of a trail, entry by entry."""

    def __init__(self) -> None:
        self._entries = self._unhashed = 0
        self._unchained: list[UnchainedRange] = []
        self._previous: str | None = None
        self._wrong: int | None = None
        self._first_id = self._last_id = 0
        self._first_hashed: AuditEntry | None = None
        self._deletion: _Deletion | None = None
        self._is_off = True
        self._is_in_range = False
        self._without: tuple[int, int] | None = None

    def take(self, entry: AuditEntry) -> None:
        """Check the next entry."""
        self._entries += 1
        self._first_id = self._first_id or entry.id
        is_right = self._take_unhashed(entry) if entry.hash is None else self._take_hashed(entry)
        if not (is_right and entry.id > self._last_id) and self._wrong is None:
            self._wrong = entry.id
        self._last_id = entry.id
        self._deletion = _read(entry, DELETION, _Deletion) or self._deletion

    def report(self, *, has_expected: bool) -> ChainReport:
        """Return the result: now it is known which entries the retention deleted before the first."""
        wrong, unknown = self._wrong, None
        first, deletion = self._first_hashed, self._deletion
        if first is not None and not self._begins_with(first):
            wrong = first.id if wrong is None else min(wrong, first.id)
            unknown = self._first_id if deletion is None and self._first_id > 1 else None
        return ChainReport(
            self._entries, self._unhashed, self._unchained, wrong, unknown, self._previous, has_expected
        )

    def _begins_with(self, first: AuditEntry) -> bool:
        """Return whether the chain can begin with this entry, or go on with it after a deletion."""
        if self._deletion is not None:
            return first.follows(self._deletion.previous_hash[1])
        # A server that finds entries without a hash records that the chain starts: here, hashes were deleted.
        is_late = any(each.first < first.id for each in self._unchained)
        return first.follows(FIRST) and (first.operation == START or not is_late)

    def _take_unhashed(self, entry: AuditEntry) -> bool:
        self._unhashed += 1
        added = UnchainedRange(entry.id, entry.id, entry.time, entry.time)
        if self._is_in_range:
            begun = self._unchained.pop()
            added = begun._replace(last=entry.id, until=entry.time)
        self._unchained.append(added)
        self._is_in_range = True
        self._without = (self._without or (entry.id,))[0], entry.id
        return self._is_off

    def _take_hashed(self, entry: AuditEntry) -> bool:
        start = _read(entry, START, _Start)
        is_right = self._previous is None or entry.follows(self._previous)
        if start is not None:
            is_right = is_right and _is_within(self._without, start.without_hash)
        if entry.operation == STOP:
            self._is_off, self._without = True, None
        elif start is not None or self._previous is None:
            # Otherwise, it is of a server that went on with the chain after another one had stopped it.
            self._is_off = False
        if self._first_hashed is None:
            self._first_hashed = entry
            if start is None:  # entries without a hash before it are no reason to miss others
                self._deletion = None
        self._previous, self._is_in_range = entry.hash, False
        return is_right


_Changes = TypeVar("_Changes", _Start, _Deletion)


def _read(entry: AuditEntry, operation: str, type: type[_Changes]) -> _Changes | None:
    """Return what an entry of the server records, or None if it is another entry."""
    if entry.operation != operation:
        return None
    try:
        return msgspec.json.decode(entry.changes, type=type)
    except msgspec.DecodeError:  # somebody changed it, which its hash shows
        return None


def _is_within(found: tuple[int, int] | None, recorded: tuple[int | None, int | None]) -> bool:
    """Return whether entries without a hash are those that were recorded. The retention may delete some."""
    first, last = recorded
    if found is None:
        return True
    return first is not None and last is not None and first <= found[0] and found[1] <= last


def _newest_hash(session: Session, last: int = _LAST_ID) -> str:
    """Return the hash that the chain has after an entry, also when the retention deleted what has it."""
    row = session.row(_NEWEST_HASHED, {"last": last})
    return _deleted_hash(session, last) if row is None else str(row[0])


def _deleted_hash(session: Session, last: int = _LAST_ID) -> str:
    """Return the last hash that the retention had deleted before an entry."""
    row = session.row(_NEWEST_DELETION, {"last": last})
    return FIRST if row is None else msgspec.json.decode(row[2], type=_Deletion).previous_hash[1]
