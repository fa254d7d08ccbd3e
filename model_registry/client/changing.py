"""Changing what is registered, without undoing what others changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from model_registry import types
from model_registry.changes.merge import Edit, Snapshot, apply, merge
from model_registry.core.base import id_of
from model_registry.exceptions import (
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    StaleObjectError,
)
from model_registry.types.diff import PROPERTIES

from .listing import Listing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.types import BaseResourceModel

KindT = TypeVar("KindT", bound="BaseResourceModel")


class Changing(Listing):
    """Changing what is registered, without undoing what others changed meanwhile."""

    async def update(
        self,
        model: KindT,
        *,
        overwrite: bool = False,
    ) -> KindT:
        """Write what was changed in an object since it was read.

        Works for models, versions, artifacts of all kinds, serving environments and inference services. What
        others changed in other fields and in other custom properties meanwhile stays.

        Args:
            model: The object, as this client gave it, with changes.
            overwrite: Let your values win where others changed the same fields, instead of raising.

        Returns:
            The thing as the registry holds it now, whose values the argument keeps and counts as read.

        Raises:
            StaleObjectError: Somebody else changed the same fields since the object was read; it shows both
                sides. Nothing was written.
            NotFoundError: The registry has no such thing.
            InvalidArgumentError: The object has no id, is of another registry, or was changed in what cannot
                be changed. Nothing was written.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = await registry.get_version("fraud", "1.0")
            >>> version.description = "Flags card payments"
            >>> (await registry.update(version)).description
            'Flags card payments'
        """
        current = await self._current(model)
        model = self._known(model)
        edit = Edit.of(model)
        written = await self._change(model, current, edit, overwrite=overwrite)
        model.settle({name: getattr(written, name) for name, key in edit.values if key is None})
        return written

    def _known(self, resource: KindT) -> KindT:
        """Return the object in which an update notes what it wrote: a copy in a dry run."""
        return resource if self._planned is None else self._planned.copy_of(resource)

    async def _current(self, resource: KindT) -> KindT:
        """Read the thing that an object stands for.

        Raises:
            NotFoundError: The registry has no such thing.
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

    async def _change(
        self, read: BaseResourceModel | None, current: KindT, edit: Edit, *, overwrite: bool
    ) -> KindT:
        """Write what differs from what the registry holds.

        Args:
            read: The object as the caller knows it, if there is one.
            current: The thing as it was read just now; it is changed.
            edit: What the caller wants.
            overwrite: Whether it wins over others' changes.
        """
        values, conflicts = merge(edit, Snapshot.of(read), current)
        if conflicts and not overwrite:
            listed = "; ".join(map(str, conflicts))
            raise StaleObjectError(
                f"{_named(current)} was changed by somebody else since it was read, in the same fields: "
                f"{listed}. Nothing was written: read it again and repeat the change, or say overwrite=True",
                conflicts=conflicts,
                current=current,
            )
        if not values:
            return current
        apply(values, current)
        written = await self._write(current)
        if read is not None:
            read.settle_properties({key: value for (_, key), value in values.items() if key is not None})
        return written

    async def _write(self, current: KindT) -> KindT:
        _, write = self._calls(current)
        try:
            return await write(current)
        except InvalidRequestError:
            properties = current.custom_properties or {}
            has_struct = any(isinstance(value, (dict, list)) for value in properties.values())
            if not has_struct or PROPERTIES in current.changed_fields():
                raise
        # The reference server fails where a struct is stored and a PATCH does not bring it again.
        current.custom_properties = properties
        return await write(current)

    def _calls(
        self, resource: KindT
    ) -> tuple[Callable[[str], Awaitable[KindT | None]], Callable[[KindT], Awaitable[KindT]]]:
        """Give the core client's read and write of a kind."""
        core = self.core
        calls: tuple[Any, Any] | None = None
        if isinstance(resource, types.RegisteredModel):
            calls = core.get_registered_model_by_id, core.upsert_registered_model
        elif isinstance(resource, types.ModelVersion):
            calls = core.get_model_version_by_id, core.upsert_model_version
        elif isinstance(resource, types.Artifact):
            calls = core.get_artifact_by_id, core.upsert_artifact
        elif isinstance(resource, types.ServingEnvironment):
            calls = core.get_serving_environment_by_id, core.upsert_serving_environment
        elif isinstance(resource, types.InferenceService):
            calls = core.get_inference_service_by_id, core.upsert_inference_service
        if calls is not None:
            return calls
        if isinstance(cast("object", resource), types.ServeModel):
            raise InvalidArgumentError("the registry cannot change what was served: record a new ServeModel")
        raise InvalidArgumentError(f"something that is registered is needed here, got {resource!r}")


def _check_identity(resource: BaseResourceModel, current: BaseResourceModel) -> None:
    """Refuse an object that stands for something else, or that was changed in what cannot be changed."""
    fixed = type(resource).model_fields.keys() - resource.writable_fields() - {"last_update_time_since_epoch"}
    for name in sorted(fixed):
        mine, theirs = getattr(resource, name), getattr(current, name)
        if mine is not None and name in _given(resource) and mine != theirs:
            raise InvalidArgumentError(
                f"{_named(current)} has the {name} {theirs!r} in this registry, the object {mine!r}: "
                "that cannot be changed, or the object is of another registry. Nothing was written"
            )


def _given(resource: BaseResourceModel) -> set[str]:
    """Name the fields that an object was given by a registry or by the caller, not by default."""
    return set(resource.answered_fields()) | resource.model_fields_set


def _named(resource: BaseResourceModel) -> str:
    name = getattr(resource, "name", None)
    return f"{type(resource).__name__} {name!r} (id {resource.id})"
