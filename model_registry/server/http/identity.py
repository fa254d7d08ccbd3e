"""Serve the operations of `server/identity/operations.py`, beside those of the contract."""

from __future__ import annotations

import logging
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from urllib.parse import unquote

import msgspec

from model_registry.exceptions import DatabaseError, DuplicateError, InvalidArgumentError, NotFoundError
from model_registry.server.audit.entries import PAGE, AuditEntry, AuditFilter, read_entries
from model_registry.server.errors import ApiError, NoSuchRouteError, bad_request, method_not_allowed
from model_registry.server.http.asgi import (
    IDENTITY,
    JSON,
    OPERATION,
    request_path,
    send_error,
    send_response,
    with_headers,
)
from model_registry.server.http.bodies import receive_body
from model_registry.server.http.query import read_query
from model_registry.server.identity import token_rows
from model_registry.server.identity.caller import Actor, caller_of
from model_registry.server.identity.operations import IDENTITY_OPERATIONS, PREFIX
from model_registry.server.identity.permissions import check_role
from model_registry.server.identity.roles import ROLES
from model_registry.server.ids import parse_integer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from model_registry.server.audit.session import WatchedSession
    from model_registry.server.audit.watch import Watch
    from model_registry.server.database.protocol import Database
    from model_registry.server.http.asgi import Application, Receive, Scope, Send

Result = TypeVar("Result")

_MOST_BYTES: Final = 16 * 1024
_MOST_SECONDS: Final = 100 * 366 * 86400
_NO_STORE: Final = (b"cache-control", b"no-store")
_ORDERS: Final = ("ASC", "DESC")
_logger = logging.getLogger("model_registry.server")


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `createToken`.

    Attributes:
        name: Its name.
        role: `reader`, `writer` or `admin`.
        lifetimeSeconds: Seconds until it expires; None for a token that does not expire.
    """

    name: str
    role: str
    lifetimeSeconds: float | None = None  # noqa: N815  # as in JSON


class _Call(NamedTuple):
    """A request for one of the operations.

    Attributes:
        operation: Name of the operation.
        caller: Who sends it.
        name: The name in the path, or an empty text.
        query: The query parameters.
        body: The body.
    """

    operation: str
    caller: Actor
    name: str
    query: Mapping[str, str]
    body: bytes


class IdentityApp:
    """Serve tokens, the trail and the caller, and pass on all other requests.

    Args:
        app: The registry. What is around both must find out who sends a request.
        database: The database of the registry.
        watch: Records changes of tokens in the trail.
        named_tokens: Whether the server accepts named tokens.
    """

    def __init__(self, app: Application, database: Database, watch: Watch, *, named_tokens: bool) -> None:
        self._app = app
        self._database = database
        self._watch = watch
        self._named_tokens = named_tokens
        self._run: dict[str, Callable[[_Call], Awaitable[tuple[int, object]]]] = {
            "getCaller": self._get_caller,
            "listTokens": self._list_tokens,
            "createToken": self._create_token,
            "revokeToken": self._revoke_token,
            "getAuditTrail": self._get_trail,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, or pass it on."""
        caller = caller_of(scope)
        if caller is None or not request_path(scope).startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        send = with_headers(send, [IDENTITY, _NO_STORE])
        try:
            call = await _read_call(scope, receive, caller)
            status, content = await self._run[call.operation](call)
        except ApiError as error:
            await send_error(send, error)
            return
        except DatabaseError as error:
            _logger.error("%s %s failed: %s", scope["method"], scope["path"], error)  # noqa: TRY400  # it says the cause
            await send_error(send, ApiError(503, "the registry cannot use its database: see its log"))
            return
        body = msgspec.json.encode(content) + b"\n"
        await send_response(send, status, body, JSON)

    async def _get_caller(self, call: _Call) -> tuple[int, object]:
        return HTTPStatus.OK, call.caller.to_dict()

    async def _list_tokens(self, call: _Call) -> tuple[int, object]:
        del call
        self._check_named_tokens()
        tokens = await self._database.read(token_rows.list_tokens, long=True)
        return HTTPStatus.OK, {"items": [each.to_dict() for each in tokens]}

    async def _create_token(self, call: _Call) -> tuple[int, object]:
        self._check_named_tokens()
        new = _read_new_token(call.body)
        lifetime = None if new.lifetimeSeconds is None else round(new.lifetimeSeconds * 1000)

        def create(session: WatchedSession) -> str:
            token = token_rows.create_token(session, new.name, ROLES[new.role], lifetime)
            session.note(new.name, {"role": [None, new.role], "lifetimeSeconds": [None, new.lifetimeSeconds]})
            return token

        token = await self._write(create, call)
        return HTTPStatus.CREATED, {"name": new.name, "role": new.role, "token": token}

    async def _revoke_token(self, call: _Call) -> tuple[int, object]:
        self._check_named_tokens()

        def revoke(session: WatchedSession) -> None:
            token_rows.revoke_token(session, call.name)
            session.note(call.name, {"state": ["active", "revoked"]})

        await self._write(revoke, call)
        return HTTPStatus.OK, {"name": call.name, "state": "revoked"}

    async def _get_trail(self, call: _Call) -> tuple[int, object]:
        query = call.query
        since, until, edge = (_read_integer(query, name) for name in ("since", "until", "nextPageToken"))
        size = _read_integer(query, "pageSize", PAGE)
        order = query.get("sortOrder", _ORDERS[0])
        if order not in _ORDERS or size is None or not 1 <= size <= PAGE:
            raise bad_request(f"sortOrder must be ASC or DESC, and pageSize from 1 to {PAGE}")
        wanted = AuditFilter(query.get("actor"), query.get("operation"), query.get("resource"), since, until)
        newest_first = order == _ORDERS[1]
        read = partial(read_entries, wanted=wanted, edge=edge, newest_first=newest_first, limit=size)
        page = await self._database.read(read, long=True)
        following = str(page[-1].id) if len(page) == size else ""
        return HTTPStatus.OK, {"items": [_to_json(each) for each in page], "nextPageToken": following}

    async def _write(self, run: Callable[[WatchedSession], Result], call: _Call) -> Result:
        try:
            return await self._watch.write(self._database, run, call.operation, call.caller)
        except InvalidArgumentError as error:
            raise bad_request(str(error)) from None
        except DuplicateError as error:
            raise ApiError(HTTPStatus.CONFLICT, str(error)) from None
        except NotFoundError as error:
            raise ApiError(HTTPStatus.NOT_FOUND, str(error)) from None

    def _check_named_tokens(self) -> None:
        if not self._named_tokens:
            raise ApiError(404, "this server uses no named tokens: start it with --named-tokens")


