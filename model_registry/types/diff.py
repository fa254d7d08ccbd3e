"""How two resources differ: the one comparison of objects.

Every verb that compares uses it: `compare`, `update`, `register` with `if_exists="resume"`, `copy` and
`import_`, the dry run, and the check of whether a write arrived whose response was lost.

A field has no value when it is `None`, an empty text or an empty list: registries do not keep these apart. A
custom property is absent or has a value, which may be empty; so may the value of a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .equality import equal
from .missing import Missing

if TYPE_CHECKING:
    from .base import BaseResourceModel

Comparator: TypeAlias = Callable[[object, object], bool]
"""Return whether two values are the same."""

PROPERTIES = "custom_properties"

IDENTITY = frozenset({"id", "create_time_since_epoch", "last_update_time_since_epoch"})
"""Fields that the registry sets. They differ between any two resources."""


class FieldPath(NamedTuple):
    """A field, or one custom property.

    Attributes:
        field: Name of the field.
        key: Name of the custom property; `None` for a field.
    """

    field: str
    key: str | None = None

    @property
    def dotted(self) -> str:
        """Its text with a dot, such as `custom_properties.accuracy`."""
        return self.field if self.key is None else f"{self.field}.{self.key}"

    def __str__(self) -> str:
        return self.field if self.key is None else f"{self.field}[{self.key!r}]"


class FieldChange(NamedTuple):
    """A field or a custom property with different values on two sides.

    Attributes:
        path: What differs.
        before: The value of the first side, or `Missing.ABSENT`.
        after: The value of the second side, or `Missing.ABSENT`.
    """

    path: FieldPath
    before: object
    after: object


_SIZE = FieldPath(PROPERTIES, "storage.size")


def diff(
    before: BaseResourceModel,
    after: BaseResourceModel,
    *,
    ignore: Collection[str] = IDENTITY,
    same: Comparator = equal,
) -> list[FieldChange]:
    """Return what differs between two resources: fields first, then custom properties.

    Args:
        before: One resource.
        after: The other one, of the same class.
        ignore: Names of fields not to compare.
        same: How two values are compared; for a registry that changes what it stores.
    """
    left, right = values_of(before, ignore), values_of(after, ignore)
    changes = (
        FieldChange(path, left.get(path, Missing.ABSENT), right.get(path, Missing.ABSENT))
        for path in sorted({**left, **right}, key=_order(before))
    )
    return [each for each in changes if not (same(each.before, each.after) or _is_same_size(each))]


def values_of(resource: BaseResourceModel, ignore: Collection[str] = ()) -> dict[FieldPath, object]:
    """Return each field that has a value, and each custom property, by its path."""
    values: dict[FieldPath, object] = {}
    for name in type(resource).model_fields:
        if name in ignore:
            continue
        value = getattr(resource, name)
        if name == PROPERTIES:
            properties: Mapping[str, object] = value or {}
            values.update({FieldPath(name, key): each for key, each in properties.items()})
        elif value_at(FieldPath(name), value) is not Missing.ABSENT:
            values[FieldPath(name)] = value
    return values


def value_at(path: FieldPath, value: object) -> object:
    """Return a value as it is compared: `Missing.ABSENT` for a field that has none."""
    has_none = path.key is None and path.field != "value" and (value is None or value in ("", []))
    return Missing.ABSENT if has_none else value


def _is_same_size(change: FieldChange) -> bool:
    """Return whether a change is that of the size of files from an `int`, as earlier releases wrote it."""
    return change.path == _SIZE and change.before == change.after


def _order(resource: BaseResourceModel) -> Callable[[FieldPath], tuple[bool, int]]:
    """Return a key that sorts paths as a class lists its fields, with custom properties last."""
    places = {name: place for place, name in enumerate(type(resource).model_fields)}
    return lambda path: (path.key is not None, places[path.field])
