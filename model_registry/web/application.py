"""The pages as an ASGI application: routes, errors, and files for the browser."""

from __future__ import annotations

import gzip
import logging
from functools import cache, partial
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from model_registry.exceptions import (
    DatabaseError,
    ForbiddenError,
    InvalidArgumentError,
    ModelRegistryError,
    NotFoundError,
    RegistryConnectionError,
    RegistryTimeoutError,
    RequestError,
    ServerError,
    UnauthenticatedError,
    UnsupportedType,
)

from . import views
from .backend import AUTHORIZATION, REQUEST
from .rendering import HEADERS, asset, render
from .sessions import CSRF_FIELD
from .site import Page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from model_registry.server.http.asgi import Application

    from .site import Site

    View = Callable[[Site, Request], Awaitable[Page | Response]]
    Change = Callable[[Site, Request, dict[str, str]], Awaitable[Page | Response]]

_ASSETS: Final = {"style.css": "text/css", "icon.svg": "image/svg+xml", "htmx.min.js": "text/javascript"}
_LONGEST_FORM: Final = 1_000_000
_MOST_FIELDS: Final = 2_000
_logger: Final = logging.getLogger("model_registry.web")


def create_application(site: Site) -> Application:
    """Return the pages of a site."""
    routes = [Route("/static/{hash}/{name}", _asset)]
    pages = views.PAGES | ({} if site.read_only else views.FORMS)
    changes = (
        views.SIGNING_IN
        | ({} if site.files is None else views.READING)
        | ({} if site.read_only else views.CHANGES)
    )
    for path, view in pages.items():
        endpoint = partial(_show, site, view)
        routes.append(Route(path, endpoint))
        routes.append(Route(f"{path if path != '/' else '/models'}.json", endpoint))
    for path, change in changes.items():
        routes.append(Route(path, partial(_change, site, change), methods=["POST"]))
    handlers = {HTTPException: partial(_refuse, site)}
    app = Starlette(routes=routes, exception_handlers=cast("dict[object, object]", handlers))  # type: ignore[arg-type]
    app.router.redirect_slashes = False
    return cast("Application", app)


async def _show(site: Site, view: View, request: Request) -> Response:
    return await _respond(site, request, lambda: view(site, request))


async def _change(site: Site, change: Change, request: Request) -> Response:
    async def respond() -> Page | Response:
        form = await _read_form(request)
        if not site.sessions.accepts(request, form.pop(CSRF_FIELD, "")):
            raise HTTPException(403, "This form is too old, or it comes from another site: open it again.")
        return await change(site, request, form)

    return await _respond(site, request, respond)


async def _respond(site: Site, request: Request, view: Callable[[], Awaitable[Page | Response]]) -> Response:
    """Render a page, or the page of an error."""
    has_session = site.signs_in and "authorization" not in request.headers
    token = site.sessions.token(request) if has_session else None
    AUTHORIZATION.set(f"Bearer {token}" if token else None)
    REQUEST.set(request.scope)
    try:
        result = await view()
        return result if isinstance(result, Response) else render(site, request, result)
    except ModelRegistryError as error:
        return _respond_error(site, request, error)


def _respond_error(site: Site, request: Request, error: ModelRegistryError) -> Response:
    asks_for_json = request.url.path.endswith(".json")
    if isinstance(error, UnauthenticatedError) and site.signs_in and not asks_for_json:
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = "/sign-in?" + urlencode({"next": back if request.method == "GET" else "/"})
        return RedirectResponse(target, 303, HEADERS)
    status, title, advice = _explain(error)
    if status >= 500:
        _logger.warning("%s %s failed: %s", request.method, request.url.path, error)
    return render(site, request, error_page(status, title, str(error), advice))


def error_page(status: int, title: str, message: str, advice: str) -> Page:
    """Return the page of an error: what happened, and what to do next."""
    return Page(
        "error.html",
        title,
        {"message": message, "advice": advice, "status": status},
        {"status": status, "title": title, "message": message, "advice": advice},
        status=status,
    )


def _explain(error: ModelRegistryError) -> tuple[int, str, str]:
    """Return status, title and advice for an error."""
    if isinstance(error, NotFoundError):
        return 404, "Not found", "It may have another address now: search for it in the list of models."
    if isinstance(error, UnauthenticatedError):
        return (
            401,
            "The registry requires a token",
            "Set the token of the profile or of MODEL_REGISTRY_TOKEN.",
        )
    if isinstance(error, ForbiddenError):
        return 403, "Not allowed", "Ask the operator of the registry for the permission."
    if isinstance(error, (InvalidArgumentError, UnsupportedType)):
        return 400, "The registry cannot do this", "Go back and change what you entered."
    if isinstance(error, RegistryTimeoutError):
        return 504, "The registry did not answer in time", "Try again, or ask for less."
    if isinstance(error, (RegistryConnectionError, DatabaseError)):
        return 502, "The registry cannot be reached", "Try again; `model-registry doctor` finds the cause."
    if isinstance(error, ServerError):
        return 502, "The registry failed", "Try again; the log of the registry has the cause."
    if isinstance(error, RequestError) and error.status in (400, 409, 413, 422):
        return error.status, "The registry refused this", "Go back and change what you entered."
    return 500, "This failed", "Try again; the log has the cause."


async def _refuse(site: Site, request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    title = {404: "Not found", 405: "Not possible here"}.get(refused.status_code, "Refused")
    message = {404: f"There is no page {request.url.path}.", 405: "This page cannot be changed."}.get(
        refused.status_code, refused.detail
    )
    return render(
        site, request, error_page(refused.status_code, title, message, "Start at the list of models.")
    )


async def _read_form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            raise HTTPException(413, f"The form is longer than {_LONGEST_FORM} bytes.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, "The form is not valid UTF-8, or has too many fields.") from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        raise HTTPException(404)
    headers = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    content = asset(name)
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = _compressed(name)
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=_ASSETS[name])


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(asset(name), mtime=0)
