"""What archiving and restoring did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model_registry.types.formatting import HTMLTable

if TYPE_CHECKING:
    from model_registry.types.contexts import ModelVersion, RegisteredModel


def _none() -> list[RegisteredModel | ModelVersion]:
    return []


@dataclass
class ArchiveReport(HTMLTable):
    """Which models and versions were archived or restored, and which were so already.

    Attributes:
        state: The state that was asked for: `ARCHIVED` or `LIVE`.
        changed: What was changed, as it is now, in the order in which it was done.
        unchanged: What was in that state already.
    """

    state: str
    changed: list[RegisteredModel | ModelVersion] = field(default_factory=_none)
    unchanged: list[RegisteredModel | ModelVersion] = field(default_factory=_none)

    def to_dict(self) -> dict[str, object]:
        """Return kinds, names and ids as JSON types."""
        return {
            "state": self.state,
            **{
                group: [{"kind": type(each).__name__, "name": each.name, "id": each.id} for each in resources]
                for group, resources in (("changed", self.changed), ("unchanged", self.unchanged))
            },
        }

    def __repr__(self) -> str:
        groups = [(f"now {self.state}", self.changed), ("already", self.unchanged)]
        shown = "; ".join(
            f"{group}: {', '.join(f'{type(each).__name__} {each.name!r}' for each in resources)}"
            for group, resources in groups
            if resources
        )
        return f"{type(self).__name__}({shown or 'nothing'})"
