"""The verbs of release 0.3 for files, which `register` with `files=` and `to=` does better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import registration

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import RegisteredModel, SupportedTypes
    from model_registry.utils import OCIParams, S3Params


class LegacyFiles(Base):
    """The verbs of release 0.3 for files, which `register` with `files=` and `to=` does better."""

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

        The digests of the files, and that of an image, are recorded. `register(..., files=..., to=...)` does
        this for every kind of store.

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
            author: Author of the version. Default: the client's author.
            owner: Owner of the model, if it is new. Default: the client's author.
            version_description: Description of the version.
            description: Older name of `version_description`.
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
        spec = registration.RegistrationSpec.build(
            self.author,
            name=name,
            version=version,
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
        return await registration.upload_and_register(self.core, spec, model_files_path, upload_params)

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
        return await registration.upload(self.core, path, params)

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
            author: Author of the version. Default: the owner of the repository.
            owner: Owner of the model, if it is new. Default: the client's author.
            model_name: Name of the model; that of the repository if not given.
            version_description: Description of the version.
            description: Older name of `version_description`.
            git_ref: Branch, tag or commit.
            token: Access token for private and gated repositories; `HF_TOKEN`, or that of the cached login,
                if not given.

        Returns:
            The model.

        Raises:
            MissingExtraError: The extra `hf` is not installed.
            StorageNotFoundError: There is no such repository, revision or path.
            StoreError: The version exists, or the request failed.

        Warns:
            ChangedValueWarning: The registry cannot store all values of the model card as they are.

        Example:
            >>> async def adopt(registry: AsyncModelRegistry) -> None:
            ...     await registry.register_hf_model(
            ...         "acme/fraud", "onnx/model.onnx", version="1.0",
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
        """
        return await registration.register_hf_model(
            self.core,
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
