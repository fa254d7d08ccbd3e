"""The list of models."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from model_registry.aliases.log import View
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, InvalidRequestError
from model_registry.types import F, ListOptions
from model_registry.types import Page as ListPage
from model_registry.web.site import Page

from .filters import WrongFilter, is_empty, wrong_filter
from .parameters import address_of, command, first_page, next_link, python_client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from model_registry.types import Filter, ModelVersion, RegisteredModel
    from model_registry.web.site import Site

_MODELS: Final = 25
_MOST_COUNTED: Final = 1000
_MOST_VERSIONS: Final = 200
_MOST_REQUESTS: Final = 3
_ORDERS: Final = {
    "updated": ("updated", True, "Last changed first"),
    "newest": ("created", True, "Newest first"),
    "oldest": ("created", False, "Oldest first"),
    "name": ("name", False, "By name"),
}
_FOREIGN_ORDERS: Final = {name: _ORDERS[name] for name in ("newest", "oldest")}
"""The orders of registries that need no reading of all models."""
_STATES: Final = {"live": False, "archived": True, "all": None}


async def models(site: Site, request: Request) -> Page:
    """List models: three requests, and at most four to other registries than this package's server."""
    given = {
        name: request.query_params.get(name, "").replace("\0", "").strip()
        for name in ("q", "filter", "state", "sort", "owner", "property", "value")
    }
    state = given["state"] if given["state"] in _STATES else "live"
    orders = _FOREIGN_ORDERS if await site.registry.core.ask_foreign() else _ORDERS
    sort = given["sort"] if given["sort"] in orders else next(iter(orders))
    order, descending, _ = _ORDERS[sort]
    wrong = await wrong_filter(site, given["filter"])
    listed: ListPage[RegisteredModel] = ListPage()
    condition = _condition(given)
    if wrong is None:
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
            wrong = WrongFilter(str(error), given["filter"])
    latest = await _latest_versions(site, listed)
    rows = [_row(each, *newest) for each, newest in zip(listed, latest, strict=True)]
    return Page(
        "models.html",
        "Models",
        {
            "rows": rows,
            "given": {**given, "state": state, "sort": sort},
            "orders": {name: label for name, (_, _, label) in orders.items()},
            "states": {"live": "Live", "archived": "Archived", "all": "All"},
            "wrong": wrong,
            "is_empty": not (rows or wrong or condition or request.query_params.get("token")),
            "start": _first_steps(site, request),
            "next": next_link(request, listed.next_page_token),
            "is_first": not request.query_params.get("token"),
        },
        {"models": rows, "next_page_token": listed.next_page_token, "error": wrong and wrong.message},
        command=None if wrong else command("models", "ls", *(("--filter", condition) if condition else ())),
        status=200 if wrong is None else 400,
    )


def _first_steps(site: Site, request: Request) -> dict[str, str]:
    """Return what to do with an empty registry."""
    address = address_of(site, request)
    return {
        "python": (
            f"{python_client(address)}\n"
            'registry.register("fraud", "1.0", "s3://models/fraud/model.onnx", metrics={"accuracy": 0.93})'
        ),
        "register": command(
            *("register", "fraud", "1.0", "s3://models/fraud/model.onnx", "--registry", address)
        ),
        "demo": command("demo", "--registry", address),
    }


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
    if given["filter"] and not is_empty(given["filter"]):
        conditions.append(given["filter"])
    texts = [str(each) for each in conditions]
    if len(texts) > 1:
        # A comment at the end of a filter ends with its line.
        return " AND ".join(f"({each}\n)" if "--" in each else f"({each})" for each in texts)
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
    """Return the latest version of each model, and the number of its versions, such as `1000+`."""
    core, ids = site.registry.core, [id_of(each) for each in listed]
    if not ids:
        return []
    if await core.ask_foreign():
        return await _latest_by_filter(site, ids)
    pages, counts = await asyncio.gather(
        core.get_versions_of_models(ids, ListOptions(limit=1, is_asc=False)),
        core.count_versions_of_models(ids),
    )
    return [
        (page[0] if page else None, str(count) if count <= _MOST_COUNTED else f"{_MOST_COUNTED}+")
        for page, count in zip(pages, counts or (), strict=True)
    ]


async def _latest_by_filter(site: Site, ids: Sequence[str]) -> list[tuple[ModelVersion | None, str]]:
    """Return the same with a few requests that any registry understands.

    Each request lists the newest versions of the models that none before it listed. What is still missing
    after the last one remains unknown.
    """
    found: dict[str, tuple[ModelVersion | None, str]] = {}
    for _ in range(_MOST_REQUESTS):
        rest = [each for each in ids if each not in found]
        if not rest:
            break
        query = f"registeredModelId.int_value IN ({', '.join(rest)})"
        page = await first_page(
            site.registry.list_versions(filter=query, descending=True, page_size=_MOST_VERSIONS)
        )
        more = "+" if page.next_page_token else ""
        for id_ in rest:
            own = [each for each in page if each.registered_model_id == id_]
            if own or not more:
                found[id_] = (own[0] if own else None), f"{len(own)}{more}"
    return [found.get(each, (None, "unknown")) for each in ids]


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
