"""The door to a registry over HTTP: connection pools, TLS, proxies."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from model_registry.exceptions import RegistryConnectionError, RegistryTimeoutError
from model_registry.transport import Answer, Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from model_registry.connection import Connection

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)  # seconds


class HTTPDoor:
    """Reaches a registry over HTTP, with one connection pool for each event loop that calls."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sessions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _OwnedSession] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        self._ssl_context: ssl.SSLContext | None = None

    async def send(self, request: Request) -> Answer:
        """Send a request over this loop's pool."""
        url = self._connection.url + request.target
        headers = dict(request.headers)
        if self._connection.token:
            headers["Authorization"] = f"Bearer {self._connection.token}"
        session = await self._session()
        try:
            async with session.request(
                request.method,
                url,
                headers=headers,
                data=request.body,
                proxy=_proxy_for(url),
                timeout=_timeout(request.timeout),
                allow_redirects=False,
            ) as response:
                data = await response.read()
                received = {name.lower(): value for name, value in response.headers.items()}
                return Answer(request, url, response.status, received, data)
        except asyncio.TimeoutError as error:
            raise RegistryTimeoutError(
                f"No answer in time to {request.method} {url}. "
                "Is the registry overloaded, or the address wrong?",
                method=request.method,
                url=url,
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise RegistryConnectionError(
                f"No answer to {request.method} {url}: {error or type(error).__name__}. "
                "Is the registry running, and are address and port right?",
                method=request.method,
                url=url,
            ) from error

    async def close(self) -> None:
        """Close the pools. Those of loops that have ended are closed already."""
        with self._lock:
            owned = list(self._sessions.items())
            self._sessions.clear()
        here = asyncio.get_running_loop()
        for loop, session in owned:
            if loop is here:
                await session.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(session.close(), loop))

    async def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        owned = self._sessions.get(loop)
        if owned is None:
            context = await self._tls(loop)
            with self._lock:
                owned = self._sessions.get(loop)
                if owned is None:
                    owned = self._sessions[loop] = _OwnedSession(context)
            await owned.open()
        return owned.session

    async def _tls(self, loop: asyncio.AbstractEventLoop) -> ssl.SSLContext | None:
        if self._connection.url.startswith("https:") and self._ssl_context is None:
            self._ssl_context = await loop.run_in_executor(None, self._connection.ssl_context)
        return self._ssl_context


class _OwnedSession:
    """A session that ends with its event loop at the latest.

    An asynchronous generator holds it: `asyncio.run` and its kin finalise those of a loop before they close
    the loop, which is the one chance to close sockets in order when nobody closed the client.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        connector = aiohttp.TCPConnector(ssl=context if context is not None else True)
        self.session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._holder = self._hold()

    async def open(self) -> None:
        await anext(self._holder)

    async def close(self) -> None:
        await self._holder.aclose()

    async def _hold(self) -> AsyncGenerator[None, None]:
        async with self.session:
            yield


def _timeout(seconds: float | tuple[float, float] | None) -> aiohttp.ClientTimeout:
    if seconds is None:
        return _TIMEOUT
    if isinstance(seconds, tuple):
        return aiohttp.ClientTimeout(sock_connect=seconds[0], sock_read=seconds[1])
    return aiohttp.ClientTimeout(total=seconds)


def _proxy_for(url: str) -> str | None:
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy and not proxy_bypass(parts.hostname or "") else None
