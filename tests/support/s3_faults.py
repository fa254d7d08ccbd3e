"""A proxy before an S3 server that breaks what passes through it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

SECONDS = 60
_HOP = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})
_RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # linger for no time


@dataclass(frozen=True)
class Seen:
    """A request that passed through the proxy."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of, or after, passing on.

    Attributes:
        answer: Status and error code that it gets.
        cut_request: Bytes of the request's body after which the connection is reset.
        cut_answer: Bytes of the answer's body after which the connection is closed.
        text: More of the answer, as stores put it there.
    """

    answer: tuple[int, str] | None = None
    cut_request: int | None = None
    cut_answer: int | None = None
    text: str = ""


@dataclass
class FaultyS3:
    """The proxy.

    Attributes:
        url: Its address.
        choose: Says which fault a request meets.
        seen: Requests so far.
        dropped: Header lines that are not passed on.
    """

    url: str
    choose: Callable[[Seen], Fault | None] = lambda _: None
    seen: list[Seen] = field(default_factory=list)
    dropped: frozenset[str] = frozenset()

    def first(self, number: int, fault: Fault, matches: Callable[[Seen], bool] = lambda _: True) -> None:
        """Have the first requests that match meet a fault."""
        left = [number]
        lock = threading.Lock()

        def choose(seen: Seen) -> Fault | None:
            with lock:
                if left[0] > 0 and matches(seen):
                    left[0] -= 1
                    return fault
            return None

        self.choose = choose


@contextlib.contextmanager
def faulty(url: str, tls: ssl.SSLContext | None = None) -> Iterator[FaultyS3]:
    """Run a proxy before an S3 server."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.behind = urlsplit(url).netloc
    server.proxy = FaultyS3(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    behind: str
    proxy: FaultyS3

    def handle_error(self, *_: object) -> None:
        """Say nothing: connections break here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_any(self) -> None:
        seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
        self.server.proxy.seen.append(seen)
        fault = self.server.proxy.choose(seen) or Fault()
        length = int(self.headers.get("content-length", 0))
        if fault.cut_request is not None:
            self.rfile.read(min(fault.cut_request, length))
            self._reset()
            return
        body = self.rfile.read(length)
        if fault.answer is not None:
            status, code = fault.answer
            content = f"<Error><Code>{code}</Code><Message>told</Message>{fault.text}</Error>".encode()
            self._answer(status, [("Content-Type", "application/xml")], content, None)
        else:
            self._pass_on(body, fault)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

    def _pass_on(self, body: bytes, fault: Fault) -> None:
        upstream = http.client.HTTPConnection(self.server.behind, timeout=SECONDS)
        with contextlib.closing(upstream):
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in self.server.proxy.dropped:
                    upstream.putheader(name, value)
            upstream.endheaders(body)
            answer = upstream.getresponse()
            content = answer.read()
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP]
        if self.command == "HEAD":
            kept.append(("Content-Length", answer.getheader("content-length", "0")))
        self._answer(answer.status, kept, content, fault.cut_answer)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, cut: int | None) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content[:cut])
        if cut is not None and cut < len(content):
            self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()

    def log_message(self, *_: object) -> None:
        pass

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
