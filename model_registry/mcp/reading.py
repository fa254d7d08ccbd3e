"""The tools that read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from model_registry import types
from model_registry.exceptions import NotFoundError
from model_registry.types import F

from .results import (
    ComparedVersions,
    FoundLineage,
    FoundModels,
    FoundVersions,
    ModelWithAliases,
    ResolvedVersion,
    VersionWithArtifacts,
)
from .texts import safe, untrusted
from .views import artifact_view, model_view, reference_of, version_view

if TYPE_CHECKING:
    from model_registry import AsyncModelRegistry
    from model_registry.lookup.lists import VersionOrder
    from model_registry.types import ModelVersion

    from .arguments import Compare, FindModels, GetModel, GetVersion, ListVersions, OneVersion

_AT_ONCE = 8
"""Requests at once."""

_METRICS = 200
"""Metrics of a version that are read."""

_ARTIFACTS = 50
"""Artifacts that a lineage shows."""

_PROPERTY = "property:"


async def find_models(registry: AsyncModelRegistry, given: FindModels) -> FoundModels:
    """Find models by a part of the name or a filter."""
    condition = given.filter
    if given.text:
        named = str(F.name.contains(given.text))
        condition = f"{named} AND ({condition}\n)" if condition else named
    pager = registry.list_models(
        filter=condition, archived=given.archived, page_size=given.limit, token=given.cursor
    )
    found = await pager.next_page()
    return FoundModels(models=[model_view(each) for each in found], next_cursor=pager.next_page_token)


async def get_model(registry: AsyncModelRegistry, given: GetModel) -> ModelWithAliases:
    """Return a model with its aliases and its latest version."""
    model = await registry.get_model(given.model)
    aliases = await registry.list_aliases(model)
    latest = await registry.find_latest(model)
    return ModelWithAliases(
        model=model_view(model, whole=True),
        aliases={alias: safe(version) for alias, version in aliases.items()},
        latest=None if latest is None else reference_of(model.name, latest),
    )


async def list_versions(registry: AsyncModelRegistry, given: ListVersions) -> FoundVersions:
    """List versions of a model with chosen metrics, the best first."""
    model = await registry.get_model(given.model)
    order: VersionOrder = "id"
    names = list(given.metrics)
    if given.best_by is not None and given.best_by.startswith(_PROPERTY):
        order = F.property(given.best_by.removeprefix(_PROPERTY))
    elif given.best_by is not None:
        order = F.metric(given.best_by)
        names.append(given.best_by)
    pager = registry.list_versions(
        model,
        filter=given.filter,
        archived=given.archived,
        order_by=order,
        descending=not given.lowest_first,
        page_size=given.limit,
        token=given.cursor,
    )
    found = await pager.next_page()
    places = asyncio.Semaphore(_AT_ONCE)

    async def metrics(version: ModelVersion) -> dict[str, float]:
        async with places:
            return await _metrics(registry, version, names) if names else {}

    shown = await asyncio.gather(*map(metrics, found))
    views = [version_view(model.name, each, values) for each, values in zip(found, shown, strict=True)]
    return FoundVersions(versions=views, next_cursor=pager.next_page_token)


async def get_version(registry: AsyncModelRegistry, given: GetVersion) -> VersionWithArtifacts:
    """Return a version with its aliases and a page of its artifacts."""
    version = await registry.resolve(given.reference)
    model = await registry.get_model(id=version.registered_model_id or "")
    aliases = await registry.list_aliases(model)
    pager = registry.list_artifacts(version, page_size=given.limit, token=given.cursor)
    found = await pager.next_page()
    metrics = {each.name or "": each.value for each in found if isinstance(each, types.Metric)}
    return VersionWithArtifacts(
        version=version_view(model.name, version, metrics, whole=True),
        aliases=[alias for alias, name in aliases.items() if name == version.name],
        artifacts=[artifact_view(each) for each in found if not isinstance(each, types.Metric)],
        next_cursor=pager.next_page_token,
    )


async def compare(registry: AsyncModelRegistry, given: Compare) -> ComparedVersions:
    """Compare two versions."""
    found = await registry.compare(given.left, given.right)
    values = found.to_dict()
    parts = {name: _without_empty(values[name]) for name in ("fields", "properties", "artifacts")}
    return ComparedVersions(
        left=safe(found.left),
        right=safe(found.right),
        is_same=found.is_same,
        untrusted=untrusted(parts, whole=True),
    )


async def lineage(registry: AsyncModelRegistry, given: OneVersion) -> FoundLineage:
    """Return what a version was made from, and what serves it."""
    version = await registry.resolve(given.reference)
    found = await registry.lineage(version)
    (own,) = found.versions
    # Metrics and parameters say how good a version is, not where it came from.
    artifacts = [each for each in own.artifacts if not isinstance(each, (types.Metric, types.Parameter))]
    return FoundLineage(
        version=version_view(found.model.name, version, whole=True),
        artifacts=[artifact_view(each) for each in artifacts[:_ARTIFACTS]],
        served_by=[safe(str(each)) for each in own.served_by[:_ARTIFACTS]],
        more_artifacts=max(len(artifacts) - _ARTIFACTS, 0),
    )


async def resolve(registry: AsyncModelRegistry, given: OneVersion) -> ResolvedVersion:
    """Return the version that a reference means, and the location of its files."""
    version = await registry.resolve(given.reference)
    model = await registry.get_model(id=version.registered_model_id or "")
    files = await registry.list_artifacts(version, kind=types.ModelArtifact, page_size=1).first()
    return ResolvedVersion(
        reference=reference_of(model.name, version),
        id=version.id or "",
        state=version.state.value,
        uri=safe(files.uri, 2000) if files is not None and files.uri else None,
    )


async def _metrics(registry: AsyncModelRegistry, version: ModelVersion, names: list[str]) -> dict[str, float]:
    """Return metrics of a version by name; the custom property of a name where there is no such metric."""
    try:
        listed = await registry.list_artifacts(version, kind=types.Metric, page_size=_METRICS).to_list(
            _METRICS
        )
    except NotFoundError:  # the version was removed from the database meanwhile
        return {}
    values = {each.name or "": each.value for each in listed}
    numbers = {
        name: float(value)
        for name, value in version.custom_properties.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    merged = {**numbers, **values}
    return {name: merged[name] for name in names if name in merged}


def _without_empty(value: object) -> object:
    """Return a dictionary without entries that say nothing."""
    if not isinstance(value, dict):
        return value
    given = cast("dict[str, object]", value)
    kept = {name: _without_empty(each) for name, each in given.items()}
    return {name: each for name, each in kept.items() if each not in ({}, None)}
