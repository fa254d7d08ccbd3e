"""Types and helpers for ASGI applications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.errors import ApiError

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON: Final = b"application/json; charset=UTF-8"
"""The content type of the API's responses."""

IDENTITY: Final = (b"x-model-registry", b"python")
"""A header of every response of this registry.

Clients know by it that names are compared exactly, that numbers have 64 bits, and so on.
"""

OPERATION: Final = "model_registry.operation"
"""The key of the scope in which the registry stores the operationId of a request."""

STOPPING: Final = "model_registry.stopping"
"""The key of the lifespan state that a server sets when it is about to stop."""


def request_path(scope: Scope) -> str:
    """Return the path below the application's root path, still percent-encoded."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    root: str | None = scope.get("root_path")
    return path.removeprefix(quote(root)) if root else path


def get_header(scope: Scope, name: bytes) -> bytes | None:
    """Return the value of a header, the first of several. The name is in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def with_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    """Return a `send` that adds headers to the response."""

    def send_more(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        return send(message)

    return send_more


async def call_application(
    app: Application,
    method: str,
    target: str,
    headers: Mapping[str, str] | list[tuple[str, str]],
    body: bytes | None,
    *,
    more: Mapping[str, Any] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Send one request to an application, without a socket.

    Args:
        app: The application.
        method: `GET`, `POST`, ...
        target: Path and query, percent-encoded.
        headers: Request headers; pairs if a name may be there several times.
        body: Request body, if any.
        more: Further keys of the scope.

    Returns:
        Status, headers with names in lower case, and body.
    """
    path, _, query = target.partition("?")
    pairs = headers if isinstance(headers, list) else headers.items()
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
        "client": None,
        "server": None,
        **(more or {}),
    }
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *parts = messages
    received = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return start["status"], received, b"".join(part.get("body", b"") for part in parts)


async def send_response(
    send: Send,
    status: int,
    body: bytes,
    content_type: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Send a whole response."""
    own = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*(headers or []), *own]})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Send, error: ApiError) -> None:
    """Send an error in the form of the contract."""
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    await send_response(send, error.status, error.body(), error.content_type, headers)
