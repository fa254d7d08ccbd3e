"""Check that a server stored what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.exceptions import UnexpectedResponseError
from model_registry.types.diff import IDENTITY, FieldChange, diff
from model_registry.types.equality import equal_as_stored
from model_registry.types.formatting import short
from model_registry.types.missing import Missing

if TYPE_CHECKING:
    from model_registry.types import BaseResourceModel


_OF_PARENTS = frozenset({"registered_model_id", "serving_environment_id"})
"""Fields that a write may set from an argument, instead of the resource."""


def sent_fields(resource: BaseResourceModel) -> set[str]:
    """Return the fields that a write sends: all of a new resource, else those that were changed."""
    changed = resource.changed_fields()
    if resource.id is not None:
        return changed
    return changed | set(type(resource).model_fields) - IDENTITY - _OF_PARENTS


def changed_values(sent: BaseResourceModel, stored: BaseResourceModel) -> list[FieldChange]:
    """Return what was sent and is stored in another way, or not at all.

    Args:
        sent: The resource as it was sent.
        stored: The resource as the server has it.
    """
    fields = {name for name in sent_fields(sent) if getattr(sent, name) is not None} - {"id"}
    return [
        each
        for each in diff(sent, stored, same=equal_as_stored)
        if each.path.field in fields and each.before is not Missing.ABSENT
    ]


def check_written(sent: BaseResourceModel, stored: BaseResourceModel) -> None:
    """Check that a server stored what was sent.

    Raises:
        UnexpectedResponseError: It stored something else.
    """
    changes = changed_values(sent, stored)
    if changes:
        listed = "; ".join(
            f"{each.path} was sent as {short(each.before)} and is "
            f"{'missing' if each.after is Missing.ABSENT else short(each.after)}"
            for each in changes
        )
        raise UnexpectedResponseError(
            f"The registry stored something else than was sent: {type(stored).__name__} "
            f"{getattr(stored, 'name', None)!r} (id {stored.id}): {listed}. Correct it, or use values that "
            "this server can store."
        )
