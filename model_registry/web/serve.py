"""Show any registry in a browser on this machine: `model-registry ui`."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from model_registry.connection import Local
from model_registry.server.middleware.origins import FORM, OriginMiddleware
from model_registry.server.process.listening import listen
from model_registry.server.process.signals import StoppableServer
from model_registry.storage import Allow

from .address_key import PARAMETER, AddressKeyMiddleware
from .application import create_application
from .file_reader import FileReader
from .opening import open_in_browser
from .sessions import Sessions, new_key
from .site import Site

if TYPE_CHECKING:
    import os
    import socket

    from model_registry import AsyncModelRegistry

_HOST: Final = "127.0.0.1"


def serve_ui(
    registry: AsyncModelRegistry,
    *,
    port: int = 0,
    read_only: bool = False,
    public_key: str | os.PathLike[str] | None = None,
    opens_browser: bool = True,
) -> None:
    """Show a registry at a loopback address until SIGINT or SIGTERM.

    Prints the address on standard output when the pages can be opened. Its key is needed to open them.

    Args:
        registry: The registry. It is closed at the end.
        port: Port to listen on, 0 for a free one.
        read_only: Whether to leave out all changes.
        public_key: File of the public key that verifies signatures.
        opens_browser: Whether to open the browser of this machine.

    Raises:
        InvalidArgumentError: The port is taken.
    """
    listening = listen(_HOST, port)
    site = Site(
        registry,
        Sessions(new_key()),
        registry.connection.url,
        address=_address(registry),
        files=FileReader(
            None,
            allow=None if isinstance(registry.connection, Local) else Allow(),
            public_key=public_key,
        ),
        read_only=read_only,
    )
    used_port, key = listening.getsockname()[1], secrets.token_urlsafe(24)
    pages = AddressKeyMiddleware(create_application(site), key, used_port)
    app = OriginMiddleware(pages, hosts=["localhost"], content_type=FORM)
    url = f"http://{_HOST}:{used_port}/?{PARAMETER}={key}"
    config = uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]  # uvicorn's types of messages are narrower
        log_level="warning",
        ws="none",
        lifespan="off",
        server_header=False,
        access_log=False,
    )
    with listening:
        _Server(config, registry, url, opens_browser=opens_browser).run(sockets=[listening])


def _address(registry: AsyncModelRegistry) -> str:
    """Return what `--registry` of another command is for the same registry."""
    url = registry.connection.url
    return url if "://" in url else str(Path(url).absolute())


class _Server(StoppableServer):
    """A server that reports when it is ready, and closes the registry at the end."""

    def __init__(
        self, config: uvicorn.Config, registry: AsyncModelRegistry, url: str, *, opens_browser: bool
    ) -> None:
        super().__init__(config)
        self._registry = registry
        self._url = url
        self._opens_browser = opens_browser
        self._opened: Path | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        sys.stdout.write(f"{self._url}\n")
        sys.stdout.flush()
        if self._opens_browser:
            self._opened = open_in_browser(self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets=sockets)
        await self._registry.close()
        if self._opened is not None:
            self._opened.unlink(missing_ok=True)
