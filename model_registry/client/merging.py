"""Merging one's own changes of a thing with those that others made since it was read.

Pure functions. What is changed is named by spots: a field, or a field and a key for one custom property.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.comparing import same_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import BaseResourceModel, FieldConflict

Spot: TypeAlias = "tuple[str, str | None]"

PROPERTIES = "custom_properties"

RESERVED = "model-registry."
"""Beginning of the custom properties that the client keeps for itself, such as those of aliases."""


@dataclass
class Change:
    """What one side wants to write.

    Attributes:
        values: Values by spot; `Missing.ABSENT` removes a custom property.
        whole: Whether custom properties that are not among the values are removed.
    """

    values: dict[Spot, object]
    whole: bool = False


@dataclass
class Known:
    """What one side knows of a thing.

    Attributes:
        answered: The fields as they were read.
        time: When the thing had last been changed when it was read; `None` when that is not known.
    """

    answered: Mapping[str, Any] = field(default_factory=dict[str, Any])
    time: str | None = None

    @classmethod
    def of(cls, read: BaseResourceModel | None) -> Known:
        """Say what somebody knows who has read a thing before, or not."""
        return cls() if read is None else cls(read.answered_fields(), read.last_update_time_since_epoch)

    def read(self, spot: Spot) -> object:
        """Give the value that a spot was read with."""
        name, key = spot
        value = self.answered.get(name, types.Missing.UNKNOWN)
        return value if key is None or value is types.Missing.UNKNOWN else _at_key(value or {}, key)

    def covers(self, spot: Spot, theirs: object, current: BaseResourceModel) -> bool:
        """Tell whether the registry's value is no news."""
        read = self.read(spot)
        if read is types.Missing.UNKNOWN:
            return self.time in (None, current.last_update_time_since_epoch)
        return same_value(theirs, read)


def change_of(resource: BaseResourceModel) -> Change:
    """Find what was changed in an object since it was read; all that was given, when it never was."""
    from model_registry.types.properties import checked_properties

    answered = resource.answered_fields()
    changed = resource.changed_fields() & resource.writable_fields()
    values: dict[Spot, object] = {
        (name, None): value
        for name in sorted(changed - {PROPERTIES})
        if (value := getattr(resource, name)) is not None or answered
    }
    if PROPERTIES not in changed or (resource.custom_properties is None and not answered):
        return Change(values)
    mine = checked_properties(resource.custom_properties or {})
    if answered.get(PROPERTIES) is None:
        values.update({(PROPERTIES, key): value for key, value in mine.items()})
        return Change(values, whole=True)
    before: dict[str, Any] = answered[PROPERTIES]
    for key in {**before, **mine}:
        value = _at_key(mine, key)
        if not same_value(_at_key(before, key), value):
            values[PROPERTIES, key] = value
    return Change(values)


def to_write(
    change: Change, known: Known, current: BaseResourceModel
) -> tuple[dict[Spot, object], list[FieldConflict]]:
    """Compare a change with what the registry holds.

    Args:
        change: What one side wants to write.
        known: What it knows.
        current: What the registry holds.

    Returns:
        Values that differ from what the registry holds, and which of them collide with others' changes.
    """
    values = dict(change.values)
    own = dict(current.custom_properties or {})
    if change.whole:
        values = {(PROPERTIES, key): types.Missing.ABSENT for key in own} | values
    values = {spot: value for spot, value in values.items() if not _is_kept(spot, value, known)}
    wanted: dict[Spot, object] = {}
    conflicts: list[FieldConflict] = []
    for spot, value in values.items():
        name, key = spot
        theirs = getattr(current, name) if key is None else _at_key(own, key)
        mine = _emptied(name, theirs) if value is None and theirs is not None else value
        if same_value(mine, theirs):
            continue
        wanted[spot] = mine
        if not known.covers(spot, theirs, current):
            conflicts.append(types.FieldConflict(shown(spot), known.read(spot), mine, theirs))
    return wanted, conflicts


def apply(values: Mapping[Spot, object], current: BaseResourceModel) -> None:
    """Set values in an object that was just read."""
    properties: dict[str, Any] = dict(current.custom_properties or {})
    for (name, key), value in values.items():
        if key is None:
            setattr(current, name, value)
        elif value is types.Missing.ABSENT:
            properties.pop(key, None)
        else:
            properties[key] = value
    if any(name == PROPERTIES for name, _ in values):
        current.custom_properties = properties


def shown(spot: Spot) -> str:
    """Write a spot as Python does."""
    name, key = spot
    return name if key is None else f"{name}[{key!r}]"


def _is_kept(spot: Spot, value: object, known: Known) -> bool:
    """Tell whether a custom property is the client's own, and so is left as it is."""
    name, key = spot
    if key is None or not key.startswith(RESERVED):
        return False
    if value is not types.Missing.ABSENT and known.read(spot) is not types.Missing.UNKNOWN:
        raise InvalidArgumentError(f"{name}[{key!r}] is kept by the client itself and cannot be set by hand")
    return True


def _at_key(properties: Mapping[str, object], key: str) -> object:
    return properties.get(key, types.Missing.ABSENT)


def _emptied(name: str, value: object) -> object:
    """Give what stands for no value: the registry takes null for "leave it"."""
    if isinstance(value, str) and not name.endswith("_id"):
        return ""
    if isinstance(value, list):
        return []
    raise InvalidArgumentError(f"{name} is {value!r} and cannot be taken away, only replaced")
