"""Know callers by the named tokens in the database of the registry."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hmac
import time
from collections import OrderedDict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.exceptions import DatabaseError
from model_registry.server.errors import ApiError
from model_registry.server.identity.caller import FRESH_SECONDS, Actor, Renewal
from model_registry.server.identity.refusals import unauthenticated
from model_registry.server.identity.roles import Role
from model_registry.server.identity.token_rows import NamedToken, find_token, note_use, now
from model_registry.server.identity.token_text import parse_token

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from model_registry.server.database.protocol import Database, Session
    from model_registry.server.http.asgi import Scope

_RENEW_SECONDS: Final = 0.25
"""After this time, a token in use is looked up while requests go on, so that none has to wait."""
_USE_MILLISECONDS: Final = 60_000
"""How exact the time of the last use is."""
_MOST: Final = 10_000
_NO_HASH: Final = "0" * 64


class _Accepted(NamedTuple):
    """The caller with a token, for a short time."""

    caller: Actor
    renew_at: float
    until: float


class NamedTokens:
    """The named tokens of a registry.

    Args:
        database: The database of the registry.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._accepted: OrderedDict[bytes, _Accepted] = OrderedDict()
        self._used: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def caller(self, scope: Scope, token: bytes | None) -> Actor | None:
        """See `Authenticator`."""
        del scope
        if token is None:
            return None
        accepted = self._accepted.get(token)
        if accepted is not None:
            moment = time.monotonic()
            if moment < accepted.until:
                if moment > accepted.renew_at:
                    self._accepted[token] = accepted._replace(renew_at=accepted.until)
                    self._start(self._renew(token))
                return accepted.caller
        return await self._look_up(token)

    async def _look_up(self, token: bytes) -> Actor | None:
        """Return the caller whose token is in the database, and remember it for a short time."""
        parts = parse_token(token)
        if parts is None:
            return None
        asked = time.monotonic()
        found = await self._database.check(lambda session: find_token(session, parts.id))
        # An unknown token takes the same time as one with a wrong secret, and gets the same response.
        is_right = hmac.compare_digest(found.hash if found else _NO_HASH, parts.hash)
        if found is None or not is_right:
            return None
        _check_state(found)
        self._note_use(found)
        until = asked + FRESH_SECONDS
        if found.expire_time is not None:
            until = min(until, asked + (found.expire_time - now()) / 1000)
        renewal = Renewal(until, functools.partial(_check_again, id=found.id))
        caller = Actor(found.name, Role(found.role), "token", renewal)
        self._accepted[token] = _Accepted(caller, asked + _RENEW_SECONDS, until)
        if len(self._accepted) > _MOST:
            self._accepted.popitem(last=False)
        return caller

    async def _renew(self, token: bytes) -> None:
        """Look a token up again, and forget it if it is not valid any more."""
        try:
            caller = await self._look_up(token)
        except ApiError:
            caller = None
        except DatabaseError:
            return
        if caller is None:
            self._accepted.pop(token, None)

    def _note_use(self, token: NamedToken) -> None:
        """Store the time of the last use, without letting the request wait."""
        last = max(self._used.get(token.id, 0), token.use_time or 0)
        if now() - last < _USE_MILLISECONDS:
            return
        self._used[token.id] = now()
        self._start(self._store_use(token.id))

    def _start(self, work: Coroutine[object, object, None]) -> None:
        """Run something beside the requests."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _store_use(self, id: str) -> None:
        with contextlib.suppress(Exception):  # the next use is stored again; a file may be read-only
            await self._database.write(lambda session: note_use(session, id))


def _check_again(session: Session, id: str) -> None:
    found = find_token(session, id)
    if found is None:
        raise unauthenticated("the token is not valid", invalid=True)
    _check_state(found)


def _check_state(token: NamedToken) -> None:
    if token.state == "revoked":
        raise unauthenticated(f"the token {token.name!r} was revoked", invalid=True)
    if token.state == "expired":
        expired = datetime.fromtimestamp((token.expire_time or 0) / 1000, timezone.utc)
        raise unauthenticated(
            f"the token {token.name!r} expired at {expired:%Y-%m-%d %H:%M} UTC", invalid=True
        )
