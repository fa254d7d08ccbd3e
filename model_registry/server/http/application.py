"""The registry as an ASGI application."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from model_registry.exceptions import DatabaseError
from model_registry.server.contract import load_contract
from model_registry.server.errors import ApiError, DatabaseLockedError, method_not_allowed
from model_registry.server.http.asgi import IDENTITY, JSON, OPERATION, STOPPING, request_path
from model_registry.server.http.bodies import read_body, receive_body
from model_registry.server.http.disconnects import cancelled_when_client_leaves
from model_registry.server.http.health import (
    LIVE_PATH,
    check_health,
    check_liveness,
    is_probe,
    refuse_readiness,
)
from model_registry.server.http.index import index_page
from model_registry.server.http.query import read_query
from model_registry.server.http.routing import Router
from model_registry.server.identity.caller import CALLER
from model_registry.server.identity.permissions import check_role
from model_registry.server.queries.listing import BodyPart
from model_registry.server.rules.rule import OperationRequest, OperationResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.audit.watch import Watch
    from model_registry.server.database.protocol import Database
    from model_registry.server.http.asgi import Receive, Scope, Send

BODY_LIMIT: Final = 16 * 1024 * 1024
"""Default maximum length of a request body, in bytes."""

_logger = logging.getLogger("model_registry.server")


class RegistryApp:
    """Serve a registry over HTTP. An ASGI 3 application.

    Args:
        database: The registry's data. The application opens it at startup or at the first request, and
            closes it at shutdown.
        body_limit: Maximum length of a request body, in bytes.
        raises_database_errors: Whether to raise a `DatabaseError` to the caller, instead of logging it and
            responding with the status 503.
        watch: What watches writes, if anything does.
    """

    def __init__(
        self,
        database: Database,
        *,
        body_limit: int = BODY_LIMIT,
        raises_database_errors: bool = False,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch
        self._raises_database_errors = raises_database_errors
        self._database = database
        self._body_limit = body_limit
        self._contract = load_contract()
        self._router = Router(self._contract)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._handle_lifespan(receive, send)
        elif scope["type"] == "http":
            await self._handle_request(scope, receive, send)
        else:
            raise NotImplementedError(f"the registry does not support {scope['type']} connections")

    async def _handle_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._database.open()
        except Exception as error:  # noqa: BLE001  # the server reports it and exits
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._database.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] = []
        try:
            status, part, content_type = await self._respond(scope, receive)
        except ApiError as error:
            if self._raises_database_errors and isinstance(error, DatabaseLockedError):
                # A request has waited long enough: clients would repeat it after a response.
                raise DatabaseError(f"cannot use {self._database.name}: {error.reason}") from None
            status, part, content_type = error.status, BodyPart(error.body()), error.content_type
            headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
        except DatabaseError as error:
            if self._raises_database_errors:
                raise
            _logger.error("%s %s failed: %s", scope["method"], scope["path"], error)  # noqa: TRY400  # it says the cause
            failure = ApiError(503, "the registry cannot use its database: see its log")
            status, part, content_type = failure.status, BodyPart(failure.body()), JSON
        except Exception:
            _logger.exception("%s %s failed", scope["method"], scope["path"])
            failure = ApiError(500, "internal error of the registry: see its log")
            status, part, content_type = failure.status, BodyPart(failure.body()), JSON
        headers += [(b"content-type", content_type), IDENTITY]
        if part.read_next is None:
            headers.append((b"content-length", str(len(part.data)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if scope["method"] == "HEAD":
            part = BodyPart(b"")
        while part.read_next is not None:
            await send({"type": "http.response.body", "body": part.data, "more_body": True})
            part = await self._database.read(part.read_next, long=True)
        await send({"type": "http.response.body", "body": part.data})

    async def _respond(self, scope: Scope, receive: Receive) -> tuple[int, BodyPart, bytes]:
        path = request_path(scope)
        if is_probe(path):
            return await self._respond_probe(scope, path)
        if path == "/openapi.json":
            _check_reading(scope)
            return 200, BodyPart(self._contract.text), JSON
        index = index_page(self._contract, path, scope.get("root_path", ""))
        if index is not None:
            _check_reading(scope)
            return 200, BodyPart(index), JSON
        status, part = await self._run_operation(scope, receive, path)
        return status, part, JSON

    async def _run_operation(self, scope: Scope, receive: Receive, raw_path: str) -> OperationResponse:
        (operation, rule), path, path_id = self._router.match(scope["method"], raw_path)
        scope[OPERATION] = operation.id
        caller = scope.get(CALLER)
        if caller is not None:
            check_role(caller, operation.id)
        query: Mapping[str, str] = {}
        body: dict[str, Any] = {}
        if scope["query_string"]:
            query = {
                key: value
                for key, value in read_query(scope["query_string"]).items()
                if key in operation.query
            }
        if operation.body is not None:
            body = await read_body(operation.body, await receive_body(receive, self._body_limit))
        request = OperationRequest(path, path_id, query, body)
        if rule.writes and self._watch is not None:
            return await self._watch.write(
                self._database, lambda session: rule.run(session, request), operation.id, caller, body
            )
        if rule.writes:
            return await self._database.write(lambda session: rule.run(session, request))
        async with cancelled_when_client_leaves(receive):
            return await self._database.read(lambda session: rule.run(session, request))

    async def _respond_probe(self, scope: Scope, path: str) -> tuple[int, BodyPart, bytes]:
        _check_reading(scope)
        if path.endswith(LIVE_PATH):
            return check_liveness()
        if scope.get("state", {}).get(STOPPING):
            return refuse_readiness()
        wants_json = read_query(scope["query_string"]).get("format") == "json"
        return await check_health(self._database, thorough=path.endswith("/health"), as_json=wants_json)


def _check_reading(scope: Scope) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        raise method_not_allowed(scope["method"], ["GET", "HEAD"])
