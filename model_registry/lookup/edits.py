"""Edit the resource that an object, a name or a reference means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.changes.write import ResourceWriter

from .references import Resolver

if TYPE_CHECKING:
    from model_registry.changes.dry_run import PlannedUpdates
    from model_registry.changes.merge import Edit
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import BaseResourceModel, Reference


async def edit_resource(
    core: ModelRegistryAPIClient,
    given: str | Reference | BaseResourceModel,
    edit: Edit,
    *,
    overwrite: bool = False,
    planned: PlannedUpdates | None = None,
) -> BaseResourceModel:
    """Write an edit.

    Args:
        core: The registry.
        given: The object, the name of a model, or a reference to a version.
        edit: What to write.
        overwrite: Whether it wins where others changed the same since the object was read.
        planned: What a dry run knows of the objects that it updated.

    Returns:
        The resource as the registry has it now.

    Raises:
        StaleObjectError: Others changed the same since the object was read.
        NotFoundError: There is no such resource.
        InvalidArgumentError: It is no resource of this registry, or a text means two.
    """
    current = await Resolver(core).resource(given)
    read = given if isinstance(given, types.BaseResourceModel) else None
    return await ResourceWriter(core, planned).edit(current, edit, read=read, overwrite=overwrite)
