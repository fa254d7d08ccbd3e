"""Set, replace and remove custom properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from typing_extensions import TypeVar

from model_registry import changes, lookup

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import (
        BaseResourceModel,
        ModelVersion,
        PropertyValue,
        Reference,
        RegisteredModel,
    )

EditedT = TypeVar("EditedT", bound="BaseResourceModel", default="RegisteredModel | ModelVersion")
"""Kind of the given object; a text names a model or a version."""


class Properties(Base):
    """Set, replace and remove custom properties."""

    async def set_properties(
        self,
        resource: EditedT | str | Reference,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = False,
    ) -> EditedT:
        """Set custom properties; the others stay.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            properties: Values by name.
            overwrite: Write your values even if others changed the same properties since the object was read.

        Returns:
            The resource as the registry has it now; the argument is not changed.

        Raises:
            StaleObjectError: Others changed the same properties since the object was read.
            NotFoundError: There is no such resource.
            UnsupportedType: The registry cannot store a value. Nothing was written.
            InvalidArgumentError: An argument has an invalid value. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = await registry.set_properties("fraud/1.0", {"approved": True})
            >>> version.custom_properties
            {'accuracy': 0.93, 'approved': True}
        """
        changed = await lookup.edit_resource(
            self.core, resource, changes.edit_of(properties), overwrite=overwrite, planned=self._planned
        )
        return cast("EditedT", changed)

    async def replace_properties(
        self,
        resource: EditedT | str | Reference,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = False,
    ) -> EditedT:
        """Set custom properties and remove all others.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            properties: Values by name; `{}` removes all.
            overwrite: Replace also what others set or changed since the object was read.

        Returns:
            The resource as the registry has it now; the argument is not changed.

        Raises:
            StaleObjectError: Others set, changed or removed properties since the object was read.
            NotFoundError: There is no such resource.
            UnsupportedType: The registry cannot store a value. Nothing was written.
            InvalidArgumentError: An argument has an invalid value. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = await registry.replace_properties("fraud/1.0", {"approved": True})
            >>> version.custom_properties
            {'approved': True}
        """
        changed = await lookup.edit_resource(
            self.core,
            resource,
            changes.edit_of(properties, replaces=True),
            overwrite=overwrite,
            planned=self._planned,
        )
        return cast("EditedT", changed)

    async def remove_properties(
        self,
        resource: EditedT | str | Reference,
        *names: str,
        overwrite: bool = False,
    ) -> EditedT:
        """Remove custom properties; the others stay. A missing property is no error.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            *names: Names of the properties.
            overwrite: Remove them also where others changed them since the object was read.

        Returns:
            The resource as the registry has it now; the argument is not changed.

        Raises:
            StaleObjectError: Others changed the same properties since the object was read.
            NotFoundError: There is no such resource.
            InvalidArgumentError: An argument has an invalid value. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.remove_properties("fraud/1.0", "accuracy")).custom_properties
            {}
        """
        changed = await lookup.edit_resource(
            self.core, resource, changes.removal_of(names), overwrite=overwrite, planned=self._planned
        )
        return cast("EditedT", changed)
