"""The files that a registration uploads: signed, uploaded and described."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from model_registry import types
from model_registry.exceptions import StorageNotFoundError
from model_registry.files.transfers import transferred

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from model_registry.storage import IncomingFile, LocalFile, Progress, Store, StoredFile, Transfer
    from model_registry.types import PropertyValue


MANIFEST = "model.sha256"
"""Name of the file with the digests of all others, where these are many."""


class FileSigner(Protocol):
    """An object that signs the files of a model, such as a `model_registry.signing.ModelSigner`."""

    def sign(self, model_path: str | os.PathLike[str], /) -> Path:
        """Sign files, and return the path of the signature, which is stored among them."""
        ...


@runtime_checkable
class VersionSigner(FileSigner, Protocol):
    """A signer whose signatures can name the version that they are for."""

    version: str | None

    def for_version(self, version: str) -> FileSigner:
        """Return the signer for the version with a URI."""
        ...


class UploadedFiles(NamedTuple):
    """What is recorded of uploaded files.

    Attributes:
        uri: Their URI.
        format: Their format, where it was detected.
        format_version: Version of the format, where their headers say it.
        properties: Size, digests, signature, and what their headers say, as custom properties.
    """

    uri: str
    format: str | None
    format_version: str | None
    properties: dict[str, PropertyValue]


@dataclass(frozen=True)
class FilesToUpload:
    """Files that a registration uploads.

    Attributes:
        path: The file or folder.
        to: URI that they get.
        store: Store to upload to, with its own credentials; chosen by the URI if not given.
        signer: Object that signs the files before the upload.
        concurrency: How many files, or parts of files, to upload at once.
        progress: `True` for a bar in terminals and notebooks, or a function that gets the `Progress`.
        replace: Whether to replace other files at the URI.
        label: Name of the version, after that of its model, for the progress bar.
        version: URI of the version that the files are for, which a signature names.
    """

    path: Path
    to: str
    store: Store | None = None
    signer: FileSigner | None = None
    concurrency: int = 8
    progress: bool | Callable[[Progress], object] | None = None
    replace: bool = False
    label: str = ""
    version: str | None = None

    def possible_uris(self) -> tuple[str, ...]:
        """Return the URIs that the files may get: the store decides whether one ends with `/`."""
        bare = PlannedStore.uri_of(self.to).rstrip("/")
        name = f"{bare}/{self.path.name}"
        return (bare, f"{bare}/", name) if self.to.endswith("/") else (bare, f"{bare}/")

    def created_names(self) -> tuple[str, ...]:
        """Return the names of files that an upload creates itself: the manifest and the signature."""
        if self.signer is None:
            return (MANIFEST,)
        from model_registry.signing.model_signer import DEFAULT_FILENAME

        return (MANIFEST, DEFAULT_FILENAME, str(getattr(self.signer, "signature_filename", DEFAULT_FILENAME)))

    def planned(self) -> FilesToUpload:
        """Return the same files for a dry run: they are read and described, but not signed or uploaded."""
        from model_registry.storage import store_for

        if self.store is None:
            store_for(self.to)  # raises for an unknown scheme
        return replace(self, store=PlannedStore(), signer=None, progress=None)

    async def digest(self) -> str:
        """Return the digest of the files on this machine."""
        from model_registry import storage

        def read() -> str:
            return storage.digest(self.path, ignore=(MANIFEST,) if self._are_many() else ())

        return await asyncio.to_thread(read)

    async def upload(self) -> UploadedFiles:
        """Sign and upload the files.

        Returns:
            What to record of them.

        Raises:
            StorageError: They could not be uploaded; nothing is registered.
        """
        from model_registry import storage
        from model_registry.storage.formats import format_of
        from model_registry.storage.headers import header_of

        signature: dict[str, PropertyValue] = {}
        if self.signer is not None:
            signature = await asyncio.to_thread(_sign, self.signer, self.path, self.version)
        manifest = MANIFEST if await asyncio.to_thread(self._are_many) else None
        done = await transferred(
            self.label or self.to,
            lambda transfer: storage.upload(
                self.path, self.to, store=self.store, manifest=manifest, transfer=transfer
            ),
            concurrency=self.concurrency,
            progress=self.progress,
        )
        files = {file.path: (file.size, file.digest, file.version) for file in done.files}
        properties = types.stored_properties(done.digest, done.size, files, manifest)
        header = await asyncio.to_thread(header_of, self._files())
        return UploadedFiles(
            done.uri,
            format_of(file.path for file in done.files),
            header.format_version,
            {**header.properties(), **properties, **signature},
        )

    def _files(self) -> list[Path]:
        return (
            [each for each in self.path.rglob("*") if each.is_file()] if self.path.is_dir() else [self.path]
        )

    def _are_many(self) -> bool:
        """Return whether the files are too many to record each of them in the registry."""
        from model_registry.storage.paths import walk
        from model_registry.types import stored

        return len(walk(self.path)) > stored.MOST_FILES


class PlannedStore:
    """The store of a dry run: it stores nothing."""

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:  # noqa: ARG002  # of a store
        """Return the URI that the files would get, as far as it is known without the real store."""
        return self.uri_of(uri)

    @staticmethod
    def uri_of(uri: str) -> str:
        """Return the URI of files that are uploaded to a URI or path."""
        from model_registry.storage.local import path_of
        from model_registry.storage.schemes import scheme_of

        return path_of(uri).absolute().as_uri() if scheme_of(uri) in ("", "file") else uri

    def list_files(self, uri: str) -> list[StoredFile]:
        """Refuse to list files: nothing was stored."""
        raise StorageNotFoundError(f"a dry run stored nothing at {uri}")

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:  # noqa: ARG002  # of a store
        """Refuse to fetch a file: nothing was stored."""
        raise StorageNotFoundError(f"a dry run stored no {file.path} at {uri}")


def _sign(signer: FileSigner, path: Path, version: str | None) -> dict[str, PropertyValue]:
    from model_registry.signing import describe

    if version is not None and isinstance(signer, VersionSigner) and signer.version is None:
        signer = signer.for_version(version)
    return {**describe(signer.sign(path), model_path=path, inline=path.is_file())}
