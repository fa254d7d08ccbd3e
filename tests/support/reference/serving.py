"""The stand-in on a socket."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.support.reference.application import Application, Reply
from tests.support.reference.errors import ConnectionDroppedError
from tests.support.reference.registry import AWAY

if TYPE_CHECKING:
    from typing_extensions import Self

CHUNKED_ABOVE = 2048
"""Responses of more bytes are sent in chunks."""

CONTROL = "/reference/database"
"""`POST /reference/database?state=refused` takes the database away, `state=up` brings it back."""


class ReferenceServer:
    """The stand-in, on a free port, in a thread.

    Args:
        port: The port, 0 for a free one.
        sunset: The date of the header `Sunset` on v1alpha3, None for no such headers.
    """

    def __init__(self, port: int = 0, sunset: str | None = None) -> None:
        self.application = Application(sunset)
        handler = type("Handler", (_Handler,), {"application": self.application})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def database(self) -> str:
        """State of the database: `up`, `refused` or `stopping`."""
        return self.application.core.database

    @database.setter
    def database(self, state: str) -> None:
        self.application.core.database = state

    def wait(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.close_all()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self.sockets: set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that go away."""

    def close_all(self) -> None:
        """Close the listening socket and all connections."""
        self.server_close()
        for one in list(self.sockets):
            self.shutdown_request(one)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    application: Application

    def _respond(self) -> None:
        body = self._read()
        if self.path.startswith(CONTROL):
            self._send(self._switch())
            return
        try:
            reply = self.application.reply(self.command, self.path, body)
        except ConnectionDroppedError:
            self.close_connection = True
            return
        self._send(reply)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _respond  # noqa: N815

    def _read(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _switch(self) -> Reply:
        state = parse_qs(self.path.partition("?")[2]).get("state", [""])[0]
        if state not in ("up", *AWAY):
            return Reply(400, [], f"state must be up, {' or '.join(AWAY)}\n".encode())
        self.application.core.database = state
        return Reply(200, [], state.encode())

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        chunked = len(reply.body) > CHUNKED_ABOVE
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        for start in range(0, len(reply.body), CHUNKED_ABOVE if chunked else max(1, len(reply.body))):
            part = reply.body[start : start + CHUNKED_ABOVE]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Write no log."""
