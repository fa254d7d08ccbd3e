"""Chosen columns of a table of versions: their metrics and aliases, too."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.aliases.book import AliasBook
from model_registry.exceptions import UnknownPropertyWarning
from model_registry.near_names import did_you_mean
from model_registry.types.filters import MetricField
from model_registry.types.rows import name_of, row_with, rows_of
from model_registry.user_warnings import warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ModelVersion
    from model_registry.types.rows import Column

_ALIASES = "aliases"
_PAGE_SIZE = 500
_CONCURRENCY = 8


async def rows_of_versions(
    core: ModelRegistryAPIClient, versions: Sequence[ModelVersion], columns: Sequence[Column]
) -> list[dict[str, object]]:
    """Return a row for each version, with its values by column.

    Args:
        core: The registry.
        versions: The versions.
        columns: The columns. `aliases` is the list of a version's aliases; another name is a field, a custom
            property, or, where a version has neither, a metric. Without columns, rows have all values.

    Warns:
        UnknownPropertyWarning: No version has a value in a column, and another name is like it.
    """
    if not columns:
        return rows_of(versions)
    has_aliases = any(isinstance(column, str) and column == _ALIASES for column in columns)
    aliases = await _aliases_of(core, versions) if has_aliases else {}
    places = asyncio.Semaphore(_CONCURRENCY)

    async def further(version: ModelVersion) -> dict[str, object]:
        values: dict[str, object] = {_ALIASES: aliases.get(version.id, [])} if has_aliases else {}
        metric_names = _metrics_in(columns, version)
        if metric_names and version.id is not None:
            async with places:
                metrics = await _metrics_of(core, version.id)
            known.update(metrics)
            values |= {name: metrics.get(name) for name in metric_names}
        return values

    known: set[str] = set()
    found = await asyncio.gather(*map(further, versions))
    rows = [row_with(version, columns, each) for version, each in zip(versions, found, strict=True)]
    _warn_of_empty(rows, known.union(*(version.custom_properties for version in versions)))
    return rows


def _metrics_in(columns: Iterable[Column], version: ModelVersion) -> list[str]:
    """Return the names of the columns that show a metric of a version."""
    own = {*rows_of([version])[0], _ALIASES}
    return [
        name_of(column)
        for column in columns
        if isinstance(column, MetricField) or (isinstance(column, str) and column not in own)
    ]


async def _metrics_of(core: ModelRegistryAPIClient, version_id: str) -> dict[str, float | None]:
    """Return the metrics of a version by name."""
    kind = types.ArtifactTypeQueryParam.METRIC
    listed = types.Pager(
        lambda options: core.get_model_version_artifacts(version_id, options),
        types.ListOptions(limit=_PAGE_SIZE, artifact_type_param=kind),
    )
    return {each.name: each.value async for each in listed if isinstance(each, types.Metric) and each.name}


async def _aliases_of(
    core: ModelRegistryAPIClient, versions: Iterable[ModelVersion]
) -> dict[str | None, list[str]]:
    """Return the aliases of versions by the id of the version."""
    aliases: dict[tuple[str, str], list[str]] = {}
    for model_id in dict.fromkeys(version.registered_model_id for version in versions):
        model = None if model_id is None else await core.get_registered_model_by_id(model_id)
        if model is None or model_id is None:
            continue
        for alias, name in (await AliasBook(core, model).versions()).items():
            aliases.setdefault((model_id, name), []).append(alias)
    return {
        version.id: aliases.get((version.registered_model_id or "", version.name), []) for version in versions
    }


def _warn_of_empty(rows: Sequence[dict[str, object]], known: Iterable[str]) -> None:
    """Warn of columns without any value, if another name is like theirs."""
    for name in rows[0] if rows else ():
        hint = did_you_mean(name, known)
        if hint and name not in known and all(row[name] is None for row in rows):
            warn(f"no version in this table has {name!r}{hint}", UnknownPropertyWarning)
