"""One registration as a whole: its files are uploaded first, if it has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    IgnoredArgumentWarning,
    IncompleteRegistrationError,
    StoreError,
)
from model_registry.exceptions.base import sentence
from model_registry.user_warnings import warn

from .destination import check_is_free, refuse_shared
from .run import RegistrationRun

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ModelArtifact, ModelVersion, Registration

    from .files import FilesToUpload
    from .spec import RegistrationSpec


async def register(core: ModelRegistryAPIClient, spec: RegistrationSpec) -> Registration:
    """Create what a spec says, after the upload of its files.

    Args:
        core: Where to register.
        spec: What to create.

    Returns:
        What exists now.

    Raises:
        DuplicateError: The version exists, and that is an error; or an external id is taken.
        ConflictError: The version exists, and differs from the spec.
        IncompleteRegistrationError: A step failed after others were done.
        StoreError: The first step failed.

    Warns:
        IgnoredArgumentWarning: Arguments had no effect, because what exists has other values.
    """
    if spec.files is None:
        done = await RegistrationRun(core, spec).run()
    else:
        done = await _upload_and_register(core, spec, spec.files)
    if done.ignored:
        warn(
            f"{', '.join(done.ignored)} had no effect: {done.model.name!r} exists with other values; "
            "use update() to change it",
            IgnoredArgumentWarning,
        )
    return done


def not_registered(uri: str, error: StoreError) -> IncompleteRegistrationError:
    """Return the error for files that were uploaded, but not registered; it says how to go on."""
    done = error if isinstance(error, IncompleteRegistrationError) else IncompleteRegistrationError("")
    return IncompleteRegistrationError(
        f"The files were uploaded to {uri}, but not registered: {sentence(error)} Register again with the "
        f"same arguments and if_exists='resume', or with uri={uri!r} to use the uploaded files.",
        uri=uri,
        model=done.model,
        version=done.version,
        artifacts=done.artifacts,
        created=done.created,
    )


async def _upload_and_register(
    core: ModelRegistryAPIClient, spec: RegistrationSpec, files: FilesToUpload
) -> Registration:
    version = await existing_version(core, spec)
    if version is not None:
        if spec.if_exists == "error":
            raise DuplicateError(f"{spec.path} already exists, and nothing was uploaded", status=409)
        artifact = await core.get_model_artifact_by_params(
            (spec.artifact and spec.artifact.name) or spec.model.name, id_of(version)
        )
        if spec.if_exists == "return" or artifact is not None:
            if spec.if_exists == "resume":
                await _refuse_other_files(files, artifact, spec.path)
            return await RegistrationRun(core, spec).run()
    if not files.replace:
        await check_is_free(core, files)
    uploaded = await (files.planned() if core.is_dry_run else files).upload()
    try:
        done = await RegistrationRun(core, spec.with_upload(uploaded)).run()
    except StoreError as error:
        if core.is_dry_run:
            raise
        raise not_registered(uploaded.uri, error) from error
    if done.artifact is not None and not files.replace:
        await refuse_shared(core, spec.path, done.artifact)
    return done


async def existing_version(core: ModelRegistryAPIClient, spec: RegistrationSpec) -> ModelVersion | None:
    """Return the version of a spec, if the registry has it."""
    model = spec.model.id
    if model is None:
        found = await core.get_registered_model_by_params(spec.model.name)
        model = found.id if found else None
    return await core.get_model_version_by_params(model, spec.version.name) if model else None


async def _refuse_other_files(files: FilesToUpload, artifact: ModelArtifact | None, path: str) -> None:
    recorded = types.StoredFacts.of(artifact.custom_properties).digest if artifact else None
    if recorded is None:
        return
    digest = await files.digest()
    if digest != recorded:
        raise ConflictError(
            f"{path} is registered with other files: their digest is {recorded}, but the digest of "
            f"{files.path} is {digest}. Nothing was uploaded; register these files as another version.",
            status=409,
        )
