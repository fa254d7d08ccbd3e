"""Moves of aliases from version to version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_registry.types.formatting import HTMLTable

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class AliasMove(HTMLTable):
    """One move of an alias from a version of a model to another.

    Attributes:
        model: Name of the model.
        alias: The alias.
        previous: Name of the version that it was on; `None` when there was no such alias.
        version: Name of the version that it has been on since; `None` when it was removed.
        by: Who moved it.
        at: When, by the registry's clock; `None` before that is known.
        number: Which move of the model's aliases it is, from 1 on; `None` when nothing had to be moved.
        version_id: Id of the version.
        actor: Who moved it, as the server knows the caller; `None` when it does not.

    Example:
        >>> from model_registry.types import AliasMove
        >>> print(AliasMove("fraud", "champion", "1.0", "2.0", by="ann"))
        champion of fraud: 1.0 -> 2.0 by ann
    """

    model: str
    alias: str
    previous: str | None
    version: str | None
    by: str
    at: datetime | None = None
    number: int | None = None
    version_id: str | None = None
    actor: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the alias was moved; it was on this version already otherwise."""
        return self.previous != self.version

    def __str__(self) -> str:
        way = f"{self.previous or '(none)'} -> {self.version or '(none)'}"
        when = f" at {self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at else ""
        actor = f" ({self.actor})" if self.actor not in (None, self.by) else ""
        return f"{self.alias} of {self.model}: {way} by {self.by}{actor}{when}"

    def __repr__(self) -> str:
        return f"AliasMove({self})"

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON types, with the time as ISO text."""
        return {**vars(self), "at": self.at.isoformat() if self.at else None}
