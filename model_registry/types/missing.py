"""What stands where there is no value."""

from __future__ import annotations

from enum import Enum


class Missing(Enum):
    """Stands where a comparison or a conflict has no value to show."""

    ABSENT = "nothing"
    """The field has no value, or there is no such custom property."""

    UNKNOWN = "not known"
    """The object does not remember what it was read with."""

    def __repr__(self) -> str:
        return f"({self.value})"
