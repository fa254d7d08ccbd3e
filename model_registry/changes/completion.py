"""Complete a resource that exists with what a caller gave: `register` with `if_exists="resume"`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry.exceptions import ConflictError
from model_registry.types.diff import diff
from model_registry.types.equality import equal
from model_registry.types.formatting import short
from model_registry.types.missing import Missing

from .merge import apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_registry.types import BaseResourceModel
    from model_registry.types.diff import Comparator, FieldChange

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


def given_changes(
    existing: BaseResourceModel, given: BaseResourceModel, same: Comparator = equal
) -> list[FieldChange]:
    """Return the fields and custom properties that were given and have another value, or none.

    What was not given is not compared.

    Args:
        existing: The resource as the registry has it.
        given: The resource as the caller gave it, with the same name.
        same: How the registry compares two values.
    """
    fields = {
        name
        for name in given.changed_fields() - {"name"}
        if name == "value" or getattr(given, name) is not None  # the value of a parameter may be `None`
    }
    return [
        each
        for each in diff(existing, given, same=same)
        if each.path.field in fields and (each.path.key is None or each.after is not Missing.ABSENT)
    ]


def refuse_contradictions(
    path: str,
    pairs: Iterable[tuple[BaseResourceModel | None, BaseResourceModel]],
    same: Comparator = equal,
) -> None:
    """Check that nothing that exists has another value than was given.

    Args:
        path: Name of the version, after that of its model.
        pairs: For each resource what exists, or `None`, and what was given.
        same: How the registry compares two values.

    Raises:
        ConflictError: A value differs; the text shows both.
    """
    contradictions = [
        f"{each.path} of {type(given).__name__} {getattr(given, 'name', None)!r} is {short(each.before)} "
        f"in the registry, but {short(_given(each))} was given"
        for existing, given in pairs
        if existing is not None
        for each in given_changes(existing, given, same)
        if each.before is not Missing.ABSENT
    ]
    if contradictions:
        raise ConflictError(
            f"{path} already exists with other values: {'; '.join(contradictions)}. It was not changed: "
            "register another version, or give the values of the registry.",
            status=409,
        )


def completed(existing: ResourceT, given: ResourceT, same: Comparator = equal) -> ResourceT | None:
    """Return what exists, with what was given and is missing; `None` if nothing is missing."""
    missing = given_changes(existing, given, same)
    if not missing:
        return None
    result = existing.model_copy()
    apply({each.path: each.after for each in missing}, result)
    return result


def _given(change: FieldChange) -> object:
    """Return the value that was given, which may be empty."""
    return "" if change.after is Missing.ABSENT else change.after
