"""The lineage of a model: its versions, what belongs to them, and what serves them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.paging import all_items
from model_registry.exceptions import StoreError

from .comparison import artifacts_of
from .models import get_model

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import (
        InferenceService,
        Lineage,
        ListOptions,
        ModelVersion,
        Page,
        RegisteredModel,
    )

_CONCURRENCY = 8
"""Requests at once."""


async def read_lineage(core: ModelRegistryAPIClient, target: RegisteredModel | ModelVersion) -> Lineage:
    """Read what the registry knows of a model, or of one of its versions.

    Args:
        core: The registry.
        target: The model or version.
    """
    if isinstance(target, types.ModelVersion):
        model = await get_model(core, id=target.registered_model_id or "")
    else:
        model = target
    parent = id_of(model)
    versions = await all_items(lambda options: core.get_model_versions(parent, options))
    newest = versions[-1].id if versions else None
    services = await _services(core, parent)
    environments = {each.serving_environment_id for each in services}
    names = {id_: await _environment_name(core, id_) for id_ in sorted(filter(None, environments))}
    limit = asyncio.Semaphore(_CONCURRENCY)

    async def lineage_of(version: ModelVersion) -> types.VersionLineage:
        async with limit:
            artifacts = await artifacts_of(core, version)
        served_by = (
            types.ServedBy(each, names.get(each.serving_environment_id or "", ""))
            for each in services
            if (each.model_version_id or newest) == version.id
        )
        return types.VersionLineage(version, tuple(artifacts), tuple(served_by))

    chosen = versions if target is model else [each for each in versions if each.id == target.id]
    return types.Lineage(model, tuple(await asyncio.gather(*map(lineage_of, chosen))))


async def _services(core: ModelRegistryAPIClient, model_id: str) -> list[InferenceService]:
    query = str(types.F.model_id == model_id)

    async def page(options: ListOptions) -> Page[InferenceService]:
        options.filter_query = query
        return await core.get_inference_services(options=options)

    try:
        return await all_items(page)
    except StoreError:  # the server ignores filters on this list
        listed = await all_items(lambda options: core.get_inference_services(options=options))
        return [each for each in listed if each.registered_model_id == model_id]


async def _environment_name(core: ModelRegistryAPIClient, id: str) -> str:
    found = await core.get_serving_environment_by_id(id)
    return "" if found is None else found.name
