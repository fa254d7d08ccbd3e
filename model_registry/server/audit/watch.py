"""Watch the writes of known callers: refuse, complete and record them, in their own transactions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from model_registry.server.audit.chain import record_switch, store_chained
from model_registry.server.audit.entries import AuditEntry, delete_older, now, store_entries
from model_registry.server.audit.session import WatchedSession, WrittenResource
from model_registry.server.identity.aliases import ProtectedAliases, stamp_actor
from model_registry.server.middleware.request_id import request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from model_registry.server.database.protocol import Database, Document, Session
    from model_registry.server.identity.caller import Actor
    from model_registry.server.kinds import Kind

Result = TypeVar("Result")

_PRUNE_SECONDS: Final = 3600.0
_NOBODY: Final = "anonymous"


class Trail(NamedTuple):
    """How the trail is kept.

    Attributes:
        seconds: How long entries are stored; None for ever.
        chained: Whether each entry has a hash of itself and the one before it.
    """

    seconds: float | None = None
    chained: bool = False


class Watch:
    """Watches the writes of a registry.

    Args:
        trail: How the trail is kept; None when there is none.
        protected_aliases: Names of those who may move an alias, besides admins, by alias in lower case.
    """

    def __init__(
        self, trail: Trail | None = None, protected_aliases: Mapping[str, Collection[str]] | None = None
    ) -> None:
        self._trail = trail
        self._aliases = ProtectedAliases(protected_aliases or {})
        self._prune_at = 0.0
        self._has_begun = False

    async def write(
        self,
        database: Database,
        run: Callable[[WatchedSession], Result],
        operation: str,
        caller: Actor | None,
    ) -> Result:
        """Run what an operation does, and store its entry in the same transaction.

        Args:
            database: The database.
            run: What the operation does.
            operation: Its name.
            caller: Who sends the request; None if the server does not know.
        """
        of_request = request_id.get()  # the transaction may run in another thread

        def work(session: Session) -> tuple[Result, AuditEntry | None]:
            def check(session: Session, kind: Kind, before: Document | None, after: Document) -> None:
                if caller is not None:
                    self._aliases.check(session, kind, before, after, caller)
                    stamp_actor(kind, after, caller)

            watched = WatchedSession(session, check, records=trail is not None)
            result = run(watched)
            return result, None if trail is None else _entry(watched, operation, caller, of_request)

        trail = self._trail
        is_alone = trail is not None and (trail.chained or not self._has_begun)
        result, _ = await database.write(work, finish=self._record if trail else None, alone=is_alone)
        self._has_begun = True
        return result

    def _record(self, session: Session, written: Sequence[tuple[Result, AuditEntry | None]]) -> None:
        """Store the entries of writes, and sometimes delete those that are too old."""
        trail = self._trail
        if trail is None:
            return
        if not self._has_begun:
            record_switch(session, chained=trail.chained)
        store = store_chained if trail.chained else store_entries
        store(session, [entry for _, entry in written if entry])
        if trail.seconds is not None and time.monotonic() >= self._prune_at:
            more = delete_older(session, now() - round(trail.seconds * 1000))
            self._prune_at = 0.0 if more else time.monotonic() + _PRUNE_SECONDS


def _entry(session: WatchedSession, operation: str, caller: Actor | None, id: str) -> AuditEntry:
    written = session.written or WrittenResource()
    actor = _NOBODY if caller is None else caller.name
    return AuditEntry(
        now(),
        actor,
        "none" if caller is None else caller.way,
        None if written.author == actor else written.author,
        operation,
        None if written.kind is None else written.kind.code,
        written.id,
        written.name,
        id or None,
        msgspec.json.encode(session.changes).decode(),
    )
