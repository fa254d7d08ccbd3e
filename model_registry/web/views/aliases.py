"""The history of the aliases of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.aliases.book import AliasBook
from model_registry.web.site import Page

from .parameters import command, resource_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from model_registry.web.site import Site


async def alias_history(site: Site, request: Request) -> Page:
    """Show the moves of all aliases of a model, the latest first."""
    model = await site.registry.get_model(id=resource_id(request))
    moves = (await AliasBook(site.registry.core, model).history())[::-1]
    return Page(
        "aliases.html",
        f"Aliases of {model.name}",
        {"model": model, "moves": moves},
        {"model": model.name, "moves": [each.to_dict() for each in moves]},
        command=command("alias", "history", model.name),
    )
