"""The verbs of release 0.3 that newer ones do better, for programs that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.lookup import models
from model_registry.lookup.lists import filter_text, pager
from model_registry.registration import RegistrationRun, RegistrationSpec, legacy

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
    from model_registry.utils import OCIParams, S3Params


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
        spec = RegistrationSpec.build(
            self.author,
            name=name,
            version=version,
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
            author=author,
            owner=owner,
            description=version_description or description,
            properties=metadata,
        )
        return (await RegistrationRun(self.core, spec).run()).model

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
            StoreError: The registry could not be asked.

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
            filter: Condition that they must meet, as text or built with `F`.

        Returns:
            A pager. Nothing is asked of the registry before it is walked.

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
            filter: Condition that they must meet, as text or built with `F`.

        Returns:
            A pager.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: `filter` cannot be right.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> versions = await registry.get_model_versions("fraud")
            >>> [version.name async for version in versions]
            ['1.0']
        """
        options = types.ListOptions(filter_query=filter_text(filter))
        return models.versions_pager(self.core, await models.get_model(self.core, name), options)

    async def upload_artifact_and_register_model(
        self,
        name: str,
        model_files_path: str,
        *,
        upload_params: OCIParams | S3Params,
        version: str,
        model_format_name: str,
        model_format_version: str,
        storage_path: str | None = None,
        storage_key: str | None = None,
        service_account_name: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        version_description: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, SupportedTypes] | None = None,
    ) -> RegisteredModel:
        """Upload files to S3 or an OCI registry, and register them.

        `register(..., files=..., to=...)` does this for every kind of store, and records digests.

        Args:
            name: Name of the model.
            model_files_path: File or folder to upload.
            upload_params: Where to, an `S3Params` or `OCIParams`.
            version: Name of the version.
            model_format_name: Format, such as `onnx`.
            model_format_version: Version of the format.
            storage_path: Path within the storage.
            storage_key: Name of the storage secret or profile.
            service_account_name: Service account that may read it.
            author: Who made the version; the client's author when not given.
            owner: Who answers for the model, when it is new; the client's author when not given.
            version_description: Description of the version.
            description: Former name of `version_description`.
            metadata: Custom properties of the version.

        Returns:
            The model.

        Raises:
            InvalidArgumentError: `upload_params` is neither of the two.
            StoreError: The version exists, the files could not be uploaded (nothing is registered then), or
                they were and could not be registered: the text says where they are.

        Example:
            >>> from model_registry.utils import S3Params
            >>> async def publish(registry: AsyncModelRegistry) -> None:
            ...     await registry.upload_artifact_and_register_model(
            ...         "fraud", "model/", upload_params=S3Params("models", "fraud/1.0"), version="1.0",
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
        """
        spec = RegistrationSpec.build(
            self.author,
            name=name,
            version=version,
            uri=model_files_path,
            model_format_name=model_format_name,
            model_format_version=model_format_version,
            storage_key=storage_key,
            storage_path=storage_path,
            service_account_name=service_account_name,
            author=author,
            owner=owner,
            description=version_description or description,
            properties=metadata,
        )
        return await legacy.upload_and_register(self.core, spec, model_files_path, upload_params)

    async def save_to_s3(
        self,
        path: str,
        bucket_name: str,
        s3_prefix: str,
        *,
        endpoint_url: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        region: str | None = None,
        multipart_threshold: int = 1024 * 1024,
        multipart_chunksize: int = 1024 * 1024,
        max_pool_connections: int = 10,
    ) -> str:
        """Upload files to S3, without registering them.

        Args:
            path: File or folder to upload.
            bucket_name: Bucket.
            s3_prefix: What the keys begin with.
            endpoint_url: URL of an S3-compatible store.
            access_key_id: Access key, instead of the usual credentials of this machine.
            secret_access_key: Its secret.
            region: Region of the bucket.
            multipart_threshold: Bytes from which a file goes in parts.
            multipart_chunksize: Bytes of a part.
            max_pool_connections: Connections at once.

        Returns:
            The URI of the files.

        Raises:
            StorageError: They could not be uploaded.

        Example:
            >>> async def publish(registry: AsyncModelRegistry) -> str:
            ...     return await registry.save_to_s3("model/", "models", "fraud/1.0")
        """
        from model_registry.utils import S3Params

        params = S3Params(
            bucket_name,
            s3_prefix,
            endpoint_url=endpoint_url,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            region=region,
            multipart_threshold=multipart_threshold,
            multipart_chunksize=multipart_chunksize,
            max_pool_connections=max_pool_connections,
        )
        return await legacy.upload(self.core, path, params)

    async def register_hf_model(
        self,
        repo: str,
        path: str,
        *,
        version: str,
        model_format_name: str,
        model_format_version: str,
        author: str | None = None,
        owner: str | None = None,
        model_name: str | None = None,
        version_description: str | None = None,
        description: str | None = None,
        git_ref: str = "main",
        token: str | None = None,
    ) -> RegisteredModel:
        """Register a model of the Hugging Face Hub. Its files stay there; the commit of now is registered.

        Args:
            repo: The repository, `namespace/name`.
            path: File or folder in it.
            version: Name of the version.
            model_format_name: Format, such as `onnx`.
            model_format_version: Version of the format.
            author: Who made the version; the owner of the repository when not given.
            owner: Who answers for the model, when it is new; the client's author when not given.
            model_name: Name of the model; that of the repository when not given.
            version_description: Description of the version.
            description: Former name of `version_description`.
            git_ref: Branch, tag or commit.
            token: Access token for private and gated repositories; `HF_TOKEN`, or that of the cached login,
                when not given.

        Returns:
            The model.

        Raises:
            MissingExtraError: The extra `hf` is not installed.
            StorageNotFoundError: There is no such repository, revision or path.
            StoreError: The version exists, or the registry could not be asked.

        Example:
            >>> async def adopt(registry: AsyncModelRegistry) -> None:
            ...     await registry.register_hf_model(
            ...         "acme/fraud", "onnx/model.onnx", version="1.0",
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
        """
        spec = await legacy.spec_of_hf_model(
            self.author,
            repo,
            path,
            version=version,
            model_format_name=model_format_name,
            model_format_version=model_format_version,
            author=author,
            owner=owner,
            model_name=model_name,
            description=version_description or description,
            git_ref=git_ref,
            token=token,
        )
        return (await RegistrationRun(self.core, spec).run()).model
