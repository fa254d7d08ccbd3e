"""Edits of custom properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.alias_names import RESERVED
from model_registry.types.diff import PROPERTIES, FieldPath
from model_registry.types.missing import Missing

from .merge import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_registry.types import PropertyValue


def edit_of(properties: Mapping[str, PropertyValue], *, replaces: bool = False) -> Edit:
    """Return the edit that sets custom properties.

    Args:
        properties: Values by name.
        replaces: Whether all others are removed.

    Raises:
        UnsupportedType: The registry cannot store a value.
        InvalidArgumentError: A name is reserved for the client.
    """
    from model_registry.types.properties import checked_properties

    values = checked_properties(properties)
    for name in values:
        _check_not_reserved(name)
    return Edit({FieldPath(PROPERTIES, name): value for name, value in values.items()}, replaces)


def removal_of(names: Iterable[str]) -> Edit:
    """Return the edit that removes custom properties.

    Raises:
        InvalidArgumentError: A name is no text, or is reserved for the client.
    """
    values: dict[FieldPath, object] = {}
    for name in names:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"properties are removed by name, got {name!r}")
        _check_not_reserved(name)
        values[FieldPath(PROPERTIES, name)] = Missing.ABSENT
    return Edit(values)


def _check_not_reserved(name: str) -> None:
    if name.startswith(RESERVED):
        raise InvalidArgumentError(
            f"custom properties that begin with {RESERVED!r} belong to the client itself, got {name!r}; "
            "use set_alias and remove_alias for aliases"
        )
