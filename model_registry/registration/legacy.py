"""The parts of release 0.3's verbs for files: upload first, and models of the Hugging Face Hub."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.exceptions import DuplicateError, InvalidArgumentError, StoreError

from .arguments import field_arguments
from .register import existing_version, not_registered
from .run import RegistrationRun
from .spec import RegistrationSpec

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import RegisteredModel
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
    try:
        return (await RegistrationRun(core, spec.stored_at(uri)).run()).model
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


async def spec_of_hf_model(
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
) -> RegistrationSpec:
    """Return the spec of a model of the Hugging Face Hub, as `register_hf_model` registers it."""
    from model_registry.storage import describe_hf_model

    found = await asyncio.to_thread(describe_hf_model, repo, path, git_ref=git_ref, token=token)
    recorded = types.stored_properties(found.digest, found.size, {}) if found.digest and found.size else None
    # Fields of the model card describe a new model; an existing model is not changed.
    described: dict[str, Any] = {
        each.name: getattr(found, each.name)
        for each in dataclasses.fields(found)
        if each.name in field_arguments().names and each.name not in ("uri", "author")
    }
    return RegistrationSpec.build(
        registrar,
        name=model_name or found.model_source_name or repo,
        version=version,
        uri=found.uri,
        model_format_name=model_format_name,
        model_format_version=model_format_version,
        author=author or found.author,
        owner=owner,
        description=description,
        properties=found.custom_properties,
        artifact_properties=recorded,
        **described,
    )


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


def _not_params(params: object) -> InvalidArgumentError:
    return InvalidArgumentError(f"upload_params must be an S3Params or OCIParams, got {params!r}")
