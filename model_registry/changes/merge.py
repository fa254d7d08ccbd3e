"""Merge one caller's edits of a resource with what others changed since it was read.

Pure functions; `model_registry.types.diff` says when two values differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.alias_names import RESERVED
from model_registry.types.diff import PROPERTIES, FieldPath, value_at, values_of
from model_registry.types.equality import equal
from model_registry.types.missing import Missing
from model_registry.types.results.field_conflict import FieldConflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from model_registry.types import BaseResourceModel
from model_registry.types.diff import Comparator


@dataclass
class Edit:
    """What a caller wants to write.

    Attributes:
        values: Values by path; `Missing.ABSENT` removes a custom property, `None` empties a field.
        replaces_properties: Whether custom properties that are not among the values are removed.
    """

    values: dict[FieldPath, object]
    replaces_properties: bool = False

    @classmethod
    def of(cls, resource: BaseResourceModel) -> Self:
        """Return what was changed in an object since it was read; all that was given, if it never was."""
        from model_registry.types.properties import checked_properties

        read = resource.received_fields()
        changed = resource.changed_fields() & resource.writable_fields()
        values: dict[FieldPath, object] = {
            FieldPath(name): value
            for name in sorted(changed - {PROPERTIES})
            if (value := getattr(resource, name)) is not None or read
        }
        if PROPERTIES not in changed:
            return cls(values)
        mine = checked_properties(resource.custom_properties)
        before: dict[str, Any] | None = read.get(PROPERTIES)
        if before is None:
            values.update({FieldPath(PROPERTIES, key): value for key, value in mine.items()})
            return cls(values, replaces_properties=True)
        for key in {**before, **mine}:
            value = mine.get(key, Missing.ABSENT)
            if not equal(before.get(key, Missing.ABSENT), value):
                values[FieldPath(PROPERTIES, key)] = value
        return cls(values)


@dataclass
class Snapshot:
    """What a caller knows of a resource.

    Attributes:
        fields: The fields as they were read.
        time: When the resource had last been changed when it was read; `None` if that is unknown.
    """

    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    time: str | None = None

    @classmethod
    def of(cls, read: BaseResourceModel | None) -> Self:
        """Return what a caller knows who has read an object before, or who has none."""
        return cls() if read is None else cls(read.received_fields(), read.last_update_time_since_epoch)

    def value(self, path: FieldPath) -> object:
        """Return the value as it was read."""
        value = self.fields.get(path.field, Missing.UNKNOWN)
        if path.key is None or value is Missing.UNKNOWN:
            return value
        properties = cast("Mapping[str, object]", value or {})
        return properties.get(path.key, Missing.ABSENT)

    def is_stale(self, path: FieldPath, existing: object, time: str | None, same: Comparator) -> bool:
        """Return whether others changed a value since it was read.

        Args:
            path: The field or custom property.
            existing: The value that the registry has.
            time: When the resource was last changed.
            same: How two values are compared.
        """
        read = self.value(path)
        if read is Missing.UNKNOWN:
            return self.time not in (None, time)
        return not same(value_at(path, read), existing)


class Merged(NamedTuple):
    """What an update writes.

    Attributes:
        values: Values by path that differ from the registry's.
        conflicts: Those of them that others changed, too.
    """

    values: dict[FieldPath, object]
    conflicts: list[FieldConflict]


def merge(edit: Edit, known: Snapshot, current: BaseResourceModel, same: Comparator = equal) -> Merged:
    """Compare an edit with what the registry has.

    Args:
        edit: What the caller wants to write.
        known: What the caller knows of the resource.
        current: The resource as the registry has it.
        same: How two values are compared; for a registry that changes what it stores.

    Raises:
        InvalidArgumentError: The edit sets what the client itself stores, or empties what cannot be empty.
    """
    theirs = values_of(current)
    values = dict(edit.values)
    if edit.replaces_properties:
        values = {path: Missing.ABSENT for path in theirs if path.key is not None} | values
    merged = Merged({}, [])
    for path, value in values.items():
        existing = theirs.get(path, Missing.ABSENT)
        if _is_reserved(path, value, known) or same(value_at(path, value), existing):
            continue
        mine = _empty(path, existing) if value is None else value
        merged.values[path] = mine
        if known.is_stale(path, existing, current.last_update_time_since_epoch, same):
            shown = getattr(current, path.field) if path.key is None else existing
            merged.conflicts.append(FieldConflict(str(path), known.value(path), mine, shown))
    return merged


def apply(values: Mapping[FieldPath, object], current: BaseResourceModel) -> None:
    """Set values in an object that was just read; `Missing.ABSENT` removes a property or empties a field.

    Raises:
        InvalidArgumentError: A field cannot be empty.
    """
    properties: dict[str, Any] = dict(current.custom_properties)
    for path, value in values.items():
        if path.key is None:
            is_removed = value is Missing.ABSENT
            setattr(current, path.field, _empty(path, getattr(current, path.field)) if is_removed else value)
        elif value is Missing.ABSENT:
            properties.pop(path.key, None)
        else:
            properties[path.key] = value
    if any(path.field == PROPERTIES for path in values):
        current.custom_properties = properties


def _empty(path: FieldPath, value: object) -> object:
    """Return what a field is set to so that it has no value: for null, the registry leaves it unchanged.

    Raises:
        InvalidArgumentError: The field cannot be empty.
    """
    if isinstance(value, str) and not path.field.endswith("_id"):
        return ""
    if isinstance(value, list):
        return []
    raise InvalidArgumentError(f"{path} is {value!r} and cannot be removed, only replaced")


def _is_reserved(path: FieldPath, value: object, known: Snapshot) -> bool:
    """Return whether a custom property belongs to the client itself, and so is not written.

    Raises:
        InvalidArgumentError: The caller set it.
    """
    if path.key is None or not path.key.startswith(RESERVED):
        return False
    if value is not Missing.ABSENT and known.value(path) is not Missing.UNKNOWN:
        raise InvalidArgumentError(f"{path} is set by the client itself and cannot be changed by hand")
    return True
