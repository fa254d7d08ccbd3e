"""Find the artifact of a version that has a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.peculiarities.filters import name_filter
from model_registry.exceptions import InvalidArgumentError

from .artifact_kinds import artifact_type

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import Artifact, ListOptions, ModelVersion, Page

    from .artifact_kinds import ArtifactKind

_PAGE_SIZE = 100


async def artifact_of_version(
    core: ModelRegistryAPIClient, version: ModelVersion, name: str, kind: ArtifactKind | None
) -> Artifact | None:
    """Return the artifact of a version that has a name; `None` if there is none.

    Args:
        core: The registry.
        version: The version.
        name: Name of the artifact.
        kind: Kind of artifact; `None` for any kind.

    Raises:
        InvalidArgumentError: There is no such kind, or artifacts of several kinds have the name.
    """
    parent = id_of(version)

    async def page(options: ListOptions) -> Page[Artifact]:
        return await core.get_model_version_artifacts(parent, options)

    options = types.ListOptions.order_by_id(
        limit=_PAGE_SIZE, artifact_type_param=artifact_type(kind), filter_query=name_filter(core, name)
    )
    # Some registries read the name as a pattern.
    found = [each async for each in types.Pager(page, options) if each.name == name]
    if len(found) > 1:
        raise InvalidArgumentError(
            f"version {version.name!r} has several artifacts named {name!r}: "
            f"{', '.join(f'{type(each).__name__} {each.id}' for each in found)}. Choose one with kind="
        )
    return found[0] if found else None
