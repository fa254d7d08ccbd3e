"""Requests, answers, and what carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Request(NamedTuple):
    """A request before anybody decided how it travels.

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


class Answer(NamedTuple):
    """What came back for a request.

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

    async def read(self) -> bytes:
        """Give the body, as the generated client asks for it."""
        return self.data


class Door(Protocol):
    """A way to a registry."""

    async def send(self, request: Request) -> Answer:
        """Carry a request there and its answer back.

        Raises:
            RegistryConnectionError: There was no answer.
            RegistryTimeoutError: There was none in time.
        """
        ...

    async def close(self) -> None:
        """Release everything."""
        ...
