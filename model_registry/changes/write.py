"""Read and change resources of any kind, without undoing what others changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import (
    InvalidArgumentError,
    NotFoundError,
    StaleObjectError,
)

from .merge import Edit, Snapshot, apply, merge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import BaseResourceModel

    from .dry_run import PlannedUpdates

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


class ResourceWriter:
    """Reads and changes resources of any kind.

    Args:
        core: The registry.
        planned: What a dry run knows of the objects that it updated; `None` outside of a dry run.
    """

    def __init__(self, core: ModelRegistryAPIClient, planned: PlannedUpdates | None = None) -> None:
        self._core = core
        self._planned = planned

    async def current(self, resource: ResourceT) -> ResourceT:
        """Read the resource that an object stands for.

        Raises:
            NotFoundError: The registry has no such resource.
            InvalidArgumentError: It is not registered, cannot be changed, or is of another registry.
        """
        read, _ = self._calls(resource)
        current = await read(id_of(resource))
        if current is None or type(current) is not type(resource):
            raise NotFoundError(
                f"this registry has no {type(resource).__name__} with id {resource.id!r}", status=404
            )
        _check_identity(resource, current)
        return current

    async def update(self, resource: ResourceT, *, overwrite: bool = False) -> ResourceT:
        """Write what was changed in an object since it was read; the object then counts as read again.

        Args:
            resource: The object.
            overwrite: Whether its values win where others changed the same fields.

        Raises:
            StaleObjectError: Others changed the same fields.
            NotFoundError: The registry has no such resource.
            InvalidArgumentError: The object cannot be written.
        """
        current = await self.current(resource)
        known = self._noted(resource)
        edit = Edit.of(known)
        written = await self._write_edit(current, edit, known, overwrite=overwrite)
        known.settle({name: getattr(written, name) for name, key in edit.values if key is None})
        return written

    async def edit(
        self,
        current: ResourceT,
        edit: Edit,
        *,
        read: BaseResourceModel | None = None,
        overwrite: bool = False,
    ) -> ResourceT:
        """Write the values of an edit that differ from the registry's.

        Args:
            current: The resource as it was read just now; it is changed.
            edit: What to write.
            read: The object as the caller knows it, if the caller has one.
            overwrite: Whether the edit wins over changes of others.

        Raises:
            StaleObjectError: Others changed the same fields since the caller read the object.
        """
        known = None if read is None else self._noted(read)
        return await self._write_edit(current, edit, known, overwrite=overwrite)

    async def write(self, current: ResourceT) -> ResourceT:
        """Write the changed fields of an object that was read just now."""
        _, write = self._calls(current)
        return await write(current)

    def _noted(self, resource: ResourceT) -> ResourceT:
        """Return the object in which an edit notes what it wrote: a copy in a dry run."""
        return resource if self._planned is None else self._planned.copy_of(resource)

    async def _write_edit(
        self, current: ResourceT, edit: Edit, read: BaseResourceModel | None, *, overwrite: bool
    ) -> ResourceT:
        values, conflicts = merge(edit, Snapshot.of(read), current)
        if conflicts and not overwrite:
            listed = "; ".join(map(str, conflicts))
            raise StaleObjectError(
                f"{_named(current)} was changed by somebody else since you read it, in the same fields: "
                f"{listed}. Nothing was written: read it again and repeat the change, or pass overwrite=True",
                conflicts=conflicts,
                current=current,
            )
        if not values:
            return current
        apply(values, current)
        written = await self.write(current)
        if read is not None:
            read.settle_properties({key: value for (_, key), value in values.items() if key is not None})
        return written

    def _calls(
        self, resource: ResourceT
    ) -> tuple[Callable[[str], Awaitable[ResourceT | None]], Callable[[ResourceT], Awaitable[ResourceT]]]:
        """Return how a kind of resource is read and written."""
        core = self._core
        calls: dict[type[BaseResourceModel], tuple[Any, Any]] = {
            types.RegisteredModel: (core.get_registered_model_by_id, core.upsert_registered_model),
            types.ModelVersion: (core.get_model_version_by_id, core.upsert_model_version),
            types.Artifact: (core.get_artifact_by_id, core.upsert_artifact),
            types.ServingEnvironment: (core.get_serving_environment_by_id, core.upsert_serving_environment),
            types.InferenceService: (core.get_inference_service_by_id, core.upsert_inference_service),
        }
        for kind, read_and_write in calls.items():
            if isinstance(resource, kind):
                return read_and_write
        if isinstance(resource, types.ServeModel):
            raise InvalidArgumentError("a ServeModel cannot be changed: record a new one")
        raise InvalidArgumentError(f"a resource of the registry is needed here, got {resource!r}")


def _check_identity(resource: BaseResourceModel, current: BaseResourceModel) -> None:
    """Check that an object is the resource of its id, and was changed only in fields that can change."""
    given = set(resource.received_fields()) | resource.model_fields_set
    fixed = type(resource).model_fields.keys() - resource.writable_fields() - {"last_update_time_since_epoch"}
    for name in sorted(fixed & given):
        mine, theirs = getattr(resource, name), getattr(current, name)
        if mine is not None and mine != theirs:
            raise InvalidArgumentError(
                f"{_named(current)} has the {name} {theirs!r} in this registry, the object {mine!r}: "
                "that cannot be changed, or the object is of another registry. Nothing was written"
            )


def _named(resource: BaseResourceModel) -> str:
    name = getattr(resource, "name", None)
    return f"{type(resource).__name__} {name!r} (id {resource.id})"
