"""The verbs of release 0.3 that newer ones do better, for programs that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import registration, types
from model_registry.core.base import id_of
from model_registry.lookup import models
from model_registry.lookup.lists import filter_text, pager

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import (
        AsyncPager,
        Filter,
        ModelArtifact,
        ModelVersion,
        RegisteredModel,
        SupportedTypes,
    )


class Legacy(Base):
    """The verbs of release 0.3 that newer ones do better, for programs that use them."""

    async def register_model(
        self,
        name: str,
        uri: str,
        *,
        model_format_name: str | None,
        model_format_version: str | None,
        version: str,
        storage_key: str | None = None,
        storage_path: str | None = None,
        service_account_name: str | None = None,
        model_source_kind: str | None = None,
        model_source_class: str | None = None,
        model_source_group: str | None = None,
        model_source_id: str | None = None,
        model_source_name: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        version_description: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, SupportedTypes] | None = None,
    ) -> RegisteredModel:
        """Register a version of a model and where its files are; and the model when it is new.

        Args:
            name: Name of the model.
            uri: Where the files are.
            model_format_name: Format, such as `onnx`.
            model_format_version: Version of the format.
            version: Name of the version.
            storage_key: Name of the storage secret or profile.
            storage_path: Path within that storage.
            service_account_name: Service account that may read it.
            model_source_kind: Kind of source that the model came from, such as `hf`.
            model_source_class: Class of that source.
            model_source_group: Group within it, such as an organisation.
            model_source_id: Id within it.
            model_source_name: Name within it.
            author: Author of the version. Default: the client's author.
            owner: Owner of the model, if it is new. Default: the client's author.
            version_description: Description of the version.
            description: Older name of `version_description`.
            metadata: Custom properties of the version.

        Returns:
            The model.

        Raises:
            StoreError: The version exists, or the request failed.

        Example:
            >>> model = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> model.name
            'fraud'
        """
        spec = registration.RegistrationSpec.build(
            self.author,
            name=name,
            version=version,
            model_format_name=model_format_name,
            model_format_version=model_format_version,
            storage_key=storage_key,
            storage_path=storage_path,
            service_account_name=service_account_name,
            model_source_kind=model_source_kind,
            model_source_class=model_source_class,
            model_source_group=model_source_group,
            model_source_id=model_source_id,
            model_source_name=model_source_name,
            author=author,
            owner=owner,
            description=version_description or description,
            properties=metadata,
        ).stored_at(uri)
        spec.check()
        return (await registration.RegistrationRun(self.core, spec).run()).model

    async def get_registered_model(self, name: str) -> RegisteredModel | None:
        """Find a model by name.

        Args:
            name: Its name.

        Returns:
            The model, or `None` when there is none.

        Raises:
            StoreError: The request failed.

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
            StoreError: The request failed.

        Example:
            >>> model = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.get_model_version("fraud", "1.0")).name
            '1.0'
        """
        model = await models.get_model(self.core, name)
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
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.get_model_artifact("fraud", "1.0")).uri
            's3://models/fraud.onnx'
        """
        found = await models.get_version(self.core, name, version)
        return await self.core.get_model_artifact_by_params(name, id_of(found))

    def get_registered_models(self, *, filter: str | Filter | None = None) -> AsyncPager[RegisteredModel]:
        """List the models.

        Args:
            filter: Condition, as text or built with `F`.

        Returns:
            A pager. No request is sent before it is iterated.

        Raises:
            InvalidArgumentError: `filter` is something else.

        Example:
            >>> async for model in registry.get_registered_models().order_by_creation_time().descending():
            ...     print(model.name)
        """
        return pager(self.core.get_registered_models, types.ListOptions(filter_query=filter_text(filter)))

    async def get_model_versions(
        self, name: str, *, filter: str | Filter | None = None
    ) -> AsyncPager[ModelVersion]:
        """List the versions of a model.

        Args:
            name: Name of the model.
            filter: Condition, as text or built with `F`.

        Returns:
            A pager.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: `filter` is invalid.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> versions = await registry.get_model_versions("fraud")
            >>> [version.name async for version in versions]
            ['1.0']
        """
        options = types.ListOptions(filter_query=filter_text(filter))
        return models.versions_pager(self.core, await models.get_model(self.core, name), options)
