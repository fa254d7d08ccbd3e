"""Store, find and delete the entries of the trail, in table `audit_entry`."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from model_registry.server.database.protocol import Statement
from model_registry.server.database.schema import audit_entry as table
from model_registry.server.database.schema import audit_retention
from model_registry.server.kinds import KIND_BY_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from model_registry.server.database.protocol import Session

PAGE: Final = 1000
"""How many entries are read or deleted at once."""


class AuditEntry(NamedTuple):
    """What somebody did.

    Attributes:
        time: When, in milliseconds since 1970.
        actor: The name of the caller, as the server knows it.
        way: How the server knows the caller.
        author: Who the caller says it is, if that differs from the actor.
        operation: The operation of the contract.
        kind: Code of the kind of the resource.
        resource_id: Id of the resource.
        name: Name of the resource.
        request_id: Id of the request, as in the log of requests.
        changes: What changed, as JSON.
        hash: The hash of this entry and that of the one before it, if the trail is a chain.
        id: Its number.
    """

    time: int
    actor: str
    way: str
    author: str | None
    operation: str
    kind: int | None
    resource_id: int | None
    name: str | None
    request_id: str | None
    changes: str
    hash: str | None = None
    id: int = 0

    def hash_after(self, previous: str) -> str:
        """Return the hash of all other fields of this entry, after that of the entry before it."""
        content = msgspec.json.encode([previous, self.id, *self[:_HASH]])
        return hashlib.sha256(content).hexdigest()

    def follows(self, previous: str) -> bool:
        """Return whether its hash is right, if that of the entry before it is `previous`."""
        return self.hash == self.hash_after(previous)

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON types."""
        return {
            "id": self.id,
            "time": self.time,
            "actor": self.actor,
            "way": self.way,
            "author": self.author,
            "operation": self.operation,
            "kind": None if self.kind is None else KIND_BY_CODE[self.kind].schema,
            "resource_id": None if self.resource_id is None else str(self.resource_id),
            "name": self.name,
            "request_id": self.request_id,
            "changes": msgspec.json.decode(self.changes),
            "hash": self.hash,
        }


class AuditFilter(NamedTuple):
    """Which entries to read.

    Attributes:
        actor: Name of the caller.
        operation: The operation of the contract.
        resource: Id or name of the resource.
        since: Earliest time, in milliseconds since 1970.
        until: Time before which they are.
    """

    actor: str | None = None
    operation: str | None = None
    resource: str | None = None
    since: int | None = None
    until: int | None = None


_HASH: Final = AuditEntry._fields.index("hash")
_COLUMNS: Final = [table.c[name] for name in AuditEntry._fields]
_NUMBERED: Final[dict[str, Any]] = {name: bindparam(name) for name in AuditEntry._fields}
_INSERT_NUMBERED: Final = Statement(insert(table).values(_NUMBERED))
_INSERT: Final = Statement(
    insert(table).values({name: value for name, value in _NUMBERED.items() if name != "id"})
)
_OLDEST: Final = Statement(select(table.c.id, table.c.time).order_by(table.c.id).limit(PAGE))
_FORGET: Final = Statement(delete(audit_retention))
_ALLOW: Final = Statement(insert(audit_retention))
_DELETE: Final = Statement(delete(table).where(table.c.id <= bindparam("last")))


def store_entries(session: Session, entries: Sequence[AuditEntry]) -> None:
    """Store entries, in the order of the writes and in their transaction. The database numbers them."""
    session.execute_many(_INSERT, [each._asdict() for each in entries])


def store_numbered(session: Session, entry: AuditEntry) -> None:
    """Store an entry that has its number."""
    session.execute_many(_INSERT_NUMBERED, [entry._asdict()])


def read_entries(
    session: Session, wanted: AuditFilter, *, edge: int | None, newest_first: bool, limit: int = PAGE
) -> list[AuditEntry]:
    """Return a page of entries.

    Args:
        session: A session that allows slow reads.
        wanted: Which entries.
        edge: Id of the last entry of the page before.
        newest_first: Whether to go from the newest to the oldest.
        limit: How many entries at most.
    """
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor is not None:
        conditions.append(table.c.actor == wanted.actor)
    if wanted.operation is not None:
        conditions.append(table.c.operation == wanted.operation)
    if wanted.since is not None:
        conditions.append(table.c.time >= wanted.since)
    if wanted.until is not None:
        conditions.append(table.c.time < wanted.until)
    if wanted.resource is not None:
        named = table.c.name == wanted.resource
        is_id = _ID.fullmatch(wanted.resource) is not None
        conditions.append(named | (table.c.resource_id == int(wanted.resource)) if is_id else named)
    if edge is not None:
        conditions.append(table.c.id < edge if newest_first else table.c.id > edge)
    order = table.c.id.desc() if newest_first else table.c.id
    query = select(*_COLUMNS).where(*conditions).order_by(order).limit(limit)
    return [AuditEntry(*row) for row in session.rows(Statement(query, prepare=False), {})]


_ID: Final = re.compile("[0-9]{1,18}")


def find_older(session: Session, limit: int) -> tuple[int | None, bool]:
    """Find the oldest entries from before a time, at most a page of them.

    Returns:
        Id of the last of them, or None, and whether there may be more.
    """
    oldest = session.rows(_OLDEST, {})
    # Times of several servers may differ: an entry that must stay ends the part that is deleted.
    count = next((number for number, (_, moment) in enumerate(oldest) if moment >= limit), len(oldest) - 1)
    # The newest entry stays, so that its id is not used again.
    return oldest[count - 1][0] if count > 0 else None, count == PAGE - 1


def delete_entries(session: Session, last: int) -> None:
    """Delete the oldest entries.

    Args:
        session: A session that writes.
        last: Id of the last of them.
    """
    for statement in (_FORGET, _ALLOW, _DELETE):  # triggers refuse to delete others
        session.execute(statement, {"last": last})


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
