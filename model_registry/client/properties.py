"""Custom properties: merged, replaced, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from model_registry import types
from model_registry.changes.merge import RESERVED, Edit
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.diff import PROPERTIES, FieldPath

from .changing import Changing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import BaseResourceModel, ModelVersion, PropertyValue, RegisteredModel

KindT = TypeVar("KindT", bound="BaseResourceModel")


class Properties(Changing):
    """Custom properties: merged, replaced, removed."""

    @overload
    async def set_properties(
        self,
        resource: KindT,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = ...,
    ) -> KindT: ...
    @overload
    async def set_properties(
        self,
        resource: str,
        properties: Mapping[str, PropertyValue],
        *,
        version: None = None,
        overwrite: bool = ...,
    ) -> RegisteredModel: ...
    @overload
    async def set_properties(
        self,
        resource: str,
        properties: Mapping[str, PropertyValue],
        *,
        version: str,
        overwrite: bool = ...,
    ) -> ModelVersion: ...
    @overload
    async def set_properties(
        self,
        resource: str | BaseResourceModel,
        properties: Mapping[str, PropertyValue],
        *,
        version: str | None = ...,
        overwrite: bool = ...,
    ) -> BaseResourceModel: ...
    async def set_properties(
        self,
        resource: str | BaseResourceModel,
        properties: Mapping[str, PropertyValue],
        *,
        version: str | None = None,
        overwrite: bool = False,
    ) -> BaseResourceModel:
        """Set custom properties; the others stay.

        Args:
            resource: The thing, or the name of a model. Other changes of the object are not written.
            properties: Values by name.
            version: Name of the version, when its properties are meant and not the model's.
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
            >>> version = await registry.set_properties("fraud", {"approved": True}, version="1.0")
            >>> version.custom_properties
            {'accuracy': 0.93, 'approved': True}
        """
        return await self._change_properties(
            resource, version, Edit(_values(properties)), overwrite=overwrite
        )

    @overload
    async def replace_properties(
        self,
        resource: KindT,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = ...,
    ) -> KindT: ...
    @overload
    async def replace_properties(
        self,
        resource: str,
        properties: Mapping[str, PropertyValue],
        *,
        version: None = None,
        overwrite: bool = ...,
    ) -> RegisteredModel: ...
    @overload
    async def replace_properties(
        self,
        resource: str,
        properties: Mapping[str, PropertyValue],
        *,
        version: str,
        overwrite: bool = ...,
    ) -> ModelVersion: ...
    @overload
    async def replace_properties(
        self,
        resource: str | BaseResourceModel,
        properties: Mapping[str, PropertyValue],
        *,
        version: str | None = ...,
        overwrite: bool = ...,
    ) -> BaseResourceModel: ...
    async def replace_properties(
        self,
        resource: str | BaseResourceModel,
        properties: Mapping[str, PropertyValue],
        *,
        version: str | None = None,
        overwrite: bool = False,
    ) -> BaseResourceModel:
        """Set custom properties and remove all others.

        Args:
            resource: The thing, or the name of a model. Other changes of the object are not written.
            properties: Values by name; `{}` removes all.
            version: Name of the version, when its properties are meant and not the model's.
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
            >>> version = await registry.replace_properties("fraud", {"approved": True}, version="1.0")
            >>> version.custom_properties
            {'approved': True}
        """
        edit = Edit(_values(properties), replaces_properties=True)
        return await self._change_properties(resource, version, edit, overwrite=overwrite)

    @overload
    async def remove_properties(
        self,
        resource: KindT,
        *names: str,
        overwrite: bool = ...,
    ) -> KindT: ...
    @overload
    async def remove_properties(
        self,
        resource: str,
        *names: str,
        version: None = None,
        overwrite: bool = ...,
    ) -> RegisteredModel: ...
    @overload
    async def remove_properties(
        self,
        resource: str,
        *names: str,
        version: str,
        overwrite: bool = ...,
    ) -> ModelVersion: ...
    @overload
    async def remove_properties(
        self,
        resource: str | BaseResourceModel,
        *names: str,
        version: str | None = ...,
        overwrite: bool = ...,
    ) -> BaseResourceModel: ...
    async def remove_properties(
        self,
        resource: str | BaseResourceModel,
        *names: str,
        version: str | None = None,
        overwrite: bool = False,
    ) -> BaseResourceModel:
        """Remove custom properties; the others stay. What is not there need not be removed.

        Args:
            resource: The thing, or the name of a model. Other changes of the object are not written.
            *names: Names of the properties.
            version: Name of the version, when its properties are meant and not the model's.
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
            >>> (await registry.remove_properties("fraud", "accuracy", version="1.0")).custom_properties
            {}
        """
        for name in names:
            if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
                raise InvalidArgumentError(f"properties are removed by name, got {name!r}")
            _check_not_reserved(name)
        edit = Edit({FieldPath(PROPERTIES, name): types.Missing.ABSENT for name in names})
        return await self._change_properties(resource, version, edit, overwrite=overwrite)

    async def _change_properties(
        self, resource: str | BaseResourceModel, version: str | None, edit: Edit, *, overwrite: bool
    ) -> BaseResourceModel:
        if isinstance(resource, str):
            named = await (
                self.get_model(resource) if version is None else self.get_version(resource, version)
            )
            return await self._change(None, named, edit, overwrite=overwrite)
        if version is not None:
            raise InvalidArgumentError(f"version {version!r} needs the name of its model, got {resource!r}")
        current = await self._current(resource)
        return await self._change(self._known(resource), current, edit, overwrite=overwrite)


def _values(properties: Mapping[str, PropertyValue]) -> dict[FieldPath, object]:
    from model_registry.types.properties import checked_properties

    values = checked_properties(properties)
    for name in values:
        _check_not_reserved(name)
    return {FieldPath(PROPERTIES, name): value for name, value in values.items()}


def _check_not_reserved(name: str) -> None:
    if name.startswith(RESERVED):
        raise InvalidArgumentError(
            f"custom properties that begin with {RESERVED!r} are set by the client itself, got {name!r}; "
            "aliases are moved by set_alias and remove_alias"
        )
