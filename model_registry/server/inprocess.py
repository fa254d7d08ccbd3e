"""A registry in the same process: requests go to the application without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_registry.server.database.address import open_database
from model_registry.server.http.application import RegistryApp
from model_registry.server.time_limit import TimeLimit

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping


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
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
            ],
            "client": None,
            "server": None,
        }
        messages: list[MutableMapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        with TimeLimit(timeout):
            await self._database.open()
            await self._app(scope, receive, send)
        start, *parts = messages
        response_headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]
        }
        return start["status"], response_headers, b"".join(part["body"] for part in parts)

    def close(self) -> None:
        """Close the database."""
        self._database.close()
