"""Requests, responses, and the protocol of what carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Request(NamedTuple):
    """A request, whichever backend sends it.

    Attributes:
        method: HTTP method.
        target: Path and query, percent-encoded, from `/api/` on.
        headers: Headers without the token.
        body: JSON text, or `None`.
        timeout: Seconds that are left for it.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float = 300.0


class Response(NamedTuple):
    """The response to a request.

    Attributes:
        request: The request.
        url: Where it went.
        status: HTTP status.
        headers: Header values by lower-case name.
        data: The body.
    """

    request: Request
    url: str
    status: int
    headers: Mapping[str, str]
    data: bytes


class Backend(Protocol):
    """Carries requests to a registry: over HTTP, or within this process."""

    async def send(self, request: Request) -> Response:
        """Send a request and return the response.

        Raises:
            RegistryConnectionError: There was no response.
            RegistryTimeoutError: There was no response in time.
        """
        ...

    async def close(self) -> None:
        """Release everything."""
        ...
