"""Set, replace and remove custom properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from model_registry.changes.properties import edit_of, removal_of
from model_registry.lookup.edits import edit_resource

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

KindT = TypeVar("KindT", bound="BaseResourceModel")


class Properties(Base):
    """Set, replace and remove custom properties."""

    @overload
    async def set_properties(
        self, resource: KindT, properties: Mapping[str, PropertyValue], *, overwrite: bool = ...
    ) -> KindT: ...
    @overload
    async def set_properties(
        self, resource: str | Reference, properties: Mapping[str, PropertyValue], *, overwrite: bool = ...
    ) -> RegisteredModel | ModelVersion: ...
    async def set_properties(
        self,
        resource: str | Reference | BaseResourceModel,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = False,
    ) -> BaseResourceModel:
        """Set custom properties; the others stay.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            properties: Values by name.
            overwrite: Let your values win where others changed the same properties since the object was read.

        Returns:
            The thing as the registry holds it now, the argument is left as it is.

        Raises:
            StaleObjectError: Somebody else changed the same properties since the object was read.
            NotFoundError: There is no such thing.
            UnsupportedType: A value that the registry cannot keep. Nothing was written.
            InvalidArgumentError: An argument cannot be right. Nothing was written.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = await registry.set_properties("fraud/1.0", {"approved": True})
            >>> version.custom_properties
            {'accuracy': 0.93, 'approved': True}
        """
        return await edit_resource(
            self.core, resource, edit_of(properties), overwrite=overwrite, planned=self._planned
        )

    @overload
    async def replace_properties(
        self, resource: KindT, properties: Mapping[str, PropertyValue], *, overwrite: bool = ...
    ) -> KindT: ...
    @overload
    async def replace_properties(
        self, resource: str | Reference, properties: Mapping[str, PropertyValue], *, overwrite: bool = ...
    ) -> RegisteredModel | ModelVersion: ...
    async def replace_properties(
        self,
        resource: str | Reference | BaseResourceModel,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = False,
    ) -> BaseResourceModel:
        """Set custom properties and remove all others.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            properties: Values by name; `{}` removes all.
            overwrite: Replace also what others set or changed since the object was read.

        Returns:
            The thing as the registry holds it now, the argument is left as it is.

        Raises:
            StaleObjectError: Somebody else set, changed or removed properties since the object was read.
            NotFoundError: There is no such thing.
            UnsupportedType: A value that the registry cannot keep. Nothing was written.
            InvalidArgumentError: An argument cannot be right. Nothing was written.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = await registry.replace_properties("fraud/1.0", {"approved": True})
            >>> version.custom_properties
            {'approved': True}
        """
        return await edit_resource(
            self.core,
            resource,
            edit_of(properties, replaces=True),
            overwrite=overwrite,
            planned=self._planned,
        )

    @overload
    async def remove_properties(self, resource: KindT, *names: str, overwrite: bool = ...) -> KindT: ...
    @overload
    async def remove_properties(
        self, resource: str | Reference, *names: str, overwrite: bool = ...
    ) -> RegisteredModel | ModelVersion: ...
    async def remove_properties(
        self,
        resource: str | Reference | BaseResourceModel,
        *names: str,
        overwrite: bool = False,
    ) -> BaseResourceModel:
        """Remove custom properties; the others stay. What is not there need not be removed.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            *names: Names of the properties.
            overwrite: Remove them also where others changed them since the object was read.

        Returns:
            The thing as the registry holds it now, the argument is left as it is.

        Raises:
            StaleObjectError: Somebody else changed the same properties since the object was read.
            NotFoundError: There is no such thing.
            InvalidArgumentError: An argument cannot be right. Nothing was written.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.remove_properties("fraud/1.0", "accuracy")).custom_properties
            {}
        """
        return await edit_resource(
            self.core, resource, removal_of(names), overwrite=overwrite, planned=self._planned
        )