async def _read_call(scope: Scope, receive: Receive, caller: Actor) -> _Call:
    """Find the operation of a request, and check that the caller may use it.

    Raises:
        ApiError: The request is not one that the caller may send.
    """
    path, method = request_path(scope), "GET" if scope["method"] == "HEAD" else scope["method"]
    collection, _, name = path.removeprefix(PREFIX).partition("/")
    template = f"{PREFIX}{collection}/{{}}" if name else path
    found = {one.method: key for key, one in IDENTITY_OPERATIONS.items() if one.path == template}
    if not found or "/" in name:
        raise NoSuchRouteError(unquote(path))
    if method not in found:
        raise method_not_allowed(scope["method"], [*found, "HEAD"] if "GET" in found else found)
    operation = scope[OPERATION] = found[method]
    check_role(caller, operation)
    query = read_query(scope["query_string"])
    unknown = query.keys() - IDENTITY_OPERATIONS[operation].query
    if unknown:
        raise bad_request(f"{operation} has no query parameter {min(unknown)!r}")
    body = await receive_body(receive, _MOST_BYTES) if method == "POST" else b""
    return _Call(operation, caller, unquote(name), query, body)


def _read_new_token(body: bytes) -> NewToken:
    try:
        new = msgspec.json.decode(body, type=NewToken)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"the body is not a new token: {error}") from None
    if new.role not in ROLES:
        raise bad_request(f"the role must be {', '.join(ROLES)}; got {new.role!r}")
    if new.lifetimeSeconds is not None and not 0 < new.lifetimeSeconds <= _MOST_SECONDS:
        raise bad_request(f"lifetimeSeconds must be more than 0 and at most {_MOST_SECONDS}")
    return new


def _read_integer(query: Mapping[str, str], name: str, default: int | None = None) -> int | None:
    if name not in query:
        return default
    found = parse_integer(query[name])
    if found is None:
        raise bad_request(f"{name} must be a whole number; got {query[name]!r}")
    return found


def _to_json(entry: AuditEntry) -> dict[str, Any]:
    """Return an entry with its changes exactly as they are stored, so that hashes can be checked."""
    return {**entry.to_dict(), "changes": msgspec.Raw(entry.changes.encode())}
