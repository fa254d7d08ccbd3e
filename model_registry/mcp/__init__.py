"""Tools for agents: a server of the Model Context Protocol (MCP) for a registry. Needs the extra `mcp`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_registry.exceptions import MissingExtraError

if TYPE_CHECKING:
    from mcp.server import Server
    from starlette.applications import Starlette

    from model_registry import AsyncModelRegistry

__all__ = ["create_app", "create_server"]


def create_server(registry: AsyncModelRegistry, *, write: bool = False) -> Server[dict[str, Any]]:
    """Return an MCP server whose tools read from a registry, and write to it only with `write`.

    A call that comes over HTTP reaches a registry on another server with the token of its caller, never with
    the token of `registry`.

    Args:
        registry: The registry. It stays open when the server ends.
        write: Whether to offer the tools `plan_change` and `apply_plan`.

    Raises:
        MissingExtraError: The extra `mcp` is not installed.

    Example:
        >>> from mcp import Client
        >>> from model_registry import AsyncModelRegistry
        >>> from model_registry.mcp import create_server
        >>> async with AsyncModelRegistry.local(":memory:") as registry:
        ...     _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
        ...     async with Client(create_server(registry)) as client:
        ...         result = await client.call_tool("resolve", {"reference": "fraud@latest"})
        >>> result.structured_content["uri"]
        's3://models/fraud.onnx'
    """
    try:
        from .server import build_server
    except ModuleNotFoundError as error:
        raise MissingExtraError.for_extra("mcp", "The MCP server", error) from error
    return build_server(registry, write=write)


def create_app(registry: AsyncModelRegistry, port: int, *, write: bool = False) -> Starlette:
    """Return an ASGI application that serves `create_server` over streamable HTTP at `/mcp`.

    It refuses requests whose `Host` or `Origin` is not this machine and this port, so no web page can use it.

    Args:
        registry: The registry. It stays open when the application ends.
        port: The port on which 127.0.0.1 is served.
        write: Whether to offer the tools `plan_change` and `apply_plan`.

    Raises:
        MissingExtraError: The extra `mcp` is not installed.
        InvalidArgumentError: The registry would see the client certificate of this process.
    """
    server = create_server(registry, write=write)
    from .http import build_app

    return build_app(server, registry, port)
