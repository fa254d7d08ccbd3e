"""Log a line for every request."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Final

from model_registry.server.http.asgi import OPERATION
from model_registry.server.identity.caller import caller_of

if TYPE_CHECKING:
    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send

LOGGER: Final = "model_registry.server.access"
"""The logger of the lines, at level INFO. Their parts are also attributes of the log record."""

_MAX_PATH: Final = 1024
# Search terms, and texts that clients put into a parameter by mistake, may be private.
_PUBLIC: Final = {"artifactType", "format", "orderBy", "pageSize", "sortOrder"}
_PRIVATE: Final = {"externalId", "filterQuery", "name", "nextPageToken", "parentResourceId"}
_SHORT_WORD: Final = re.compile(r"\w{1,32}")
_logger = logging.getLogger(LOGGER)


class AccessLogMiddleware:
    """Log requests.

    Args:
        app: The ASGI application to wrap.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and log its outcome."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, watched_send)
        finally:
            _log(scope, status, time.perf_counter() - started)


def _log(scope: Scope, status: int | None, seconds: float) -> None:
    client, caller = scope.get("client"), caller_of(scope)
    facts = {
        "client": client[0] if client else None,
        "method": scope["method"],
        "path": _printable_path(scope),
        "query": _public_query(scope["query_string"]),
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "operation": scope.get(OPERATION),
    }
    who = facts["client"] or "-"
    if caller is not None:
        facts["actor"] = caller.name
        who = f"{who} {caller.name}"
    target = f"{facts['path']}?{facts['query']}" if facts["query"] else facts["path"]
    _logger.info(
        "%s %s %s %s %.1f ms",
        who,
        facts["method"],
        target,
        status or "-",
        facts["duration_ms"],
        extra=facts,
    )


def _printable_path(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    text = raw.decode("ascii", "backslashreplace")[:_MAX_PATH]
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)


def _public_query(query: bytes) -> str:
    """Return the query without private values."""
    parts: list[str] = []
    for pair in query.decode("ascii", "replace").split("&") if query else ():
        name, _, value = pair.partition("=")
        if name in _PUBLIC and _SHORT_WORD.fullmatch(value):
            parts.append(pair)
        else:
            parts.append(f"{name}=…" if name in _PUBLIC | _PRIVATE else "…")
    return "&".join(parts)
