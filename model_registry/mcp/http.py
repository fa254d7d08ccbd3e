"""Serve the MCP server over streamable HTTP, to programs of this machine alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from model_registry.connection import Connection
from model_registry.exceptions import InvalidArgumentError
from model_registry.server.process.listening import listen
from model_registry.server.process.signals import StoppableServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server import Server
    from starlette.applications import Starlette

    from model_registry import AsyncModelRegistry

HOST: Final = "127.0.0.1"
PATH: Final = "/mcp"
_NAMES: Final = (HOST, "localhost", "[::1]")
_BODY_LIMIT: Final = 256 * 1024
_CALLS: Final = 64
"""Requests at once."""


def build_app(server: Server[dict[str, Any]], registry: AsyncModelRegistry, port: int) -> Starlette:
    """Return the application of a server.

    Args:
        server: The server.
        registry: Its registry.
        port: The port on which it will be served.

    Raises:
        InvalidArgumentError: The registry would see the client certificate of this process.
    """
    connection = registry.connection
    if isinstance(connection, Connection) and connection.client_cert is not None:
        raise InvalidArgumentError(
            "over HTTP the registry must see the token of each caller, but client_cert would show it the "
            "certificate of this process: leave it out, or use standard input and output"
        )
    hosts = [f"{name}:{port}" for name in _NAMES]
    return server.streamable_http_app(
        streamable_http_path=PATH,
        # Each request stands alone, so no session outlives its caller.
        stateless_http=True,
        json_response=True,
        max_request_body_size=_BODY_LIMIT,
        transport_security=TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
        ),
    )


async def serve_http(
    server: Server[dict[str, Any]],
    registry: AsyncModelRegistry,
    port: int,
    started: Callable[[str], object],
) -> None:
    """Serve until the process is interrupted.

    Args:
        server: The server.
        registry: Its registry.
        port: The port; 0 for a free one.
        started: What is called with the URL when requests are accepted.

    Raises:
        InvalidArgumentError: The port is taken.
    """
    with listen(HOST, port) as listening:
        port = listening.getsockname()[1]
        config = uvicorn.Config(
            build_app(server, registry, port),
            log_level="warning",
            ws="none",
            server_header=False,
            access_log=False,
            limit_concurrency=_CALLS,
        )
        started(f"http://{HOST}:{port}{PATH}")
        await StoppableServer(config).serve(sockets=[listening])
