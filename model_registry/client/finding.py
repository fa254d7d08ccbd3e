"""Getting things: by id, by name, by external id."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError

from .base import Base

if TYPE_CHECKING:
    from model_registry.types import ModelArtifact, ModelVersion, RegisteredModel

ResourceT = TypeVar("ResourceT")


class Finding(Base):
    """Getting things: `get_...` raises where there is nothing, `find_...` gives `None`."""

    # The existing client's verbs.

    async def get_registered_model(self, name: str) -> RegisteredModel | None:
        """Find a model by name.

        Args:
            name: Its name.

        Returns:
            The model, or `None` when there is none.

        Raises:
            StoreError: The registry could not be asked.

        Example:
            >>> print(await registry.get_registered_model("nobody"))
            None
        """
        return await self.core.get_registered_model_by_params(name)

    async def get_model_version(self, name: str, version: str) -> ModelVersion | None:
        """Find a version of a model.

        Args:
            name: Name of the model.
            version: Name of the version.

        Returns:
            The version, or `None` when the model has none of this name.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The registry could not be asked.

        Example:
            >>> model = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.get_model_version("fraud", "1.0")).name
            '1.0'
        """
        model = await self.get_model(name)
        return await self.core.get_model_version_by_params(id_of(model), version)

    async def get_model_artifact(self, name: str, version: str) -> ModelArtifact | None:
        """Find the model artifact of a version that is named like the model, as `register_model` names it.

        Args:
            name: Name of the model.
            version: Name of the version.

        Returns:
            The artifact, or `None` when the version has none of this name.

        Raises:
            NotFoundError: There is no such model or version.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.get_model_artifact("fraud", "1.0")).uri
            's3://models/fraud.onnx'
        """
        found = await self.get_version(name, version)
        return await self.core.get_model_artifact_by_params(name, id_of(found))

    # One rule for all.

    async def get_model(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> RegisteredModel:
        """Get a model by its name, id or external id.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The model.

        Raises:
            NotFoundError: There is none.
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.get_model("fraud")).owner
            'ann'
        """
        found = await self.find_model(name, id=id, external_id=external_id)
        return there(found, "model", name=name, id=id, external_id=external_id)

    async def find_model(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> RegisteredModel | None:
        """Find a model by its name, id or external id: as `get_model`, but `None` where there is none.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The model, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The registry could not be asked.

        Example:
            >>> print(await registry.find_model("nobody"))
            None
        """
        one_of(name=name, id=id, external_id=external_id)
        if id is not None:
            return await self.core.get_registered_model_by_id(id)
        if external_id is not None:
            return await self.core.get_registered_model_by_params(external_id=external_id)
        return await self.core.get_registered_model_by_params(name or "")

    async def get_version(
        self,
        model: str | RegisteredModel | None = None,
        version: str | None = None,
        *,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ModelVersion:
        """Get a version by its model and name, by id or by external id.

        Args:
            model: The model, or its name.
            version: Name of the version.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, or no such version of it.
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.get_version("fraud", "1.0")).author
            'ann'
        """
        found = await self.find_version(model, version, id=id, external_id=external_id)
        shown = model.name if isinstance(model, types.RegisteredModel) else model
        return there(found, "version", model=shown, version=version, id=id, external_id=external_id)

    async def find_version(
        self,
        model: str | RegisteredModel | None = None,
        version: str | None = None,
        *,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ModelVersion | None:
        """Find a version: as `get_version`, but `None` where there is no such model or version.

        Args:
            model: The model, or its name.
            version: Name of the version.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The version, or `None` when there is no such model or version.

        Raises:
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0")
            >>> print(await registry.find_version("fraud", "2.0"))
            None
        """
        one_of(version=version, id=id, external_id=external_id)
        if id is not None:
            return await self.core.get_model_version_by_id(id)
        if external_id is not None:
            return await self.core.get_model_version_by_params(external_id=external_id)
        if model is None:
            raise InvalidArgumentError(f"version {version!r} needs its model beside it")
        parent = await self.find_model(model) if isinstance(model, str) else model
        if parent is None:
            return None
        return await self.core.get_model_version_by_params(id_of(parent), version or "")


def one_of(**given: str | None) -> None:
    """Refuse arguments of which not exactly one is given."""
    used = [name for name, value in given.items() if value is not None]
    if len(used) != 1:
        raise InvalidArgumentError(f"give one of {', '.join(given)}, got {' and '.join(used) or 'none'}")


def there(found: ResourceT | None, kind: str, **wanted: str | None) -> ResourceT:
    """Give what was found, or say what there is not."""
    if found is not None:
        return found
    shown = " and ".join(f"{name} {value!r}" for name, value in wanted.items() if value is not None)
    raise NotFoundError(f"this registry has no {kind} with {shown}", status=404)
