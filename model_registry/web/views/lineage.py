"""Where the versions of a model come from, and where they went."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from model_registry.core.base import id_of
from model_registry.types import DataSet, F, ListOptions, ModelArtifact
from model_registry.web.site import Page

from .parameters import command, first_page, newest_versions, next_link, resource_id
from .serving import services_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from model_registry.types import Artifact
    from model_registry.web.site import Site

_ARTIFACTS: Final = 100
_ENVIRONMENTS: Final = 100
_SOURCE: Final = ("kind", "class", "group", "name", "id")


async def lineage(site: Site, request: Request) -> Page:
    """Show the lineage of a model: five requests. Other registries get one for each version that is shown."""
    registry = site.registry
    found = await registry.get_model(id=resource_id(request))
    versions, services, environments = await asyncio.gather(
        newest_versions(site, request, found),
        services_of(
            site, F.model_id == int(found.id or 0), lambda each: each.registered_model_id == found.id
        ),
        first_page(registry.list_environments(page_size=_ENVIRONMENTS)),
    )
    artifacts = await registry.core.get_artifacts_of_versions(
        [id_of(each) for each in versions], ListOptions(limit=_ARTIFACTS)
    )
    is_first = not request.query_params.get("token")
    newest = versions[0].id if versions and is_first else None
    names = {each.id: each.name for each in environments}
    rows: list[dict[str, Any]] = [
        {
            "id": each.id,
            "name": each.name,
            "state": each.state.value,
            "created": each.create_time,
            "author": each.author,
            "sources": _sources(own),
            "files": [
                {"name": one.name, "uri": one.uri, "format": one.model_format_name}
                for one in own
                if isinstance(one, ModelArtifact)
            ],
            "services": [
                {"name": one.name, "environment": names.get(one.serving_environment_id)}
                for one in services
                if (one.model_version_id or newest) == each.id
            ],
        }
        for each, own in zip(versions, artifacts, strict=True)
    ]
    return Page(
        "lineage.html",
        f"Lineage of {found.name}",
        {
            "model": found,
            "rows": rows,
            "next": next_link(request, versions.next_page_token),
            "is_first": is_first,
        },
        {"model": found.name, "versions": rows, "next_page_token": versions.next_page_token},
        command=command("lineage", found.name),
    )


def _sources(artifacts: Sequence[Artifact]) -> list[dict[str, str | None]]:
    """Return what a version was made from: data sets, and what its model artifacts say."""
    sources: list[dict[str, str | None]] = [
        {"kind": "data set", "name": each.name, "uri": each.uri or each.source}
        for each in artifacts
        if isinstance(each, DataSet)
    ]
    for each in artifacts:
        if isinstance(each, ModelArtifact) and each.model_source_kind:
            parts = [getattr(each, f"model_source_{name}") for name in _SOURCE[1:]]
            name = " ".join(str(part) for part in parts if part)
            sources.append({"kind": each.model_source_kind, "name": name, "uri": None})
    return sources
