"""The history of the aliases of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.aliases.log import AliasLog
from model_registry.web.site import Page

from .parameters import command, next_link, resource_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from model_registry.web.site import Site

_MOVES: Final = 50


async def alias_history(site: Site, request: Request) -> Page:
    """Show the moves of all aliases of a model, the latest first: two requests."""
    model = await site.registry.get_model(id=resource_id(request))
    token = request.query_params.get("token") or None
    moves = await AliasLog(site.registry.core, model.name).latest(_MOVES, token)
    return Page(
        "aliases.html",
        f"Aliases of {model.name}",
        {
            "model": model,
            "moves": moves,
            "next": next_link(request, moves.next_page_token),
            "is_first": token is None,
        },
        {
            "model": model.name,
            "moves": [each.to_dict() for each in moves],
            "next_page_token": moves.next_page_token,
        },
        command=command("alias", "history", model.name),
    )
