"""What copying, exporting and importing did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from model_registry.types.formatting import HTMLTable

Outcome: TypeAlias = Literal["created", "updated", "unchanged", "kept", "skipped"]
"""What happened to one resource.

It was created; it was changed; it was the same; it differs and was left unchanged; it could not be written.
"""


def _counter() -> Counter[tuple[str, str]]:
    return Counter()


@dataclass
class CopyReport(HTMLTable):
    """How many resources were read or written, by kind and outcome.

    Attributes:
        counts: Numbers by kind and outcome, such as `("ModelVersion", "created")`.
        notes: What was left out and why, a line each.

    Example:
        >>> from model_registry.types import CopyReport
        >>> report = CopyReport()
        >>> report.count("RegisteredModel", "created")
        >>> report
        CopyReport(RegisteredModel: 1 created)
    """

    counts: Counter[tuple[str, str]] = field(default_factory=_counter)
    notes: list[str] = field(default_factory=list[str])

    def count(self, kind: str, outcome: str) -> None:
        """Count one more."""
        self.counts[kind, outcome] += 1

    def total(self, outcome: str | None = None) -> int:
        """Return how many resources had an outcome, or how many there were in all."""
        return sum(number for (_, each), number in self.counts.items() if outcome in (None, each))

    def to_dict(self) -> dict[str, object]:
        """Return the numbers and notes as JSON types."""
        kinds: dict[str, dict[str, int]] = {}
        for (kind, outcome), number in self.counts.items():
            kinds.setdefault(kind, {})[outcome] = number
        return {"counts": kinds, "notes": list(self.notes)}

    def __repr__(self) -> str:
        kinds: dict[str, list[str]] = {}
        for (kind, outcome), number in self.counts.items():
            kinds.setdefault(kind, []).append(f"{number} {outcome}")
        shown = "; ".join(f"{kind}: {', '.join(numbers)}" for kind, numbers in kinds.items())
        return f"{type(self).__name__}({shown or 'nothing'})"
