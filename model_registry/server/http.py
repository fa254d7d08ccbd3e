"""The registry as an ASGI application: what HTTP asks for, around the rules."""

from __future__ import annotations

import functools
import logging
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from model_registry.server.asgi import JSON, OPERATION, path_of
from model_registry.server.bodies import read_body
from model_registry.server.contract import load_contract
from model_registry.server.errors import ApiError
from model_registry.server.health import READY_PATHS, report
from model_registry.server.registry import Answer, Call
from model_registry.server.routing import Router
from model_registry.server.selecting import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.asgi import Receive, Scope, Send
    from model_registry.server.database.store import Store

BODY_LIMIT: Final = 16 * 1024 * 1024
"""Longest request body, in bytes, unless told otherwise."""

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2}).{0,2}")
_logger = logging.getLogger("model_registry.server")


class RegistryApp:
    """Answers HTTP requests from a store. An ASGI 3 application.

    Args:
        store: Where the registry keeps its rows. It is opened at start or first use, and closed at shutdown.
        body_limit: Longest request body, in bytes.
    """

    def __init__(self, store: Store, *, body_limit: int = BODY_LIMIT) -> None:
        self._store = store
        self._body_limit = body_limit
        self._contract = load_contract()
        self._router = Router(self._contract)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            raise NotImplementedError(f"the registry does not speak {scope['type']}")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._store.open()
        except Exception as error:  # noqa: BLE001  # the server reports it and ends
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] = []
        try:
            status, part, content_type = await self._answer(scope, receive)
        except ApiError as error:
            status, part, content_type = error.status, Part(error.body()), error.content_type
            headers = [(name.encode(), value.encode()) for name, value in error.headers.items()]
        except Exception:
            _logger.exception("%s %s failed", scope["method"], scope["path"])
            failure = ApiError(500, "the registry failed; its log says why")
            status, part, content_type = failure.status, Part(failure.body()), JSON
        headers.append((b"content-type", content_type))
        if part.rest is None:
            headers.append((b"content-length", str(len(part.data)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if scope["method"] == "HEAD":
            part = Part(b"")
        while part.rest is not None:
            await send({"type": "http.response.body", "body": part.data, "more_body": True})
            part = await self._store.read(part.rest, long=True)
        await send({"type": "http.response.body", "body": part.data})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Part, bytes]:
        path = path_of(scope)
        if path.endswith(READY_PATHS):
            return await self._ready(scope, path)
        if path == "/openapi.json":
            _refuse_writing(scope)
            return 200, Part(self._contract.text), JSON
        status, part = await self._operate(scope, receive, path)
        return status, part, JSON

    async def _operate(self, scope: Scope, receive: Receive, raw_path: str) -> Answer:
        (operation, rule), path, named = self._router.match(scope["method"], raw_path)
        scope[OPERATION] = operation.id
        query: Mapping[str, str] = {}
        body: dict[str, Any] = {}
        if scope["query_string"]:
            query = {
                key: value for key, value in _query(scope["query_string"]).items() if key in operation.query
            }
        if operation.body is not None:
            body = read_body(operation.body, await self._receive(receive))
        call = Call(path, named, query, body)
        if rule.writes:
            return await self._store.write(lambda session: rule.run(session, call))
        return await self._store.read(lambda session: rule.run(session, call))

    async def _receive(self, receive: Receive) -> bytes:
        message = await receive()
        if not message.get("more_body") and message["type"] == "http.request":
            self._check_length(len(message.get("body", b"")))
            return bytes(message.get("body", b""))
        chunks: list[bytes] = []
        length = 0
        while message["type"] == "http.request":
            chunks.append(message.get("body", b""))
            length += len(chunks[-1])
            self._check_length(length)
            if not message.get("more_body"):
                return b"".join(chunks)
            message = await receive()
        raise ApiError(400, "the client went away before the request was complete")

    def _check_length(self, length: int) -> None:
        if length > self._body_limit:
            raise ApiError(413, f"the request body is longer than {self._body_limit} bytes")

    async def _ready(self, scope: Scope, path: str) -> tuple[int, Part, bytes]:
        _refuse_writing(scope)
        wants_json = _query(scope["query_string"]).get("format") == "json"
        return await report(self._store, thorough=path.endswith("/health"), as_json=wants_json)


@functools.lru_cache(maxsize=128)
def _query(raw: bytes) -> Mapping[str, str]:
    """The query parameters; of one that comes several times, the first."""
    if b";" in raw:
        raise ApiError(400, "invalid semicolon separator in query: write it as %3B")
    bad = _BAD_ESCAPE.search(raw)
    if bad:
        raise ApiError(400, f'invalid URL escape "{bad.group().decode("latin-1")}"')
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError(400, "the query is not UTF-8") from None
    query: dict[str, str] = {}
    for key, value in pairs:
        if "\0" in value:
            raise ApiError(400, f"Invalid {key} query parameter: contains null bytes which are not allowed")
        query.setdefault(key, value)
    return query


def _refuse_writing(scope: Scope) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise ApiError(405, f"{scope['method']} is not possible here, only GET, HEAD", {"allow": "GET, HEAD"})
