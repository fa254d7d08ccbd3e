"""Download and open the files of versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Literal

from model_registry import files
from model_registry.connection import Local
from model_registry.exceptions import InvalidArgumentError, VerificationError
from model_registry.lookup.artifacts import artifact_with_files
from model_registry.lookup.models import get_model
from model_registry.lookup.references import Resolver
from model_registry.types import Reference

from .base import Base

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from model_registry.signing import Verifier
    from model_registry.storage import Allow, Progress, Store
    from model_registry.types import DownloadedPath, ModelVersion


class Files(Base):
    """Download and open the files of versions."""

    async def download(
        self,
        version: str | Reference | ModelVersion,
        directory: str | os.PathLike[str],
        *,
        artifact: str | None = None,
        verify: bool | Literal["digest"] = True,
        verifier: Verifier | None = None,
        require_signature: bool | None = None,
        overwrite: bool = False,
        concurrency: int = 8,
        progress: bool | Callable[[Progress], object] | None = None,
        store: Store | None = None,
        allow: Allow | None = None,
    ) -> DownloadedPath:
        """Download the files of a version, complete and verified, or not at all.

        If it fails, the next call continues where it stopped, and complete files are not downloaded again.

        Args:
            version: The version, or a reference such as `fraud/1.0`, `fraud@champion` or `fraud@latest`.
            directory: Folder for the file, or for the content of the version's folder.
            artifact: Name of the model artifact, where the version has several.
            verify: Check the digests and the signature that were recorded at registration, if any;
                `"digest"` checks the digests only, and `False` nothing.
            verifier: Whose signature to trust, such as a `model_registry.signing.ModelSigner`; without it, a
                signature of sigstore is checked as the variables `SIGSTORE_...` say.
            require_signature: Refuse a version without a recorded signature, so that an entry that lost its
                signature is noticed, and signatures that do not name this version, as those of other tools
                do not. Default: that of the client or profile, else `False`.
            overwrite: Replace files in the folder that have other content.
            concurrency: How many files, or parts of files, to transfer at once.
            progress: `True` for a bar in terminals and notebooks, or a function that gets the `Progress`.
            store: Where the files are, with its own credentials. Default: chosen by the URI.
            allow: Which locations the registry's entry may name, a `model_registry.storage.Allow`. Default:
                all if the registry is in this process, else no paths of this machine, and no hosts at
                loopback or link-local addresses.

        Returns:
            Where the file is, or the folder. Its attribute `verified` says what was verified of it.

        Raises:
            NotFoundError: There is no such version, or it has no such model artifact.
            InvalidArgumentError: There are several model artifacts, or the one has no URI; or a check of the
                signature is asked for, and `verify` leaves it out.
            IntegrityError: The files are not those that were registered, or their signature is invalid or
                not trusted. They were not moved into the folder.
            StorageAccessError: The entry names a location that is not allowed, or the store refuses access.
            StorageError: The files could not be moved.
            StoreError: The request failed.

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
        parent = await Resolver(self.core).version(version)
        found = await artifact_with_files(self.core, parent, artifact)
        return await files.download_files(
            found,
            await self._uri_of(parent) if files.signature_method(found) is not None else "",
            directory,
            label=str(getattr(version, "name", version)),
            verify=verify,
            verifier=verifier,
            require_signature=self._requires_signature(require_signature),
            overwrite=overwrite,
            concurrency=concurrency,
            progress=progress,
            store=store,
            allow=self._allowed(allow),
        )

    async def open(
        self,
        version: str | Reference | ModelVersion,
        path: str | None = None,
        *,
        artifact: str | None = None,
        verify: bool = True,
        store: Store | None = None,
        allow: Allow | None = None,
    ) -> BinaryIO:
        """Open one file of a version for reading.

        Args:
            version: The version, or a reference to it.
            path: Which file, where there are several.
            artifact: Name of the model artifact, where the version has several.
            verify: Compare the digest that was recorded at registration, if any: the last bytes are returned
                only if all bytes are right. A file that was not registered is refused. If only the digest of
                all files together was recorded, so is a file of a folder, unless its store knows all digests.
            store: Where the file is, with its own credentials. Default: chosen by the URI.
            allow: Which locations the registry's entry may name, as for `download`.

        Returns:
            The file; close it.

        Raises:
            NotFoundError: There is no such version, or it has no such model artifact or file.
            InvalidArgumentError: There are several files, and `path` is not given.
            IntegrityError: The file is not the registered one, or cannot be verified.
            model_registry.exceptions.VerificationError: The client or its profile requires signatures, which
                only `download` checks.
            StorageError: The file cannot be read.
            StoreError: The request failed.

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
        found = await artifact_with_files(self.core, version, artifact)
        if verify and self._requires_signature(None):
            raise VerificationError(
                f"require_signature of the connection asks for a check of the signature of {found.name!r}, "
                "which needs all files: use download(), or give verify=False"
            )
        return await files.open_file(found, path, verify=verify, store=store, allow=self._allowed(allow))

    async def _uri_of(self, version: ModelVersion) -> str:
        """Return the URI of a version, which its signature may name."""
        model = await get_model(self.core, id=version.registered_model_id)
        return Reference(model.name, version.name).uri

    def _requires_signature(self, given: bool | None) -> bool:
        """Return whether downloads must have a signature: the argument, or the setting of the connection."""
        if given is not None and not isinstance(given, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"require_signature must be True or False, got {given!r}")
        if given is not None or isinstance(self.connection, Local):
            return bool(given)
        return self.connection.require_signature

    def _allowed(self, allow: Allow | None) -> Allow | None:
        """Return the policy for entries: none for a registry in this process, which the user filled."""
        if allow is not None or isinstance(self.connection, Local):
            return allow
        from model_registry.storage import Allow

        return Allow()
