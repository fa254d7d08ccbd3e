"""A field that two sides changed to different values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from model_registry.types.formatting import HTMLTable, short
from model_registry.types.missing import Missing


@dataclass(frozen=True)
class FieldConflict(HTMLTable):
    """A field, or a custom property, that two sides changed to different values.

    Attributes:
        field: Name of the field, such as `owner` or `custom_properties['accuracy']`.
        read: The value that this side read before it changed it.
        mine: The value that this side wants.
        theirs: The value that the registry holds.

    Example:
        >>> from model_registry.types import FieldConflict
        >>> print(FieldConflict("owner", read="ann", mine="bob", theirs="eve"))
        owner: read 'ann', mine 'bob', theirs 'eve'
    """

    field: str
    read: object
    mine: object
    theirs: object

    def __str__(self) -> str:
        return f"{self.field}: read {short(self.read)}, mine {short(self.mine)}, theirs {short(self.theirs)}"

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON types; a value that is missing is left out."""
        values = {"read": self.read, "mine": self.mine, "theirs": self.theirs}
        shown = {
            name: value.value if isinstance(value, Enum) else value
            for name, value in values.items()
            if not isinstance(value, Missing)
        }
        return {"field": self.field, **shown}
