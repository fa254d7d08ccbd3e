"""Services and environments: what serves what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from model_registry.exceptions import RequestError, StoreError
from model_registry.types import F
from model_registry.web.site import Page

from .parameters import first_page, next_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from model_registry.types import Filter, InferenceService
    from model_registry.web.site import Site

_SERVICES: Final = 50
_ENVIRONMENTS: Final = 100


async def services_of(
    site: Site, condition: Filter, serves: Callable[[InferenceService], bool]
) -> list[InferenceService]:
    """Return the first services that serve something.

    Args:
        site: The site.
        condition: The condition on services, as a filter.
        serves: The same condition, for registries that ignore filters on services.
    """
    try:
        return list(await first_page(site.registry.list_services(filter=condition, page_size=_SERVICES)))
    except RequestError:
        raise
    except StoreError:  # the registry ignores the filter
        listed = await first_page(site.registry.list_services(page_size=_SERVICES, descending=True))
        return [each for each in listed if serves(each)]


async def serving(site: Site, request: Request) -> Page:
    """List services with what they serve: four requests."""
    registry = site.registry
    services = await first_page(
        registry.list_services(
            order_by="created",
            descending=True,
            page_size=_SERVICES,
            token=request.query_params.get("token") or None,
        )
    )
    environments = await first_page(registry.list_environments(page_size=_ENVIRONMENTS))
    model_ids = sorted({int(each.registered_model_id) for each in services if each.registered_model_id})
    version_ids = sorted({int(each.model_version_id) for each in services if each.model_version_id})
    models: dict[str | None, str] = {}
    versions: dict[str | None, str] = {}
    if model_ids:
        found = await first_page(registry.list_models(filter=F.id.in_(model_ids), page_size=_SERVICES))
        models = {each.id: each.name for each in found}
    if version_ids:
        listed = await first_page(registry.list_versions(filter=F.id.in_(version_ids), page_size=_SERVICES))
        versions = {each.id: each.name for each in listed}
    names = {each.id: each.name for each in environments}
    rows: list[dict[str, Any]] = [
        {
            "name": each.name,
            "state": each.desired_state.value,
            "runtime": each.runtime,
            "environment": names.get(each.serving_environment_id) or each.serving_environment_id,
            "model_id": each.registered_model_id,
            "model": models.get(each.registered_model_id),
            "version_id": each.model_version_id,
            "version": versions.get(each.model_version_id),
            "updated": each.last_update_time,
        }
        for each in services
    ]
    return Page(
        "serving.html",
        "Serving",
        {
            "rows": rows,
            "environments": environments,
            "next": next_link(request, services.next_page_token),
            "is_first": not request.query_params.get("token"),
        },
        {"services": rows, "environments": [each.model_dump(mode="json") for each in environments]},
    )
