"""Run the MCP server as a process."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from mcp.server.stdio import stdio_server

from .log import log_to_stderr
from .server import build_server

if TYPE_CHECKING:
    from model_registry import AsyncModelRegistry


def run(registry: AsyncModelRegistry, *, write: bool, port: int | None) -> None:
    """Serve a registry until the client or the user ends it, and close it.

    Args:
        registry: The registry.
        write: Whether to offer the tools that write.
        port: The port of HTTP, 0 for a free one; `None` for standard input and output.
    """
    log_to_stderr()
    if port is None and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        # A thread waits for standard input, and no exception ends it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(_serve(registry, write=write, port=port))


async def _serve(registry: AsyncModelRegistry, *, write: bool, port: int | None) -> None:
    server = build_server(registry, write=write)
    async with registry:
        if port is None:
            async with stdio_server() as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())
            return
        from .http import serve_http

        await serve_http(server, registry, port, _print_url)


def _print_url(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
