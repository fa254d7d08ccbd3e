"""Watch the writes of known callers: refuse, complete and record them, in their own transactions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from model_registry.server.audit.chain import prune, record_switch, store_chained
from model_registry.server.audit.changes import changes_of, encode_changes
from model_registry.server.audit.entries import AuditEntry, now, store_entries
from model_registry.server.audit.masking import text_without_secrets
from model_registry.server.audit.session import WatchedSession, WrittenResource
from model_registry.server.identity.aliases import ProtectedAliases, author_of, stamp_actor
from model_registry.server.middleware.request_id import request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from model_registry.server.audit.changes import Changes
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


class _Written(NamedTuple):
    """What a request wrote, and who sent it."""

    session: WatchedSession
    operation: str
    caller: Actor | None
    request_id: str
    body: Mapping[str, Any]


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
        body: Mapping[str, Any] | None = None,
    ) -> Result:
        """Run what an operation does, and store its entry in the same transaction.

        Args:
            database: The database.
            run: What the operation does.
            operation: Its name.
            caller: Who sends the request; None if the server does not know.
            body: The body of the request.

        Raises:
            ApiError: 401 when the caller was revoked or has expired meanwhile; others of the operation.
        """
        of_request = request_id.get()  # the transaction may run in another thread

        def check(session: Session, kind: Kind, before: Document | None, after: Document) -> None:
            if caller is not None:
                self._aliases.check(session, kind, before, after, caller)
                stamp_actor(kind, before, after, caller)

        def work(session: Session) -> tuple[Result, _Written]:
            if caller is not None:
                caller.check(session)
            watched = WatchedSession(session, check)
            return run(watched), _Written(watched, operation, caller, of_request, body or {})

        trail = self._trail
        is_alone = trail is not None and (trail.chained or not self._has_begun)
        result, _ = await database.write(work, finish=self._record if trail else None, alone=is_alone)
        self._has_begun = True
        return result

    def _record(self, session: Session, results: Sequence[tuple[Result, _Written]]) -> None:
        """Store the entries of writes, and sometimes delete those that are too old.

        Entries of one transaction are built together, which is faster than each with its write.
        """
        trail = self._trail
        if trail is None:
            return
        if not self._has_begun:
            record_switch(session, chained=trail.chained)
        store = store_chained if trail.chained else store_entries
        store(session, [_entry(*written) for _, written in results])
        if trail.seconds is not None and time.monotonic() >= self._prune_at:
            more = prune(session, now() - round(trail.seconds * 1000), chained=trail.chained)
            self._prune_at = 0.0 if more else time.monotonic() + _PRUNE_SECONDS


def _entry(
    session: WatchedSession, operation: str, caller: Actor | None, request_id: str, body: Mapping[str, Any]
) -> AuditEntry:
    written, author = session.written, None
    kind: int | None = None
    resource_id: int | None = None
    name: str | None = None
    changes: Changes = {}
    actor = _NOBODY if caller is None else caller.name
    if isinstance(written, WrittenResource):
        kind, resource_id, name = written.kind.code, int(written.after["id"]), written.after["name"]
        author = author_of(written.kind, written.after)
        if author is not None:  # of the resource; the request need not say one
            said: Document = {
                "author": body.get("author"),
                "customProperties": body.get("customProperties") or {},
            }
            author = author_of(written.kind, {**written.after, **said})
        changes = changes_of(written.before, written.after)
    elif written is not None:
        name, changes = written
    if session.linked is not None:
        changes = {**changes, "modelVersionId": [None, str(session.linked)]}
    return AuditEntry(
        now(),
        actor,
        "none" if caller is None else caller.way,
        None if author is None or author == actor else text_without_secrets(author),
        operation,
        kind,
        resource_id,
        None if name is None else text_without_secrets(name),
        request_id or None,
        encode_changes(changes),
    )
