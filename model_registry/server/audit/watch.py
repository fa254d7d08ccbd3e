"""Watch the writes of known callers: refuse, complete and record them, in their own transactions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from model_registry.server.audit.entries import AuditEntry, delete_older, now, store_entry
from model_registry.server.audit.session import WatchedSession
from model_registry.server.identity.aliases import ProtectedAliases, author_of, stamp_actor
from model_registry.server.middleware.request_id import request_id

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from model_registry.server.database.protocol import Database, Document, Session
    from model_registry.server.identity.caller import Actor
    from model_registry.server.kinds import Kind
    from model_registry.server.rules.rule import OperationRequest, OperationResponse, Rule

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

    async def write(
        self,
        database: Database,
        rule: Rule,
        request: OperationRequest,
        operation: str,
        caller: Actor | None,
    ) -> OperationResponse:
        """Run the rule of an operation, and store its entry in the same transaction."""
        of_request = request_id.get()  # the transaction may run in another thread

        def work(session: Session) -> OperationResponse:
            def check(session: Session, kind: Kind, before: Document | None, after: Document) -> None:
                if caller is not None:
                    self._aliases.check(session, kind, before, after, caller)
                    stamp_actor(kind, after, caller)

            watched = WatchedSession(session, check, records=self._trail is not None)
            response = rule.run(watched, request)
            if self._trail is not None:
                entry = _entry(watched, operation, caller, of_request)
                store_entry(session, entry, chained=self._trail.chained)
                self._prune(session, self._trail)
            return response

        return await database.write(work, alone=self._trail is not None and self._trail.chained)

    def _prune(self, session: Session, trail: Trail) -> None:
        """Delete entries that are too old, sometimes."""
        if trail.seconds is None or time.monotonic() < self._prune_at:
            return
        more = delete_older(session, now() - round(trail.seconds * 1000))
        self._prune_at = 0.0 if more else time.monotonic() + _PRUNE_SECONDS


def _entry(session: WatchedSession, operation: str, caller: Actor | None, id: str) -> AuditEntry:
    written = session.written
    actor = _NOBODY if caller is None else caller.name
    author = None if written is None else author_of(written.kind, written.document)
    return AuditEntry(
        now(),
        actor,
        "none" if caller is None else caller.way,
        None if author == actor else author,
        operation,
        None if written is None else written.kind.code,
        None if written is None else written.id,
        None if written is None else written.document["name"],
        id or None,
        msgspec.json.encode(session.changes).decode(),
    )
