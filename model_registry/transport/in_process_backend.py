"""The backend for a registry in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.transport.backend import Response

if TYPE_CHECKING:
    from model_registry.server.inprocess import InProcessRegistry
    from model_registry.transport.backend import Request


class InProcessBackend:
    """Reaches an embedded registry in this process."""

    def __init__(self, registry: InProcessRegistry, name: str) -> None:
        self._registry = registry
        self._name = name

    async def send(self, request: Request) -> Response:
        """Call the registry."""
        status, headers, data = await self._registry.request(
            request.method, request.target, request.headers, request.body
        )
        return Response(request, self._name + request.target, status, headers, data)

    async def close(self) -> None:
        """Close the registry's database."""
        self._registry.close()
