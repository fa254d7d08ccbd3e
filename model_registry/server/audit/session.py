"""A session that records what a rule writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.server.audit.changes import changes_of
from model_registry.server.identity.aliases import author_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.audit.changes import Changes
    from model_registry.server.database.protocol import Document, Session
    from model_registry.server.kinds import Kind


class WrittenResource(NamedTuple):
    """What an operation wrote.

    Attributes:
        kind: Its kind, if it is a resource.
        id: Its id, if it is a resource.
        name: Its name.
        author: Who the client says it is.
        changes: What changed.
    """

    kind: Kind | None = None
    id: int | None = None
    name: str | None = None
    author: str | None = None
    changes: Changes | None = None


class WatchedSession:
    """A session on top of another, for one write.

    Args:
        session: The session that does the work.
        check: Called with each resource before it is stored: completes it, or raises to refuse it.
        records: Whether to record changes.

    Attributes:
        written: The last resource that was written.
    """

    def __init__(
        self,
        session: Session,
        check: Callable[[Session, Kind, Document | None, Document], None],
        *,
        records: bool,
    ) -> None:
        self._session = session
        self._check = check
        self._records = records
        self.written: WrittenResource | None = None
        self._linked: int | None = None
        self.dialect = session.dialect
        self.findings = session.findings
        self.allows_long_reads = session.allows_long_reads
        self.allows_slow_reads = session.allows_slow_reads
        self.rows: Final = session.rows
        self.row: Final = session.row
        self.execute: Final = session.execute
        self.execute_many: Final = session.execute_many
        self.next_id: Final = session.next_id

    @property
    def changes(self) -> Changes:
        """What changed, with the version that an artifact was linked to."""
        changes = (self.written and self.written.changes) or {}
        return changes if self._linked is None else {**changes, "modelVersionId": [None, str(self._linked)]}

    def writing(self, kind: Kind, before: Document | None, after: Document) -> None:
        """See `Session`."""
        self._check(self._session, kind, before, after)
        changes = changes_of(before, after) if self._records else {}
        self.written = WrittenResource(kind, int(after["id"]), after["name"], author_of(kind, after), changes)

    def note(self, name: str, changes: Changes) -> None:
        """Note what was written that is no resource."""
        self.written = WrittenResource(name=name, changes=changes)

    def linking(self, version_id: int, artifact_id: int) -> None:
        """See `Session`."""
        del artifact_id
        self._linked = version_id
