"""Registering a model with a version and its artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import StoreError

from .finding import id_of
from .listing import Listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import RegisteredModel, SupportedTypes


class Registering(Listing):
    """Registering a model with a version and its artifact."""

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
            author: Who made the version; the client's author when not given.
            owner: Who answers for the model, when it is new; the client's author when not given.
            version_description: Description of the version.
            description: Former name of `version_description`.
            metadata: Custom properties of the version.

        Returns:
            The model.

        Raises:
            StoreError: The version exists, or the registry could not be asked.

        Example:
            >>> model = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> model.name
            'fraud'
        """
        model = await self.find_model(name)
        if model is None:
            model = await self.core.upsert_registered_model(
                types.RegisteredModel(name, owner=owner or self.author)
            )
        if await self.find_version(model, version) is not None:
            raise StoreError(f"model {name!r} has a version {version!r} already: choose another name for it")
        made = await self.core.upsert_model_version(
            types.ModelVersion(
                version,
                author=author or self.author,
                description=version_description or description,
                custom_properties=metadata or {},
            ),
            id_of(model),
        )
        artifact = types.ModelArtifact(
            name=name,
            uri=uri,
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
        )
        await self.core.upsert_model_artifact(artifact, id_of(made))
        return model
