"""Render pages as HTML or JSON, with the headers that keep a browser safe."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Final, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from model_registry.types.redaction import redacted

from . import text
from .sessions import CSRF_FIELD

if TYPE_CHECKING:
    from starlette.requests import Request

    from .site import Page, Site

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, with which forms would name no origin.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
"""Headers of all responses."""


def render(site: Site, request: Request, page: Page) -> Response:
    """Return the response for a page, in the form that the path asks for."""
    if request.url.path.endswith(".json"):
        content = json.dumps(redacted(page.data), ensure_ascii=False, indent=2, default=str) + "\n"
        return Response(content, page.status, HEADERS, "application/json")
    secret, is_new = site.sessions.form_secret(request)
    content = (
        environment()
        .get_template(page.template)
        .render(
            page.values,
            title=page.title,
            site=site,
            path=request.url.path,
            json_link=_json_link(request) if page.data is not None else None,
            command=page.command,
            csrf=lambda: _csrf_field(site.sessions.csrf_token(secret)),
            signed_in=site.signs_in and site.sessions.token(request) is not None,
            asset=asset_link,
        )
    )
    response = HTMLResponse(content, page.status, HEADERS)
    if is_new and f'name="{CSRF_FIELD}"' in content:
        site.sessions.store_form_secret(request, response, secret)
    return response


@functools.lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates. They escape every value, and show what is invisible in it."""
    found = Environment(
        loader=PackageLoader("model_registry.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters = cast("dict[str, object]", found.filters)  # Jinja2 types its own filters only
    filters.update(
        {
            "markdown": text.markdown,
            "moment": text.moment,
            "number": text.number,
            "own": text.own_properties,
            "scalar": text.scalar,
            "size": text.size,
            "unchanged": text.unchanged,
        }
    )
    return found


@functools.cache
def asset(name: str) -> bytes:
    """Return a file of the folder `static`."""
    return (files("model_registry.web") / "static" / name).read_bytes()


@functools.cache
def asset_link(name: str) -> str:
    """Return the path of a file of the folder `static`. It changes with the content."""
    return f"/static/{hashlib.sha256(asset(name)).hexdigest()[:12]}/{name}"


def _csrf_field(token: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


def _json_link(request: Request) -> str:
    path = request.url.path.rstrip("/") or "/models"
    return f"{path}.json" + (f"?{request.url.query}" if request.url.query else "")
