"""The parts of release 0.3's verbs for files: upload first, and models of the Hugging Face Hub."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.core.peculiarities.storable import problems_of_properties
from model_registry.exceptions import (
    ChangedValueWarning,
    DuplicateError,
    InvalidArgumentError,
    StorageError,
    StoreError,
)
from model_registry.types.stored import IMAGE

from .arguments import field_arguments
from .files import UploadedFiles
from .registering import existing_version, not_registered
from .run import RegistrationRun
from .spec import RegistrationSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import RegisteredModel
    from model_registry.types.properties import PropertyValue
    from model_registry.utils import OCIParams, S3Params


async def upload_and_register(
    core: ModelRegistryAPIClient, spec: RegistrationSpec, path: str, params: OCIParams | S3Params
) -> RegisteredModel:
    """Upload files to S3 or an OCI registry, and register them.

    Args:
        core: The registry.
        spec: What to register; its URI is set to that of the upload.
        path: File or folder to upload.
        params: Where to upload to.

    Raises:
        DuplicateError: The version exists; nothing was uploaded.
        IncompleteRegistrationError: The files were uploaded, but not registered.
    """
    if await existing_version(core, spec) is not None:
        raise DuplicateError(f"{spec.path} already exists, and nothing was uploaded", status=409)
    uri = await upload(core, path, params)
    properties = {} if core.is_dry_run else await asyncio.to_thread(_recorded, path, uri, params)
    stored = spec.with_upload(UploadedFiles(uri, format=None, format_version=None, properties=properties))
    try:
        return (await RegistrationRun(core, stored).run()).model
    except StoreError as error:
        if core.is_dry_run:
            raise
        raise not_registered(uri, error) from error


async def upload(core: ModelRegistryAPIClient, path: str, params: OCIParams | S3Params) -> str:
    """Upload files to S3 or an OCI registry; in a dry run, only return the URI that they would get.

    Raises:
        InvalidArgumentError: `params` is neither of the two, or the files do not exist.
        StorageError: The files could not be uploaded.
    """
    from model_registry.storage.legacy.local_files import check_exists

    check_exists("the files to upload", path)
    if core.is_dry_run:
        return _planned(params)
    return await asyncio.to_thread(_uploaded, path, params)


async def register_hf_model(
    core: ModelRegistryAPIClient,
    registrar: str,
    repo: str,
    path: str,
    *,
    version: str,
    model_format_name: str,
    model_format_version: str,
    author: str | None,
    owner: str | None,
    model_name: str | None,
    description: str | None,
    git_ref: str,
    token: str | None,
) -> RegisteredModel:
    """Register a model of the Hugging Face Hub, whose files stay there.

    Warns:
        ChangedValueWarning: The registry cannot store all values of the model card as they are.
    """
    from model_registry.storage import describe_hf_model

    found = await asyncio.to_thread(describe_hf_model, repo, path, git_ref=git_ref, token=token)
    properties, changes = await _storable(core, found.custom_properties)
    recorded = types.stored_properties(found.digest, found.size, {}) if found.digest and found.size else None
    # Fields of the model card describe a new model; an existing model is not changed.
    described: dict[str, Any] = {
        each.name: getattr(found, each.name)
        for each in dataclasses.fields(found)
        if each.name in field_arguments().names and each.name not in ("uri", "author")
    }
    spec = RegistrationSpec.build(
        registrar,
        name=model_name or found.model_source_name or repo,
        version=version,
        uri=found.uri,
        model_format_name=model_format_name,
        model_format_version=model_format_version,
        author=author or found.author,
        owner=owner,
        description=description,
        properties=properties,
        artifact_properties=recorded,
        **described,
    )
    done = await RegistrationRun(core, spec).run()
    if changes := [*found.changes, *changes]:
        warnings.warn(
            f"The model card of {repo} has values that the registry cannot store: {'; '.join(changes)}",
            ChangedValueWarning,
            stacklevel=2,
        )
    return done.model


async def _storable(
    core: ModelRegistryAPIClient, properties: Mapping[str, PropertyValue]
) -> tuple[dict[str, PropertyValue], list[str]]:
    """Return the properties as this server can store them, and what was changed."""
    stored, changes = dict(properties), list[str]()
    for name, problem in (await problems_of_properties(core, properties)).items():
        text = json.dumps(properties[name], ensure_ascii=False)
        if isinstance(properties[name], str) or await problems_of_properties(core, {name: text}):
            del stored[name]
            changes.append(f"{name!r} {problem}; it is left out")
        else:
            stored[name] = text
            changes.append(f"{name!r} {problem}; it is stored as text")
    return stored, changes


def _planned(params: OCIParams | S3Params) -> str:
    """Return the URI that files would get, for a dry run."""
    from model_registry import utils
    from model_registry.storage.objects.s3_uri import build_uri

    if isinstance(params, utils.S3Params):
        return build_uri(params.bucket_name, params.s3_prefix.strip("/"), params.endpoint_url, params.region)
    if isinstance(params, utils.OCIParams):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        return f"oci://{params.oci_ref.removeprefix('oci://')}"
    raise _not_params(params)


def _uploaded(path: str, params: OCIParams | S3Params) -> str:
    """Upload files as the parameters of release 0.3 say."""
    from model_registry import utils

    if isinstance(params, utils.S3Params):
        return utils.upload_to_s3(params, path)
    if isinstance(params, utils.OCIParams):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        given = {each.name: getattr(params, each.name) for each in dataclasses.fields(params)}
        return utils.save_to_oci_registry(model_files_path=path, **given)
    raise _not_params(params)


def _recorded(path: str, uri: str, params: OCIParams | S3Params) -> dict[str, PropertyValue]:
    """Return what is recorded of uploaded files: their digests, and that of the image."""
    from model_registry.storage.digests import whole_digest
    from model_registry.storage.paths import walk
    from model_registry.storage.protocol import LocalFile
    from model_registry.utils import OCIParams

    files = [LocalFile(place, name) for name, place in walk(Path(path))]
    digests = {file.path: file.digest for file in files}
    if isinstance(params, OCIParams):
        return _recorded_image(digests, uri, params)
    facts = {file.path: (file.size, file.digest, None) for file in files}
    return types.stored_properties(
        whole_digest(digests, single=False), sum(file.size for file in files), facts
    )


def _recorded_image(digests: Mapping[str, str], uri: str, params: OCIParams) -> dict[str, PropertyValue]:
    """Return the digest of an image, and those of its files, to which the base image may add some."""
    from model_registry.storage.digests import whole_digest
    from model_registry.storage.legacy.oci_tools import auth_of
    from model_registry.storage.oci import OCIStore

    store = OCIStore(auth=auth_of(params))
    try:
        pinned = store.resolve(uri)
        listed = store.list_files(pinned)
    except StorageError:
        return {}  # a custom backend may push to a place that only it can read
    found = {file.path: file.digest or digests.get(file.path) for file in listed}
    known = {path: digest for path, digest in found.items() if digest is not None}
    properties: dict[str, PropertyValue] = {IMAGE: pinned.partition("@")[2]}
    if len(known) == len(found):
        whole = whole_digest(known, single=listed[0].single)
        facts = {file.path: (file.size, found[file.path], None) for file in listed}
        properties |= types.stored_properties(whole, sum(file.size or 0 for file in listed), facts)
    return properties


def _not_params(params: object) -> InvalidArgumentError:
    return InvalidArgumentError(f"upload_params must be an S3Params or OCIParams, got {params!r}")
