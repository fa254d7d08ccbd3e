"""The files that come with a registration: signed, brought to where they are to be, and described."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from model_registry import types
from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    IncompleteRegistrationError,
    InvalidArgumentError,
    StorageNotFoundError,
    StoreError,
)

from .finding import id_of
from .registration_arguments import OF_UPLOAD, wanted_item
from .registration_steps import Steps
from .transfers import moving

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.storage import Progress, Store, Upload
    from model_registry.types import ModelArtifact, ModelVersion, PropertyValue, Registration

    from .registration_arguments import Wanted


class FileSigner(Protocol):
    """Something that signs the files of a model, such as a `model_registry.signing.ModelSigner`."""

    def sign(self, model_path: str | os.PathLike[str], /) -> Path:
        """Sign files, and give the signature's file, which lies among them."""
        ...


@dataclass(frozen=True)
class FilesToUpload:
    """Files that are to be registered.

    Attributes:
        path: The file or folder.
        to: URI that it gets.
        store: Where it goes, with credentials of its own; told from the URI when not given.
        signer: Who signs the files before they go.
        concurrency: How many files, or parts of files, are on their way at once.
        progress: `True` for a bar in terminals and notebooks, or what is called with the `Progress`.
    """

    path: Path
    to: str
    store: Store | None = None
    signer: FileSigner | None = None
    concurrency: int = 8
    progress: bool | Callable[[Progress], object] | None = None

    async def check_same(self, artifact: ModelArtifact | None, wanted: Wanted) -> None:
        """Refuse to complete a version that was registered with other files.

        Raises:
            ConflictError: The recorded digest is not that of these files.
        """
        from model_registry import storage

        digest = types.StoredFacts.of(artifact.custom_properties).digest if artifact else None
        if wanted.if_exists != "resume" or digest is None:
            return
        own = await asyncio.to_thread(storage.digest, self.path)
        if own != digest:
            raise ConflictError(
                f"{wanted.path} is registered with other files: their digest is {digest}, but that of "
                f"{self.path} is {own}. Nothing was uploaded; register them as another version.",
                status=409,
            )

    async def upload(self) -> Mapping[str, Any]:
        """Sign and upload the files.

        Returns:
            What is to be recorded of them, by argument of `register`.

        Raises:
            StorageError: They could not be uploaded; nothing is registered.
        """
        from model_registry import storage
        from model_registry.storage.formats import format_of

        signed: dict[str, PropertyValue] = {}
        if self.signer is not None:
            signed = await asyncio.to_thread(_sign, self.signer, self.path)
        done = await moving(
            self.to,
            lambda transfer: storage.upload(self.path, self.to, store=self.store, transfer=transfer),
            concurrency=self.concurrency,
            progress=self.progress,
        )
        return {
            "uri": done.uri,
            "model_format_name": format_of(file.path for file in done.files),
            "artifact_properties": {**recorded(done), **signed},
        }


def taken_files(item: Mapping[str, object]) -> tuple[FilesToUpload | None, dict[str, object]]:
    """Take what concerns an upload out of the arguments of a registration.

    Args:
        item: The arguments.

    Returns:
        The files, or `None` when there are none; and the other arguments.

    Raises:
        InvalidArgumentError: `files` and `to` do not go together, or a `uri` is given beside them.
        StorageNotFoundError: There are no such files.
    """
    others: dict[str, Any] = dict(item)
    options = {name: value for name in OF_UPLOAD if (value := others.pop(name, None)) is not None}
    files, to = options.pop("files", None), options.pop("to", None)
    if files is None and to is None:
        if options:
            raise InvalidArgumentError(f"{', '.join(options)} is for uploads: give files= and to=, too")
        return None, others
    if files is None or to is None:
        raise InvalidArgumentError("files= and to= go together: which files, and the URI that they get")
    if others.pop("uri", None) is not None:
        raise InvalidArgumentError("give uri= for files that are somewhere, or files= and to=, not both")
    path = Path(files)
    if not path.exists():
        raise StorageNotFoundError(f"There is nothing at {path} to upload.")
    return FilesToUpload(path, str(to), **options), others


async def register_files(
    core: ModelRegistryAPIClient, files: FilesToUpload, item: Mapping[str, Any], author: str
) -> Registration:
    """Upload files and register them, unless the version is there already.

    Args:
        core: Where to register.
        files: The files.
        item: The arguments of the registration.
        author: Who registers, where they do not say it.

    Raises:
        DuplicateError: The version exists; nothing was uploaded.
        ConflictError: The version exists with other files; nothing was uploaded.
        IncompleteRegistrationError: The files were uploaded, but could not be registered.
    """
    wanted = wanted_item({**item, "uri": files.to}, author)  # refused before anything is sent
    version = await _version_there(core, wanted)
    if version is not None:
        if wanted.if_exists == "error":
            raise DuplicateError(f"{wanted.path} exists already, and nothing was uploaded", status=409)
        artifact = await _artifact_there(core, wanted, version)
        if wanted.if_exists == "return" or artifact is not None:
            await files.check_same(artifact, wanted)
            return await Steps(core, wanted_item(item, author)).run()
    recorded = await files.upload()
    try:
        return await Steps(core, wanted_item(_with(item, recorded), author)).run()
    except StoreError as error:
        raise not_registered(recorded["uri"], error) from error


async def _version_there(core: ModelRegistryAPIClient, wanted: Wanted) -> ModelVersion | None:
    model = wanted.model.id
    if model is None:
        found = await core.get_registered_model_by_params(wanted.model.name)
        model = found.id if found else None
    return await core.get_model_version_by_params(model, wanted.version.name) if model else None


async def _artifact_there(
    core: ModelRegistryAPIClient, wanted: Wanted, version: ModelVersion
) -> ModelArtifact | None:
    name = cast("ModelArtifact", wanted.artifact).name or ""
    return await core.get_model_artifact_by_params(name, id_of(version))


def _with(item: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Add what is recorded of files to what the caller says, which comes first."""
    said = {name: value for name, value in item.items() if value is not None}
    properties = {**recorded["artifact_properties"], **said.get("artifact_properties", {})}
    return {**recorded, **said, "artifact_properties": properties}


def not_registered(uri: str, error: StoreError) -> IncompleteRegistrationError:
    """Say that files were uploaded, but not registered, and how to go on."""
    done = error if isinstance(error, IncompleteRegistrationError) else IncompleteRegistrationError("")
    return IncompleteRegistrationError(
        f"The files were uploaded to {uri}, but not registered: {error} Register again with the same "
        f"arguments and if_exists='resume'; or with uri={uri!r} for the files as they are there.",
        uri=uri,
        model=done.model,
        version=done.version,
        artifacts=done.artifacts,
        created=done.created,
    )


def recorded(done: Upload) -> dict[str, PropertyValue]:
    """Say what is recorded of files that were uploaded, as custom properties."""
    files = {file.path: (file.size, file.digest) for file in done.files}
    return types.stored_properties(done.digest, done.size, files)


def _sign(signer: FileSigner, path: Path) -> dict[str, PropertyValue]:
    from model_registry.signing import describe

    if not path.is_dir():
        raise InvalidArgumentError(f"{path} is a single file: its signature needs a folder to join it in")
    return {**describe(signer.sign(path), model_path=path)}
