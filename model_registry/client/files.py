"""The files of models: bringing them here, and up with a registration."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, BinaryIO, Literal

from model_registry import types
from model_registry.exceptions import DuplicateError, InvalidArgumentError, NotFoundError, StoreError

from .finding import id_of
from .reading import everything
from .registering import Registering
from .registration_arguments import wanted_item
from .registration_steps import Steps
from .signatures import signature_check
from .transfers import moving
from .uploads import not_registered

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from model_registry.signing import Verifier
    from model_registry.storage import Progress, Store
    from model_registry.types import (
        ModelArtifact,
        ModelVersion,
        RegisteredModel,
        SupportedTypes,
    )
    from model_registry.utils import OCIParams, S3Params


class Files(Registering):
    """The files of models."""

    async def download(
        self,
        version: str | ModelVersion,
        directory: str | os.PathLike[str],
        *,
        artifact: str | None = None,
        verify: bool | Literal["digest"] = True,
        verifier: Verifier | None = None,
        overwrite: bool = False,
        concurrency: int = 8,
        progress: bool | Callable[[Progress], object] | None = None,
        store: Store | None = None,
    ) -> Path:
        """Bring the files of a version to this machine, complete and verified, or not at all.

        When it fails, the next call goes on where it stopped. What is there already is not fetched again.

        Args:
            version: The version, or a reference such as `fraud/1.0`, `fraud@champion` or `fraud@latest`.
            directory: Folder that the file comes into, or that holds what the version's folder holds.
            artifact: Name of the model artifact, where the version has several.
            verify: Check what was recorded at registration, if anything was: digests and signature;
                `"digest"` leaves out the signature, and `False` both.
            verifier: Whose signature to trust, such as a `model_registry.signing.ModelSigner`; without it, a
                signature of sigstore is checked as the variables `SIGSTORE_...` say.
            overwrite: Replace files in the folder whose bytes are others.
            concurrency: How many files, or parts of files, are on their way at once.
            progress: `True` for a bar in terminals and notebooks, or what is called with the `Progress`.
            store: Where the files are, with credentials of its own; told from the URI when not given.

        Returns:
            Where the file is, or the folder.

        Raises:
            NotFoundError: There is no such version, or it has no such model artifact.
            InvalidArgumentError: There are several model artifacts, or the one has no URI.
            IntegrityError: These are not the bytes that were registered, or the signature is not valid or of
                nobody who is trusted. They were not put in place.
            StorageError: The files could not be moved.
            StoreError: The registry could not be asked.

        Example:
            >>> from pathlib import Path
            >>> _ = Path("fraud.onnx").write_bytes(b"weights")
            >>> _ = await registry.register_model(
            ...     "fraud", str(Path("fraud.onnx").absolute()), version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.download("fraud/1.0", "copies")).name
            'fraud.onnx'
        """
        from model_registry import storage

        found = await self._located(version, artifact)
        uri = found.uri or ""
        facts = types.StoredFacts.of(found.custom_properties if verify else None)
        check = signature_check(found, verifier) if verify is True else None
        return await moving(
            uri,
            lambda transfer: storage.download(
                uri,
                directory,
                store=store,
                expected=facts.digest,
                expected_files=facts.within,
                overwrite=overwrite,
                check=check,
                transfer=transfer,
            ),
            concurrency=concurrency,
            progress=progress,
        )

    async def open(
        self,
        version: str | ModelVersion,
        path: str | None = None,
        *,
        artifact: str | None = None,
        verify: bool = True,
        store: Store | None = None,
    ) -> BinaryIO:
        """Open one file of a version for reading.

        Args:
            version: The version, or a reference to it.
            path: Which file, where there are several.
            artifact: Name of the model artifact, where the version has several.
            verify: Compare the digest that was recorded at registration, if one was: the last bytes are given
                out only when all are there and right.
            store: Where the file is, with credentials of its own; told from the URI when not given.

        Returns:
            The file; close it.

        Raises:
            NotFoundError: There is no such version, or it has no such model artifact or file.
            InvalidArgumentError: There are several files, and `path` says not which.
            StorageError: The file cannot be read.
            StoreError: The registry could not be asked.

        Example:
            >>> from pathlib import Path
            >>> _ = Path("fraud.onnx").write_bytes(b"weights")
            >>> _ = await registry.register_model(
            ...     "fraud", str(Path("fraud.onnx").absolute()), version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> with await registry.open("fraud/1.0") as file:
            ...     file.read(3)
            b'wei'
        """
        from model_registry import storage

        found = await self._located(version, artifact)
        expected = types.StoredFacts.of(found.custom_properties).digest_of(path) if verify else None
        return await asyncio.to_thread(storage.open, found.uri or "", path, store=store, expected=expected)

    # The existing client's verbs.

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
        if await self.find_version(name, version) is not None:
            raise DuplicateError(f"model {name!r} has a version {version!r} already", status=409)
        uri = await asyncio.to_thread(_uploaded, model_files_path, upload_params)
        try:
            return await self.register_model(
                name,
                uri,
                model_format_name=model_format_name,
                model_format_version=model_format_version,
                version=version,
                storage_key=storage_key,
                storage_path=storage_path,
                service_account_name=service_account_name,
                author=author,
                owner=owner,
                version_description=version_description,
                description=description,
                metadata=metadata,
            )
        except StoreError as error:
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
        from model_registry.utils import save_to_s3

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
        item = {
            "name": model_name or found.model_source_name or repo,
            "version": version,
            "uri": found.uri,
            "model_format_name": model_format_name,
            "model_format_version": model_format_version,
            "author": author or found.author,
            "owner": owner,
            "description": version_description or description,
            "properties": found.custom_properties,
            "artifact_properties": recorded,
        }
        alike = (
            *_OF_THE_CARD,
            *(f"model_source_{part}" for part in ("kind", "class", "group", "id", "name")),
        )
        item |= {name: getattr(found, name) for name in alike}
        done = await Steps(self.core, wanted_item(item, self.author)).run()
        return done.model

    async def _located(self, version: str | ModelVersion, name: str | None) -> ModelArtifact:
        """Find the model artifact that says where the files of a version are."""
        found = await self.resolve(version) if isinstance(version, str) else version
        artifact = _chosen(await self._model_artifacts(found), name, f"version {found.name!r}")
        if not artifact.uri:
            raise InvalidArgumentError(
                f"model artifact {artifact.name!r} of version {found.name!r} has no URI: "
                "nothing says where its files are"
            )
        return artifact

    async def _model_artifacts(self, version: ModelVersion) -> list[ModelArtifact]:
        return await everything(lambda options: self.core.get_model_artifacts(id_of(version), options))


def _chosen(artifacts: list[ModelArtifact], name: str | None, of: str) -> ModelArtifact:
    """Choose the only artifact, or the one of a name."""
    named = [each for each in artifacts if name in (None, each.name)]
    if len(named) == 1:
        return named[0]
    if not named:
        raise NotFoundError(f"{of} has no model artifact" + (f" {name!r}" if name else ""), status=404)
    names = ", ".join(repr(each.name) for each in named)
    raise InvalidArgumentError(f"{of} has several model artifacts: give artifact=, one of {names}")


_OF_THE_CARD = ("license", "license_link", "language", "tasks", "library_name", "readme")
"""What a model card says of a model: it describes one that is new, and leaves another as it is."""


def _uploaded(path: str, params: OCIParams | S3Params) -> str:
    """Upload files as the existing client's parameters say."""
    from model_registry import utils

    if isinstance(params, utils.S3Params):
        return utils.upload_to_s3(params, path)
    if isinstance(params, utils.OCIParams):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        given = {each.name: getattr(params, each.name) for each in dataclasses.fields(params)}
        return utils.save_to_oci_registry(model_files_path=path, **given)
    raise InvalidArgumentError(f"upload_params must be an S3Params or OCIParams, got {params!r}")
