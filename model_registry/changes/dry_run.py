"""What a dry run knows of the objects that it updated: they are the caller's, and stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from model_registry.types import BaseResourceModel

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


class PlannedUpdates:
    """Copies of the objects that a dry run updated.

    An update notes in the object what was written, so that the next update does not take it for another's
    change. A dry run notes it in a copy: the object itself was not written, and a real update must still
    write it.
    """

    def __init__(self) -> None:
        # The originals are held, too, so that no other object gets the same id.
        self._copies: dict[int, tuple[BaseResourceModel, BaseResourceModel]] = {}

    def copy_of(self, resource: ResourceT) -> ResourceT:
        """Return a copy that knows what earlier updates of this dry run wrote.

        Args:
            resource: The caller's object.
        """
        _, earlier = self._copies.get(id(resource), (resource, resource))
        copied = resource.copy_read_as(cast("ResourceT", earlier))
        self._copies[id(resource)] = resource, copied
        return copied
