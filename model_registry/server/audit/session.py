"""A session that records what a rule writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.audit.changes import Changes
    from model_registry.server.database.protocol import Document, Session
    from model_registry.server.kinds import Kind


class WrittenResource(NamedTuple):
    """What an operation wrote.

    Attributes:
        kind: Its kind.
        before: The stored resource, or None for a new one.
        after: The new resource.
    """

    kind: Kind
    before: Document | None
    after: Document


class Note(NamedTuple):
    """What an operation wrote that is no resource.

    Attributes:
        name: Its name.
        changes: What changed.
    """

    name: str
    changes: Changes


class WatchedSession:
    """A session on top of another, for one write.

    Args:
        session: The session that does the work.
        check: Called with each resource before it is stored: completes it, or raises to refuse it.

    Attributes:
        written: The last resource that was written, or what was noted.
        linked: The version that an artifact was linked to.
    """

    def __init__(
        self, session: Session, check: Callable[[Session, Kind, Document | None, Document], None]
    ) -> None:
        self._session = session
        self._check = check
        self.written: WrittenResource | Note | None = None
        self.linked: int | None = None
        self.dialect = session.dialect
        self.findings = session.findings
        self.allows_long_reads = session.allows_long_reads
        self.allows_slow_reads = session.allows_slow_reads
        self.rows: Final = session.rows
        self.row: Final = session.row
        self.execute: Final = session.execute
        self.execute_many: Final = session.execute_many
        self.next_id: Final = session.next_id

    def writing(self, kind: Kind, before: Document | None, after: Document) -> None:
        """See `Session`."""
        self._check(self._session, kind, before, after)
        self.written = WrittenResource(kind, before, after)

    def note(self, name: str, changes: Changes) -> None:
        """Note what was written that is no resource."""
        self.written = Note(name, changes)

    def linking(self, version_id: int, artifact_id: int) -> None:
        """See `Session`."""
        del artifact_id
        self.linked = version_id
