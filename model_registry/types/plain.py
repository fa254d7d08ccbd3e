"""Values of fields as JSON types, and in a few characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import cast

from .missing import Missing
from .redaction import redacted

_LONGEST = 100
"""Characters of a value in a line."""


def plain(value: object) -> object:
    """Give a value of a field as JSON types: those of enums, and of properties of unknown kind."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in cast("Sequence[object]", value)]
    wire = getattr(value, "wire", None)
    return value if wire is None else plain(wire)


def short(value: object) -> str:
    """Return a value as text in one line, as Python writes it, without secrets and cut when it is long."""
    text = repr(value if isinstance(value, Missing) else redacted(plain(value)))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
