"""Fetch small JSON documents of issuers, within a time limit for everything."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPMessage, HTTPResponse

_MOST_BYTES: Final = 1024 * 1024
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def check_address(url: str) -> None:
    """Check that an address cannot be read or changed on the way.

    Raises:
        ValueError: It does not begin with https://, and is not on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"{url!r} is not an address of an issuer: it must begin with https://")


def trusting(ca: str | None) -> ssl.SSLContext:
    """Return the settings of TLS that trust the authorities in a PEM file; None for those of the system.

    Raises:
        OSError: The file cannot be read, or contains no certificate.
    """
    return ssl.create_default_context(cafile=ca)


class Fetch:
    """Fetches documents until its time is over.

    Timeouts of sockets begin anew with each byte, so connections are also shut down at the end of the time.

    Args:
        seconds: How long all fetches may take together.
        ca: PEM file of the authorities to trust; None for those of the system.
    """

    def __init__(self, seconds: float, ca: str | None = None) -> None:
        self._end = time.monotonic() + seconds
        self._ca = ca

    def json(self, url: str) -> dict[str, Any]:
        """Return a document.

        Raises:
            OSError, HTTPException: It cannot be fetched in time.
            ValueError: Its address is not secure, or it is too long, or no JSON.
        """
        check_address(url)
        data = b""
        with contextlib.ExitStack() as stack:
            connect = _Handler(partial(self._limit, stack), self._ca)
            opener = urllib.request.build_opener(connect, _Redirects())
            try:
                response = stack.enter_context(opener.open(url, timeout=max(0.001, self._left())))
                data = response.read(_MOST_BYTES + 1)
            except (OSError, HTTPException) as error:
                if isinstance(error, HTTPError):
                    error.close()
                if self._left() > 0:
                    raise
        if self._left() <= 0:
            raise TimeoutError(f"{url} did not respond in time")
        if len(data) > _MOST_BYTES:
            raise ValueError(f"{url} is longer than {_MOST_BYTES} bytes")
        document: dict[str, Any] = json.loads(data)
        return document

    def _left(self) -> float:
        return self._end - time.monotonic()

    def _limit(self, stack: contextlib.ExitStack, sock: socket.socket) -> None:
        """Shut down a connection at the end of the time, unless the stack is closed before."""
        copy = sock.dup()  # TLS replaces the socket, not the connection
        stack.callback(copy.close)
        timer = threading.Timer(self._left(), _shut_down, [copy])
        timer.daemon = True
        timer.start()
        stack.callback(timer.cancel)


def _shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    on_connect: Callable[[socket.socket], None]

    def connect(self) -> None:
        super().connect()
        self.on_connect(self.sock)


class _SecureConnection(HTTPSConnection, _Connection):
    """Calls `on_connect` before TLS begins."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to secure addresses only: what answers elsewhere could send a further redirect."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Handler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens connections that report when they are connected."""

    def __init__(self, on_connect: Callable[[socket.socket], None], ca: str | None) -> None:
        super().__init__()
        self._on_connect = on_connect
        self._ca = ca

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(self._create, _Connection), req)

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        context = trusting(self._ca)
        return self.do_open(partial(self._create, _SecureConnection), req, context=context)

    def _create(self, kind: type[_Connection], host: str, **options: Any) -> _Connection:
        connection = kind(host, **options)
        connection.on_connect = self._on_connect
        return connection
