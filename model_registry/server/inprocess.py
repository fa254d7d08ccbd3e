"""A registry in the same process: requests go to the application without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.server.database.opening import open_database
from model_registry.server.http.application import RegistryApp
from model_registry.server.http.asgi import call_application
from model_registry.server.time_limit import TimeLimit

if TYPE_CHECKING:
    from collections.abc import Mapping


class InProcessRegistry:
    """A registry in this process. Requests may come from any event loop and thread.

    Args:
        db: Where the registry stores its data: a path, `sqlite:///path`, or `:memory:`. The first request
            opens it.
        durable: Whether a write survives a power failure once its response is sent.

    Example:
        >>> import asyncio
        >>> registry = InProcessRegistry(":memory:")
        >>> status, headers, body = asyncio.run(registry.request("GET", "/readyz/isDirty", {}, None))
        >>> status, body
        (200, b'OK')
        >>> registry.close()
    """

    def __init__(self, db: str = ":memory:", *, durable: bool = False) -> None:
        self._database = open_database(db, durable=durable)
        self._app = RegistryApp(self._database, raises_database_errors=True)

    async def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        timeout: float = 300.0,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request.

        Args:
            method: `GET`, `POST`, ...
            target: Path and query, percent-encoded.
            headers: Request headers.
            body: Request body, if any.
            timeout: Seconds that the request may take.

        Returns:
            Status, headers with names in lower case, and body.

        Raises:
            DatabaseError: The registry cannot use its database.
            asyncio.TimeoutError: The request took too long.
        """
        with TimeLimit(timeout):
            await self._database.open()
            return await call_application(self._app, method, target, headers, body)

    def close(self) -> None:
        """Close the database."""
        self._database.close()
