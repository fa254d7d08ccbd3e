"""Read two versions and what belongs to them, and compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.changes.compare import compare_versions
from model_registry.core.base import id_of
from model_registry.core.paging import all_items

from .models import get_model

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import Artifact, Comparison, ModelVersion


async def read_comparison(
    core: ModelRegistryAPIClient, left: ModelVersion, right: ModelVersion
) -> Comparison:
    """Compare two versions: their fields, custom properties and artifacts.

    Args:
        core: The registry.
        left: One version.
        right: The other version, of the same model or of another one.

    Raises:
        NotFoundError: The registry does not have the model of a version.
    """
    models = {
        id_: (await get_model(core, id=id_)).name
        for id_ in dict.fromkeys((left.registered_model_id, right.registered_model_id))
    }
    return compare_versions(
        left,
        right,
        (
            f"{models[left.registered_model_id]}/{left.name}",
            f"{models[right.registered_model_id]}/{right.name}",
        ),
        await artifacts_of(core, left),
        await artifacts_of(core, right),
    )


async def artifacts_of(core: ModelRegistryAPIClient, version: ModelVersion) -> list[Artifact]:
    """Return all artifacts of a version."""
    parent = id_of(version)
    return await all_items(lambda options: core.get_model_version_artifacts(parent, options))
