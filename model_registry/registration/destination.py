"""Where a registration uploads its files, and whether other registrations use the same location."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import ConflictError, InvalidArgumentError, InvalidRequestError
from model_registry.types import F
from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ModelArtifact

    from .files import FilesToUpload

_NOT_IN_PATHS = re.compile(r"[/\\?#%:*<>|\"\x00-\x1f\x7f]|^\.{1,2}$")


def filled_in(to: str, model: str, version: str) -> str:
    """Replace `{model}` and `{version}` in the location of files.

    Raises:
        InvalidArgumentError: A name cannot be a part of a path.

    Example:
        >>> from model_registry.registration.destination import filled_in
        >>> filled_in("s3://models/{model}/{version}/", "fraud", "1.0")
        's3://models/fraud/1.0/'
    """
    for field, name in {"{model}": model, "{version}": version}.items():
        if field in to:
            if _NOT_IN_PATHS.search(name):
                raise InvalidArgumentError(
                    f"to={to!r} needs a {field} that can be part of a path, got {name!r}: write the path "
                    "without it"
                )
            to = to.replace(field, name)
    return to


async def check_is_free(core: ModelRegistryAPIClient, files: FilesToUpload) -> None:
    """Check that files can be uploaded without replacing others.

    Raises:
        ConflictError: An artifact of the registry is stored there.
        StorageExistsError: The location holds other files.
    """
    from model_registry.storage.occupied import refuse_other_files

    recorded = await _artifacts_at(core, *files.possible_uris())
    if recorded:
        raise ConflictError(
            f"{redacted_text(files.to)} holds the files of {_named(recorded[0])}, and nothing was uploaded. "
            "Use a location per version, such as to='.../{model}/{version}', or pass replace=True "
            "to replace its files.",
            status=409,
        )
    await asyncio.to_thread(
        refuse_other_files, files.path, files.to, store=files.store, ignore=files.created_names()
    )


async def refuse_shared(core: ModelRegistryAPIClient, path: str, artifact: ModelArtifact) -> None:
    """Check that no earlier registration recorded other files at the location of an artifact.

    Two registrations that upload to one location at the same time both find it free. The later one raises.

    Raises:
        ConflictError: Another one did.
    """
    digest = types.StoredFacts.of(artifact.custom_properties).digest
    for other in await _artifacts_at(core, artifact.uri or ""):
        is_earlier = int(other.id or 0) < int(artifact.id or 0)
        if is_earlier and types.StoredFacts.of(other.custom_properties).digest != digest:
            raise ConflictError(
                f"{path} was registered, but its files and those of {_named(other)} were uploaded to "
                f"{redacted_text(artifact.uri or '')} at the same time, and replaced each other. Upload both "
                "again, to different locations.",
                status=409,
            )


async def _artifacts_at(core: ModelRegistryAPIClient, *uris: str) -> list[ModelArtifact]:
    query = " OR ".join(str(F.uri == uri) for uri in uris)
    try:
        page = await core.get_artifacts(query, None, types.ListOptions(limit=100))
    except InvalidRequestError:  # this registry cannot search for URIs
        return []
    return [each for each in page if isinstance(each, types.ModelArtifact) and each.uri in uris]


def _named(artifact: ModelArtifact) -> str:
    return f"the ModelArtifact {artifact.name!r} (id {artifact.id})"
