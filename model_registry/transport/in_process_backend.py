"""The backend for a registry in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from model_registry.exceptions import RegistryTimeoutError
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
        """Call the registry.

        Raises:
            RegistryTimeoutError: There was no response in time.
            DatabaseError: The registry cannot use its database.
        """
        try:
            status, headers, data = await self._registry.request(
                request.method, request.target, request.headers, request.body, timeout=request.timeout
            )
        except asyncio.TimeoutError:
            raise RegistryTimeoutError(
                f"{request.method} {request.target} took longer than {request.timeout:.3g} seconds: another "
                f"process may hold the database of the registry {self._name}.",
                method=request.method,
                url=self._name + request.target,
            ) from None
        return Response(request, self._name + request.target, status, headers, data)

    async def close(self) -> None:
        """Close the registry's database."""
        self._registry.close()
