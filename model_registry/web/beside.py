"""Pages beside the API of a registry: `model-registry serve` shows them at `/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from model_registry.server.http.asgi import get_header, request_path
from model_registry.server.http.health import is_probe

from .sessions import Sessions, new_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from model_registry import AsyncModelRegistry
    from model_registry.server.http.asgi import Application, Receive, Scope, Send

_SECONDS: Final = 20.0
_PAGES: Final = (
    "/models",
    "/versions",
    "/artifacts/",
    "/compare",
    "/serving",
    "/static/",
    "/sign-in",
    "/sign-out",
)
_API: Final = ("/api/", "/openapi.json", "/metrics")


@dataclass(frozen=True)
class PagesBesideAPI:
    """Adds pages to the application of a registry. For `pages` of `model_registry.server.create_app`.

    Attributes:
        read_only: Whether the pages leave out all changes.
        files: Beginnings of the URIs that the server may read when a visitor asks for it, such as
            `s3://models/`, or folders: visitors can then verify signatures and read documents.
        public_key: File of the public key that verifies signatures.
        signs_in: Whether visitors can sign in with a token, because the API requires one.
        key: What encrypts the sessions; the same in all processes of a server.
    """

    read_only: bool = False
    files: Sequence[str] = ()
    public_key: str | None = None
    signs_in: bool = False
    key: bytes = field(default_factory=new_key, repr=False)

    def __call__(self, app: Application, hosts: Collection[str]) -> Application:
        """Return an application with the API and the pages.

        Args:
            app: The API.
            hosts: Names of the server in URLs; empty for all names.
        """
        return _Beside(app, self, hosts)


class _Beside:
    """Sends each request to the pages or to the API. The pages are built when the first one is opened."""

    def __init__(self, api: Application, settings: PagesBesideAPI, hosts: Collection[str]) -> None:
        self._api = api
        self._settings = settings
        self._hosts = hosts
        self._pages: Application | None = None
        self._registry: AsyncModelRegistry | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_page(scope):
            await self._open_pages()(scope, receive, send)
        else:
            await self._api(scope, receive, send)
        if scope["type"] == "lifespan" and self._registry is not None:
            await self._registry.close()

    def _open_pages(self) -> Application:
        if self._pages is None:
            from model_registry import AsyncModelRegistry
            from model_registry.core import ModelRegistryAPIClient
            from model_registry.server.middleware.origins import FORM, OriginMiddleware

            from .application import create_application
            from .backend import ApplicationBackend
            from .file_reader import FileReader
            from .site import Site

            backend = ApplicationBackend(self._api)
            core = ModelRegistryAPIClient.over(backend, "this server", total_timeout=_SECONDS)
            self._registry = AsyncModelRegistry.over(core, author="browser")
            site = Site(
                self._registry,
                Sessions(self._settings.key),
                "Model registry",
                name_of_visitor=backend.name_of_visitor,
                files=FileReader(self._settings.files, public_key=self._settings.public_key)
                if self._settings.files
                else None,
                read_only=self._settings.read_only,
                signs_in=self._settings.signs_in,
            )
            self._pages = OriginMiddleware(create_application(site), hosts=self._hosts, content_type=FORM)
        return self._pages


def _is_page(scope: Scope) -> bool:
    """Return whether a request is for a page; browsers get one for every path that the API does not have."""
    path = request_path(scope)
    if path.startswith(_PAGES):
        return True
    if path.startswith(_API) or is_probe(path):
        return False
    return b"text/html" in (get_header(scope, b"accept") or b"")
