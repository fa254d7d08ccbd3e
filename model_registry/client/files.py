"""Download and open the files of versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Literal

from model_registry.files.download import download_files, open_file
from model_registry.lookup.artifacts import artifact_with_files

from .base import Base

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from model_registry.signing import Verifier
    from model_registry.storage import Progress, Store
    from model_registry.types import ModelVersion, Reference


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
        return await download_files(
            await artifact_with_files(self.core, version, artifact),
            directory,
            verify=verify,
            verifier=verifier,
            overwrite=overwrite,
            concurrency=concurrency,
            progress=progress,
            store=store,
        )

    async def open(
        self,
        version: str | Reference | ModelVersion,
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
        found = await artifact_with_files(self.core, version, artifact)
        return await open_file(found, path, verify=verify, store=store)
