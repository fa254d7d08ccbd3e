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
from model_registry.exceptions.tracebacks import shorten
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
    """Sends requests over HTTP, with one connection pool for each event loop.

    Args:
        connection: Address, token, TLS and timeouts.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._token = None if connection.token is None else source_of(connection.token)
        self._headers = _lower(connection.headers)
        self._origin = _origin(connection.url)
        self._proxies: dict[str, str | None] = {}
        build_tls = partial(client_context, connection) if connection.url.startswith("https:") else None
        self._sessions = Sessions(build_tls, _Noted)
        if not connection.verify:
            warnings.warn(
                f"The certificate of {connection.url} is not checked (verify=False): others on the network "
                "can read the token and change requests. Use ca= to trust a private authority instead.",
                InsecureConnectionWarning,
                stacklevel=2,
            )

    async def send(self, request: Request) -> Response:
        """Send a request over this loop's pool.

        Redirects of a read are followed on the same host; any other redirect is returned as it is. A request
        that is refused with 401 is repeated once if there is a newer token.

        Raises:
            RegistryConnectionError: There was no response.
            RegistryTimeoutError: There was no response in time.
            UnexpectedResponseError: The response is not HTTP.
            UnauthenticatedError: The source of the token has none.
        """
        deadline = asyncio.get_running_loop().time() + request.timeout
        token = None if self._token is None else await _in_time(self._token.current(), deadline, request)
        is_renewed = False
        redirects = 0
        url = self._connection.url + request.target
        while True:
            response = await self._exchange(request, url, token, deadline)
            target = _redirect_target(response)
            if target is not None and redirects < _MOST_REDIRECTS:
                redirects += 1
                url = target
            elif response.status == 401 and self._token is not None and not is_renewed:
                is_renewed = True
                refused, token = token, await _in_time(self._token.renewed(), deadline, request)
                if token == refused:
                    return response
                redirects = 0
                url = self._connection.url + request.target
            else:
                return response

    async def close(self) -> None:
        """Close the pools."""
        await self._sessions.close()

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
            # A ClientResponseError shows the headers of the request, the token included.
            cause = None if isinstance(error, aiohttp.ClientResponseError) else error
            shorten(error)  # without the frames of aiohttp
            raise failure(
                error,
                request.method,
                url,
                sent=wire.sent,
                proxy=proxy,
                has_ca=self._connection.ca is not None,
            ) from cause
        except (RuntimeError, AttributeError) as error:
            # aiohttp's "Session is closed" (older versions fail on a `None`), and Python's own
            # "cannot schedule new futures after shutdown".
            if not session.closed and "shutdown" not in str(error):
                raise
            event = "client was closed" if session.closed else "Python interpreter exited"
            raise StoreError(f"The {event} during a call to {self._connection.url}.") from None

    def _proxy(self, url: str) -> str | None:
        origin = self._origin if url.startswith(f"{self._origin}/") else _origin(url)
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(origin)
        return self._proxies[origin]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with lower-case names, so that equal names are one key."""
    return {name.lower(): value for name, value in headers.items()}


class _Wire:
    """Whether the request of the current exchange began to leave."""

    sent = False


_WIRE: ContextVar[_Wire] = ContextVar("model_registry_wire")


class _Noted(aiohttp.ClientRequest):
    """A request that records when it begins to leave; before that, no server can have received it."""

    async def send(self, *arguments: Any, **named: Any) -> aiohttp.ClientResponse:
        _WIRE.get().sent = True
        return await super().send(*arguments, **named)


async def _in_time(call: Coroutine[object, object, T], deadline: float, request: Request) -> T:
    """Await a function of the user, for no longer than the request may take."""
    left = deadline - asyncio.get_running_loop().time()
    try:
        return await asyncio.wait_for(call, left)
    except asyncio.TimeoutError:
        raise RegistryTimeoutError(
            f"{request.method} {request.target} was not sent: the function given as user_token= or auth= "
            "took too long.",
            method=request.method,
            sent=False,
        ) from None


def _redirect_target(response: Response) -> str | None:
    """Return where a read is redirected to, if it is the same origin or the same host over TLS."""
    location = response.headers.get("location")
    if response.status not in _REDIRECTS or response.request.method != "GET" or not location:
        return None
    try:
        target = urldefrag(urljoin(response.url, location)).url
        here, there = urlsplit(response.url), urlsplit(target)
    except ValueError:  # not a URL
        return None
    is_same = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    adds_tls = (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname
    return target if is_same or (adds_tls and "@" not in there.netloc) else None
