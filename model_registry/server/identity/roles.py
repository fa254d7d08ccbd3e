"""The roles of callers."""

from __future__ import annotations

import enum
from typing import Final


class Role(enum.IntEnum):
    """What a caller may do. Each role may also do what those before it may."""

    READER = 1
    WRITER = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """Its name for people."""
        return self.name.lower()


ROLES: Final[dict[str, Role]] = {role.word: role for role in Role}
"""The roles by their names."""
