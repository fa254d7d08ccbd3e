"""What ASGI applications have in common: their types, and what they read from a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from model_registry.server.errors import ApiError

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON: Final = b"application/json; charset=UTF-8"
"""The content type of every answer of the API."""

OPERATION: Final = "model_registry.operation"
"""Where the registry leaves in the scope which operation of the contract it answered."""


def path_of(scope: Scope) -> str:
    """The path below the place where the application is mounted, still percent-encoded."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    return path.removeprefix(quote(scope.get("root_path", "")))


def header_of(scope: Scope, name: bytes) -> bytes | None:
    """The value of a header, of several the first. Names are in lower case."""
    return next((value for key, value in scope["headers"] if key == name), None)


def adding_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    """A `send` that gives the answer some more headers."""

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return send_more


async def send_answer(
    send: Send,
    status: int,
    body: bytes,
    content_type: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Answer all at once."""
    about = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*(headers or []), *about]})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, error: ApiError) -> None:
    """Answer with an error of the contract."""
    headers = [(name.encode(), value.encode()) for name, value in error.headers.items()]
    await send_answer(send, error.status, error.body(), JSON, headers)
