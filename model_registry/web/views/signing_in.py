"""Sign in with a token of the API, and sign out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from model_registry.exceptions import NotFoundError, UnauthenticatedError
from model_registry.web.backend import AUTHORIZATION
from model_registry.web.rendering import HEADERS
from model_registry.web.site import Page

from .parameters import first_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from model_registry.web.site import Site


async def sign_in_form(site: Site, request: Request) -> Page:
    """Ask for the token."""
    if not site.signs_in:
        raise NotFoundError("this registry has no sign-in: it requires no token", status=404)
    return _form(_own_path(request.query_params.get("next", "/")))


async def sign_in(site: Site, request: Request, form: dict[str, str]) -> Page | Response:
    """Trade a token that the API accepts for a session."""
    if not site.signs_in:
        raise NotFoundError("this registry has no sign-in: it requires no token", status=404)
    back, token = _own_path(form.get("next", "/")), form.get("token", "").strip()
    if not token or not token.isascii() or not token.isprintable():
        return _form(back, "Enter a token: one line of letters, digits and signs.", 400)
    AUTHORIZATION.set(f"Bearer {token}")
    try:
        await first_page(site.registry.list_models(page_size=1))
    except UnauthenticatedError:
        return _form(back, "The registry does not accept this token. Ask its operator for another one.", 401)
    response = RedirectResponse(back, 303, HEADERS)
    site.sessions.start(request, response, token)
    return response


async def sign_out(site: Site, request: Request, _form: dict[str, str]) -> Response:
    """End the session."""
    response = RedirectResponse("/sign-in" if site.signs_in else "/", 303, HEADERS)
    site.sessions.end(request, response)
    return response


def _form(back: str, problem: str | None = None, status: int = 200) -> Page:
    return Page("sign_in.html", "Sign in", {"next": back, "problem": problem}, status=status)


def _own_path(text: str) -> str:
    """Return a path of this site, `/` in place of anything else."""
    parts = urlsplit(text)
    is_own = (
        text.startswith("/") and not text.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    )
    return text if is_own and text.isprintable() and "\\" not in text else "/"
