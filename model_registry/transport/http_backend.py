"""The backend for a registry over HTTP: tokens, timeouts, redirects, proxies."""

from __future__ import annotations

import asyncio
import warnings
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

from model_registry.connection import checked_headers
from model_registry.connection.tls import client_context
from model_registry.connection.tokens import call_user, source_of
from model_registry.exceptions import (
    InsecureConnectionWarning,
    RegistryTimeoutError,
    StoreError,
)
from model_registry.transport.backend import Request, Response
from model_registry.transport.http_failures import failure
from model_registry.transport.proxies import proxy_for
from model_registry.transport.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from model_registry.connection import Connection

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


class HTTPBackend:
    """Reaches a registry over HTTP, with one connection pool for each event loop that calls.

    Args:
        connection: Where the registry is and how to speak to it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._token = None if connection.token is None else source_of(connection.token)
        self._headers = _lower(connection.headers)
        self._place = _place(connection.url)
        self._proxies: dict[str, str | None] = {}
        build_tls = partial(client_context, connection) if connection.url.startswith("https:") else None
        self._sessions = Sessions(build_tls, _Noted)
        if not connection.verify:
            warnings.warn(
                f"The certificate of {connection.url} is not checked (verify=False): anybody on the way can "
                "read and change what is sent, the token included. ca= trusts one authority instead.",
                InsecureConnectionWarning,
                stacklevel=2,
            )

    async def send(self, request: Request) -> Response:
        """Send a request over this loop's pool.

        A read is sent on where it is redirected to on the same host; every other redirect is an answer like
        others. A request that is refused with 401 is repeated once when there is a newer token by then.

        Raises:
            RegistryConnectionError: There was no answer.
            RegistryTimeoutError: There was none in time.
            UnexpectedResponseError: The answer is not HTTP.
            UnauthenticatedError: There is no token where one should be.
        """
        deadline = asyncio.get_running_loop().time() + request.timeout
        if self._token is None:
            return await self._follow(request, None, deadline)
        token = await _in_time(self._token.current(), deadline, request)
        response = await self._follow(request, token, deadline)
        if response.status == 401:
            renewed = await _in_time(self._token.renewed(), deadline, request)
            if renewed != token:
                return await self._follow(request, renewed, deadline)
        return response

    async def close(self) -> None:
        """Close the pools."""
        await self._sessions.close()

    async def _follow(self, request: Request, token: str | None, deadline: float) -> Response:
        url = self._connection.url + request.target
        response = await self._exchange(request, url, token, deadline)
        for _ in range(_MOST_REDIRECTS):
            target = _where_to(response)
            if target is None:
                break
            response = await self._exchange(request, target, token, deadline)
        return response

    async def _exchange(self, request: Request, url: str, token: str | None, deadline: float) -> Response:
        headers = _lower(request.headers) | self._headers
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if self._connection.auth is not None:
            signing = call_user(self._connection.auth, request.method, url)
            signed = cast("dict[str, str]", await _in_time(signing, deadline, request))
            headers |= _lower(checked_headers("what auth returned", signed))
        session = self._sessions.opened() or await self._sessions.open()
        limits = self._connection
        left = max(deadline - asyncio.get_running_loop().time(), 0.001)
        timeout = aiohttp.ClientTimeout(
            total=left,
            sock_connect=min(limits.connect_timeout, left),
            sock_read=min(limits.read_timeout, left),
        )
        proxy = self._proxy(url)
        wire = _Wire()
        _WIRE.set(wire)
        try:
            received = await session.request(
                request.method,
                url,
                headers=headers,
                data=request.body,
                proxy=proxy,
                timeout=timeout,
                allow_redirects=False,
            )
            data = await received.read()  # gives the connection back, however it ends
            return Response(request, url, received.status, _lower(received.headers), data)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            # Of the library's errors, those about answers show the request's headers.
            shown = None if isinstance(error, aiohttp.ClientResponseError) else error
            raise failure(error, request.method, url, sent=wire.sent, proxy=proxy) from shown
        except (RuntimeError, AttributeError) as error:
            # aiohttp's "Session is closed", in older ones a `None` that it stumbles over; and Python's own
            # "cannot schedule new futures after shutdown".
            if not session.closed and "shutdown" not in str(error):
                raise
            ended = "client was closed" if session.closed else "Python interpreter ended"
            raise StoreError(f"The {ended} during a call to {self._connection.url}.") from None

    def _proxy(self, url: str) -> str | None:
        place = self._place if url.startswith(f"{self._place}/") else _place(url)
        if place not in self._proxies:
            self._proxies[place] = proxy_for(place)
        return self._proxies[place]


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Write names in the one case in which they can be told apart."""
    return {name.lower(): value for name, value in headers.items()}


class _Wire:
    """How far the exchange that a task is about has come."""

    sent = False


_WIRE: ContextVar[_Wire] = ContextVar("model_registry_wire")


class _Noted(aiohttp.ClientRequest):
    """A request that notes when it begins to leave; before that, nobody can have received it."""

    async def send(self, *arguments: Any, **named: Any) -> aiohttp.ClientResponse:
        _WIRE.get().sent = True
        return await super().send(*arguments, **named)


async def _in_time(call: Coroutine[object, object, T], deadline: float, request: Request) -> T:
    """Await a function of the user's no longer than the request may take."""
    left = deadline - asyncio.get_running_loop().time()
    try:
        return await asyncio.wait_for(call, left)
    except asyncio.TimeoutError:
        raise RegistryTimeoutError(
            f"No token or headers in time for {request.method} {request.target}. Nothing was sent.",
            method=request.method,
            sent=False,
        ) from None


def _where_to(response: Response) -> str | None:
    """Say where a read is redirected to, if the token may go there: the same place, or the same over TLS."""
    location = response.headers.get("location")
    if response.status not in _REDIRECTS or response.request.method != "GET" or not location:
        return None
    try:
        target = urldefrag(urljoin(response.url, location)).url
        here, there = urlsplit(response.url), urlsplit(target)
    except ValueError:  # no address at all
        return None
    is_same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    adds_tls = (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname
    return target if is_same or (adds_tls and "@" not in there.netloc) else None
