"""The list of models."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from model_registry.aliases.log import View
from model_registry.exceptions import InvalidArgumentError, InvalidRequestError
from model_registry.types import F
from model_registry.types import Page as ListPage
from model_registry.web.site import Page

from .parameters import command, first_page, next_link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from model_registry.types import Filter, ModelVersion, RegisteredModel
    from model_registry.web.site import Site

_MODELS: Final = 25
_COUNTED: Final = 10
_AT_ONCE: Final = 8
_ORDERS: Final = {
    "updated": ("updated", True, "Last changed first"),
    "newest": ("created", True, "Newest first"),
    "oldest": ("created", False, "Oldest first"),
}
_STATES: Final = {"live": False, "archived": True, "all": None}


async def models(site: Site, request: Request) -> Page:
    """List models: one request, and one for the latest versions of each model that is shown."""
    given = {
        name: request.query_params.get(name, "").strip()
        for name in ("q", "filter", "state", "sort", "owner", "property", "value")
    }
    state = given["state"] if given["state"] in _STATES else "live"
    sort = given["sort"] if given["sort"] in _ORDERS else "updated"
    order, descending, _ = _ORDERS[sort]
    wrong: str | None = None
    listed: ListPage[RegisteredModel] = ListPage()
    condition = _condition(given)
    try:
        listed = await first_page(
            site.registry.list_models(
                filter=condition,
                archived=_STATES[state],
                order_by=order,  # type: ignore[arg-type]  # one of the words above
                descending=descending,
                page_size=_MODELS,
                token=request.query_params.get("token") or None,
            )
        )
    except (InvalidRequestError, InvalidArgumentError) as error:
        wrong = str(error)
    latest = await _latest_versions(site, listed)
    rows = [_row(each, *newest) for each, newest in zip(listed, latest, strict=True)]
    return Page(
        "models.html",
        "Models",
        {
            "rows": rows,
            "given": {**given, "state": state, "sort": sort},
            "orders": {name: label for name, (_, _, label) in _ORDERS.items()},
            "states": {"live": "Live", "archived": "Archived", "all": "All"},
            "wrong": wrong,
            "is_empty": not (rows or wrong or condition or request.query_params.get("token")),
            "next": next_link(request, listed.next_page_token),
            "is_first": not request.query_params.get("token"),
        },
        {"models": rows, "next_page_token": listed.next_page_token, "error": wrong},
        command=command("models", "ls", *(("--filter", condition) if condition else ())),
        status=200 if wrong is None else 400,
    )


def _condition(given: Mapping[str, str]) -> str | None:
    """Return the filter that the search, the choices and the text of the visitor mean."""
    conditions: list[Filter | str] = []
    if given["q"]:
        pattern = "%" + _escaped(given["q"]) + "%"
        conditions.append(F.name.ilike(pattern) | F.description.ilike(pattern) | F.owner.ilike(pattern))
    if given["owner"]:
        conditions.append(F.owner == given["owner"])
    if given["property"]:
        conditions.append(_of_property(given["property"], given["value"]))
    if given["filter"]:
        conditions.append(given["filter"])
    texts = [str(each) for each in conditions]
    if len(texts) > 1:
        return " AND ".join(f"({each})" for each in texts)
    return texts[0] if texts else None


def _of_property(name: str, value: str) -> Filter:
    try:
        return F.property(name) == float(value)
    except ValueError:
        return F.property(name).as_string == value


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def _latest_versions(
    site: Site, listed: Sequence[RegisteredModel]
) -> list[tuple[ModelVersion | None, str]]:
    """Return the latest version and the number of versions of each model.

    One request for each model takes less time than a filter on all versions, which grows with their number.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def latest(model: RegisteredModel) -> tuple[ModelVersion | None, str]:
        async with places:
            found = await first_page(site.registry.list_versions(model, descending=True, page_size=_COUNTED))
        more = "+" if found.next_page_token else ""
        return (found[0] if found else None), f"{len(found)}{more}"

    return list(await asyncio.gather(*map(latest, listed)))


def _row(model: RegisteredModel, latest: ModelVersion | None, versions: str) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "description": model.description,
        "owner": model.owner,
        "state": model.state.value,
        "updated": model.last_update_time,
        "aliases": View.of(model).aliases,
        "versions": versions,
        "latest": None if latest is None else {"id": latest.id, "name": latest.name},
    }
