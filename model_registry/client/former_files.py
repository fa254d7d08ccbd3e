"""The former client's verbs for files. `register` with `files=` and `to=` does more than they do."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.exceptions import DuplicateError, InvalidArgumentError, StorageNotFoundError, StoreError
from model_registry.registration import RegistrationRun, RegistrationSpec, not_registered

from .registering import Registering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import RegisteredModel, SupportedTypes
    from model_registry.utils import OCIParams, S3Params


class FormerFiles(Registering):
    """The former client's verbs for files."""

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
        if await self.find_version(name, version) is not None:
            raise DuplicateError(f"model {name!r} has a version {version!r} already", status=409)
        upload = _planned if self.core.is_dry_run else _uploaded
        uri = await asyncio.to_thread(upload, model_files_path, upload_params)
        try:
            return (await RegistrationRun(self.core, spec.stored_at(uri)).run()).model
        except StoreError as error:
            if self.core.is_dry_run:
                raise
            raise not_registered(uri, error) from error

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
        from model_registry.utils import S3Params, save_to_s3

        if self.core.is_dry_run:
            return _planned(path, S3Params(bucket_name, s3_prefix, endpoint_url=endpoint_url, region=region))
        return await asyncio.to_thread(
            save_to_s3,
            path,
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
        from model_registry.storage import describe_hf_model

        found = await asyncio.to_thread(describe_hf_model, repo, path, git_ref=git_ref, token=token)
        recorded = (
            types.stored_properties(found.digest, found.size, {}) if found.digest and found.size else None
        )
        of_the_card: dict[str, Any] = {each: getattr(found, each) for each in (*_OF_THE_CARD, *_SOURCE)}
        spec = RegistrationSpec.build(
            self.author,
            name=model_name or found.model_source_name or repo,
            version=version,
            uri=found.uri,
            model_format_name=model_format_name,
            model_format_version=model_format_version,
            author=author or found.author,
            owner=owner,
            description=version_description or description,
            properties=found.custom_properties,
            artifact_properties=recorded,
            **of_the_card,
        )
        return (await RegistrationRun(self.core, spec).run()).model


_OF_THE_CARD = ("license", "license_link", "language", "tasks", "library_name", "readme")
"""Fields of a new model that are taken from its model card; an existing model is not changed."""

_SOURCE = (
    "model_source_kind",
    "model_source_class",
    "model_source_group",
    "model_source_id",
    "model_source_name",
)
"""Fields that say where the model came from."""


def _planned(path: str, params: OCIParams | S3Params) -> str:
    """Return the URI that files would get, for a dry run."""
    from model_registry import utils
    from model_registry.storage.objects.s3_uri import build_uri

    if not Path(path).exists():
        raise StorageNotFoundError(f"There is nothing at {path} to upload.")
    if isinstance(params, utils.S3Params):
        return build_uri(params.bucket_name, params.s3_prefix.strip("/"), params.endpoint_url, params.region)
    if isinstance(params, utils.OCIParams):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        return f"oci://{params.oci_ref.removeprefix('oci://')}"
    raise _not_params(params)


def _uploaded(path: str, params: OCIParams | S3Params) -> str:
    """Upload files as the existing client's parameters say."""
    from model_registry import utils

    if isinstance(params, utils.S3Params):
        return utils.upload_to_s3(params, path)
    if isinstance(params, utils.OCIParams):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        given = {each.name: getattr(params, each.name) for each in dataclasses.fields(params)}
        return utils.save_to_oci_registry(model_files_path=path, **given)
    raise _not_params(params)


def _not_params(params: object) -> InvalidArgumentError:
    return InvalidArgumentError(f"upload_params must be an S3Params or OCIParams, got {params!r}")
