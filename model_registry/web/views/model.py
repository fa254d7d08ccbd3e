"""One model: how it grows from version to version, its aliases, and what serves it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from model_registry.aliases.book import AliasBook
from model_registry.core.base import id_of
from model_registry.types import ArtifactTypeQueryParam, F, ListOptions, Metric, Reference
from model_registry.web.charts import Point, line_chart
from model_registry.web.site import Page
from model_registry.web.text import front_matter, own_properties

from .parameters import command, newest_versions, next_link, resource_id
from .serving import services_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from model_registry.types import ModelVersion
    from model_registry.web.site import Site

_COLUMNS: Final = 4
_METRICS: Final = 100


async def model(site: Site, request: Request) -> Page:
    """Show a model: five requests. Other registries get one for the metrics of each version that is shown."""
    registry = site.registry
    found = await registry.get_model(id=resource_id(request))
    versions, aliases, services = await asyncio.gather(
        newest_versions(site, request, found),
        AliasBook(registry.core, found).versions(),
        services_of(
            site, F.model_id == int(found.id or 0), lambda each: each.registered_model_id == found.id
        ),
    )
    metrics = await _metrics(site, versions)
    numbers = [_numbers(each, metrics.get(each.id or "", {})) for each in versions]
    names = _names(numbers)
    columns = [name for name in request.query_params.getlist("column") if name in names] or names[:_COLUMNS]
    plotted = request.query_params.get("plot", "")
    plotted = plotted if plotted in names else (names or [""])[0]
    by_version: dict[str, list[str]] = {}
    for alias, name in aliases.items():
        by_version.setdefault(name, []).append(alias)
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "state": each.state.value,
            "author": each.author,
            "created": each.create_time,
            "aliases": by_version.get(each.name, []),
            "numbers": values,
        }
        for each, values in zip(versions, numbers, strict=True)
    ]
    readme_front, readme = front_matter(found.readme or "")
    chart = _chart(plotted, rows)
    return Page(
        "model.html",
        found.name,
        {
            "model": found,
            "aliases": aliases,
            "ids": {each["name"]: each["id"] for each in rows},
            "rows": rows,
            "names": names,
            "columns": columns,
            "plotted": plotted,
            "chart": chart,
            "services": services,
            "versions_by_id": {each.id: each.name for each in versions},
            "readme": readme,
            "readme_front": readme_front,
            "properties": own_properties(found.custom_properties),
            "next": next_link(request, versions.next_page_token),
            "is_first": not request.query_params.get("token"),
            "references": {each.id: str(Reference(found.name, each.name)) for each in versions},
        },
        {
            "model": found.model_dump(mode="json"),
            "aliases": aliases,
            "versions": rows,
            "services": [each.model_dump(mode="json") for each in services],
            "next_page_token": versions.next_page_token,
        },
        command=command("versions", "ls", found.name),
    )


async def _metrics(site: Site, versions: Sequence[ModelVersion]) -> dict[str, dict[str, float]]:
    """Return the metrics of versions by id."""
    ids = [id_of(each) for each in versions]
    options = ListOptions.artifact_type(ArtifactTypeQueryParam.METRIC, limit=_METRICS)
    pages = await site.registry.core.get_artifacts_of_versions(ids, options)
    return {
        id_: {each.name: each.value for each in page if isinstance(each, Metric) and each.name is not None}
        for id_, page in zip(ids, pages, strict=True)
    }


def _numbers(version: ModelVersion, metrics: dict[str, float]) -> dict[str, float]:
    """Return the metrics of a version and the numbers among its properties."""
    properties = {
        name: value
        for name, value in own_properties(version.custom_properties).items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    return {**properties, **metrics}


def _names(numbers: Sequence[dict[str, float]]) -> list[str]:
    """Return the names of numbers, those first that most versions have."""
    counts: dict[str, int] = {}
    for values in numbers:
        for name in values:
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _chart(name: str, rows: Sequence[dict[str, Any]]) -> str:
    points = [
        Point(row["name"], row["numbers"][name], f"/versions/{row['id']}", tuple(row["aliases"]))
        for row in reversed(rows)
        if name in row["numbers"]
    ]
    return line_chart(name, points)
