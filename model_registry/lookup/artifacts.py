"""Find artifacts of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.paging import all_items
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.near_names import did_you_mean

from .artifact_kinds import artifact_class, artifact_type
from .checks import check_one_of, existing, names_in
from .lists import pager, pager_under
from .named_artifact import artifact_of_version
from .references import Resolver

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import Artifact, AsyncPager, ListOptions, ModelArtifact, ModelVersion, Reference

    from .artifact_kinds import ArtifactKind


async def find_artifact(
    core: ModelRegistryAPIClient,
    version: str | Reference | ModelVersion | None = None,
    name: str | None = None,
    *,
    kind: ArtifactKind | None = None,
    id: str | None = None,
    external_id: str | None = None,
) -> Artifact | None:
    """Find an artifact by its version and name, by id or by external id.

    Args:
        core: The registry.
        version: The version, or a reference to it.
        name: Name of the artifact.
        kind: Kind of artifact; any kind if not given.
        id: The registry's id.
        external_id: The caller's own id.

    Returns:
        The artifact, or `None` if there is none.

    Raises:
        NotFoundError: There is no such version.
        InvalidArgumentError: The arguments are none of these forms, the artifact is of another kind, or
            artifacts of several kinds have the name.
    """
    if version is not None and name is id is external_id is None:
        shown = version.name if isinstance(version, types.ModelVersion) else str(version)
        raise InvalidArgumentError(
            f"the name of an artifact of version {shown!r} is missing: pass it as the next argument; "
            "list_artifacts lists the artifacts of a version"
        )
    check_one_of(name=name, id=id, external_id=external_id)
    expected = artifact_class(kind)
    if name is not None:
        if version is None:
            raise InvalidArgumentError(f"artifact {name!r} needs its version as well")
        if not name:
            raise InvalidArgumentError("name must be a text of at least one character")
        return await artifact_of_version(core, await Resolver(core).version(version), name, kind)
    if version is not None:
        raise InvalidArgumentError("version goes with the name of an artifact, not with an id")
    if id is not None:
        found = await core.get_artifact_by_id(id)
    else:
        found = await core.get_artifact_by_params(external_id=external_id or "")
    if found is not None and not isinstance(found, expected):
        raise InvalidArgumentError(f"artifact {found.id} is a {type(found).__name__}, no {expected.__name__}")
    return found


async def get_artifact(
    core: ModelRegistryAPIClient,
    version: str | Reference | ModelVersion | None = None,
    name: str | None = None,
    *,
    kind: ArtifactKind | None = None,
    id: str | None = None,
    external_id: str | None = None,
) -> Artifact:
    """Return the artifact that `find_artifact` finds.

    Raises:
        NotFoundError: There is no such version or artifact.
        InvalidArgumentError: As of `find_artifact`.
    """
    found = await find_artifact(core, version, name, kind=kind, id=id, external_id=external_id)
    shown = version.name if isinstance(version, types.ModelVersion) else version
    hint = ""
    if found is None and version is not None and name is not None:
        parent = id_of(await Resolver(core).version(version))
        names = await names_in(lambda options: core.get_model_version_artifacts(parent, options))
        hint = did_you_mean(name, names)
    return existing(
        found,
        "artifact",
        hint,
        version=None if shown is None else str(shown),
        name=name,
        id=id,
        external_id=external_id,
    )


def artifacts_pager(
    core: ModelRegistryAPIClient,
    version: str | Reference | ModelVersion | None,
    kind: ArtifactKind | None,
    options: ListOptions,
) -> AsyncPager[Artifact]:
    """Return a pager of the artifacts of a version, or of all artifacts."""
    options.artifact_type_param = artifact_type(kind)
    if version is None:
        return pager(lambda options: core.get_artifacts(options=options), options)
    if isinstance(version, types.ModelVersion):
        return pager_under(id_of(version), core.get_model_version_artifacts, options)
    reference = types.Reference.parse(version) if isinstance(version, str) else version
    return pager_under(lambda: Resolver(core).version(reference), core.get_model_version_artifacts, options)


async def artifact_with_files(
    core: ModelRegistryAPIClient, version: str | Reference | ModelVersion, name: str | None = None
) -> ModelArtifact:
    """Return the model artifact that says where the files of a version are.

    Args:
        core: The registry.
        version: The version, or a reference to it.
        name: Name of the artifact, where the version has several.

    Raises:
        NotFoundError: There is no such version, or it has no such artifact.
        InvalidArgumentError: It has several, or the one has no URI.
    """
    parent = await Resolver(core).version(version)
    listed = await all_items(lambda options: core.get_model_artifacts(id_of(parent), options))
    found = [each for each in listed if name in (None, each.name)]
    of = f"version {parent.name!r}"
    if not found:
        shown = f" {name!r}{did_you_mean(name, [each.name or '' for each in listed])}" if name else ""
        raise NotFoundError(f"{of} has no model artifact{shown}", status=404)
    if len(found) > 1:
        names = ", ".join(repr(each.name) for each in found)
        raise InvalidArgumentError(f"{of} has several model artifacts: give artifact=, one of {names}")
    if not found[0].uri:
        raise InvalidArgumentError(
            f"model artifact {found[0].name!r} of {of} has no URI, so its files cannot be found"
        )
    return found[0]
