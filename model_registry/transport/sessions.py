"""One pool of connections for each event loop that calls."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp

from model_registry._forks import call_in_child
from model_registry.blocking.private_loop import PrivateLoop
from model_registry.exceptions import StoreError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable


class Sessions:
    """The sessions of one client.

    Args:
        tls: Builds the TLS settings, which takes a while; called once, in a thread, when the first session is
            opened. `None` without TLS.
        request_class: What writes requests.
    """

    def __init__(
        self, tls: Callable[[], ssl.SSLContext] | None, request_class: type[aiohttp.ClientRequest]
    ) -> None:
        self._build_tls = tls
        self._tls: ssl.SSLContext | bool | None = None
        self._request_class = request_class
        self._closed = False
        self._forked()
        call_in_child(self._forked)

    def opened(self) -> aiohttp.ClientSession | None:
        """Return the running loop's session, if it is open.

        Raises:
            StoreError: They were closed.
        """
        if self._closed:
            raise StoreError("The client was closed during a call: await its calls before closing it.")
        held = self._held.get(asyncio.get_running_loop())
        return None if held is None else held.session

    async def open(self) -> aiohttp.ClientSession:
        """Open the running loop's session."""
        tls = self._tls if self._tls is not None else await self._tls_settings()
        with self._lock:
            session = self.opened()
            if session is not None:  # by another task, meanwhile
                return session
            held = self._held[asyncio.get_running_loop()] = _HeldSession(tls, self._request_class)
        await held.open()
        return held.session

    async def _tls_settings(self) -> ssl.SSLContext | bool:
        if self._build_tls is None:
            return True
        try:
            return await asyncio.to_thread(self._build_tls_once, self._build_tls)
        except RuntimeError:  # no threads any more: the interpreter ends
            return self._build_tls_once(self._build_tls)

    def _build_tls_once(self, build: Callable[[], ssl.SSLContext]) -> ssl.SSLContext | bool:
        with self._tls_lock:
            if self._tls is None:
                self._tls = build()
            return self._tls

    async def close(self) -> None:
        """Close the sessions. Those of loops that have ended are closed already."""
        self._closed = True
        with self._lock:
            held = list(self._held.items())
            self._held.clear()
        if not held:
            return  # and no event loop has to run
        here = asyncio.get_running_loop()
        for loop, session in held:
            if loop is here:
                await session.close()
            elif isinstance(loop, PrivateLoop):
                await loop.run_from_another(session.close())
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(session.close(), loop))

    def _forked(self) -> None:
        """Begin with none; those of the parent process stay as they are, for they share its sockets."""
        for session in getattr(self, "_held", {}).values():
            session.abandon()
        self._held: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _HeldSession] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        self._tls_lock = threading.Lock()  # held for long, so never by an event loop's thread


class _HeldSession:
    """A session that ends with its event loop at the latest.

    An asynchronous generator holds it: `asyncio.run` and its kin finalise those of a loop before they close
    the loop, which is the one chance to close sockets in order when the client was not closed.
    """

    def __init__(self, tls: ssl.SSLContext | bool, request_class: type[aiohttp.ClientRequest]) -> None:
        self._connector = _Connector(ssl=tls)
        self._connector.process = os.getpid()
        self.session = aiohttp.ClientSession(
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=request_class,
            trust_env=False,  # it would take a password from .netrc, and refuse to send it beside a token
        )
        self._holder = self._hold()

    async def open(self) -> None:
        await anext(self._holder)

    async def close(self) -> None:
        await self._holder.aclose()

    def abandon(self) -> None:
        """Forget sockets that belong to the parent process: closing them here would say goodbye there."""
        self.session.detach()
        _keep_for_ever(self)

    async def _hold(self) -> AsyncGenerator[None, None]:
        async with self.session:
            yield


class _Connector(aiohttp.TCPConnector):
    """A pool that leaves its connections alone in any process but its own."""

    process = 0

    def __del__(self, *arguments: Any) -> None:
        if self.process == os.getpid():
            super().__del__(*arguments)


_ABANDONED: list[_HeldSession] = []


def _keep_for_ever(session: _HeldSession) -> None:
    """Keep a session of a parent process, for finalising it would use that one's sockets and loop.

    Also as the interpreter ends, when the list is gone: before Python 3.11, TLS says goodbye then.
    """
    _ABANDONED.append(session)
    with suppress(ImportError, AttributeError):  # not every Python counts references
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))
