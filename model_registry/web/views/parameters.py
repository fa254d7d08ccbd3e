"""Parameters of pages, links to pages, and commands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from model_registry.types import AsyncPager, ModelVersion, Page, RegisteredModel
    from model_registry.web.site import Site

T = TypeVar("T")

_VERSIONS: Final = 25


def link(path: str, parameters: Mapping[str, str | Sequence[str] | None]) -> str:
    """Return the link to a page, without parameters that have no value."""
    given = {name: value for name, value in parameters.items() if value}
    return path + (f"?{urlencode(given, doseq=True)}" if given else "")


def next_link(request: Request, token: str | None) -> str | None:
    """Return the link to the next page of a list, or `None` on the last one."""
    if token is None:
        return None
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    return f"{request.url.path.removesuffix('.json')}?{urlencode([*rest, ('token', token)])}"


def command(*words: str | None) -> str:
    """Return a command for the shell."""
    return shlex.join(["model-registry", *(word for word in words if word is not None)])


def address_of(site: Site, request: Request) -> str:
    """Return the address or file of the registry, for commands."""
    return site.address or f"{request.url.scheme}://{request.url.netloc}"


def python_client(address: str) -> str:
    """Return the Python code that creates the client of a registry."""
    client = "ModelRegistry" if "://" in address else "ModelRegistry.local"
    return f"from model_registry import ModelRegistry\n\nregistry = {client}({address!r})"


def resource_id(request: Request) -> str:
    """Return the id in the path of a page."""
    return str(request.path_params["id"])


async def first_page(pager: AsyncPager[T]) -> Page[T]:
    """Fetch one page of a list, and no more."""
    return cast("Page[T]", await pager.next_page())  # pages of registries have a token


async def newest_versions(site: Site, request: Request, model: RegisteredModel) -> Page[ModelVersion]:
    """Fetch the page of a model's versions that the request names, the newest first."""
    token = request.query_params.get("token") or None
    return await first_page(
        site.registry.list_versions(model, descending=True, page_size=_VERSIONS, token=token)
    )
