"""One line in the log for every request, and an id by which client and log speak of the same one."""

from __future__ import annotations

import logging
import re
import secrets
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from model_registry.server.http.asgi import OPERATION, get_header, with_headers

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send

LOGGER: Final = "model_registry.server.access"
"""The logger that gets the lines, at level INFO. Their parts are attributes of the record too."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, for whatever else is logged about it."""

_HEADER: Final = b"x-request-id"
_GOOD_ID: Final = re.compile(rb"[\w.:/+=@-]{1,128}")
_LONGEST_PATH: Final = 1024
# What clients look for, or what they put into a parameter by mistake, may be nobody else's business.
_HARMLESS: Final = {"artifactType", "format", "orderBy", "pageSize", "sortOrder"}
_PRIVATE: Final = {"externalId", "filterQuery", "name", "nextPageToken", "parentResourceId"}
_SHORT_WORD: Final = re.compile(r"\w{1,32}")
_logger = logging.getLogger(LOGGER)


class AccessLogMiddleware:
    """Logs requests, and answers each with an `X-Request-Id`: its own, or a new one. An ASGI 3 application.

    Args:
        app: What answers.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and log how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known_as = get_header(scope, _HEADER) or b""
        if not _GOOD_ID.fullmatch(known_as):
            known_as = secrets.token_hex(16).encode()
        status: int | None = None

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        token = request_id.set(known_as.decode())
        started = time.perf_counter()
        try:
            await self._app(scope, receive, with_headers(watched_send, [(_HEADER, known_as)]))
        finally:
            _log(scope, status, time.perf_counter() - started)
            request_id.reset(token)


def _log(scope: Scope, status: int | None, seconds: float) -> None:
    client = scope.get("client")
    facts = {
        "client": client[0] if client else None,
        "method": scope["method"],
        "path": _printable_path(scope),
        "query": _harmless_query(scope["query_string"]),
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "operation": scope.get(OPERATION),
    }
    target = f"{facts['path']}?{facts['query']}" if facts["query"] else facts["path"]
    _logger.info(
        "%s %s %s %s %.1f ms",
        facts["client"] or "-",
        facts["method"],
        target,
        status or "-",
        facts["duration_ms"],
        extra=facts,
    )


def _printable_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    text = raw.decode("ascii", "backslashreplace")[:_LONGEST_PATH]
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)


def _harmless_query(query: bytes) -> str:
    """The query without what may be private."""
    shown: list[str] = []
    for pair in query.decode("ascii", "replace").split("&") if query else ():
        name, _, value = pair.partition("=")
        if name in _HARMLESS and _SHORT_WORD.fullmatch(value):
            shown.append(pair)
        else:
            shown.append(f"{name}=…" if name in _HARMLESS | _PRIVATE else "…")
    return "&".join(shown)
