"""uvicorn's HTTP protocol with limits: no client gets more time or memory than `Limits` says."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import send_error
from model_registry.server.process.heads import framing, framing_problem, host_problem
from model_registry.server.process.limits import Limits, Network, SharedState
from model_registry.server.process.parser import RequestParser
from model_registry.server.process.tls_transport import TLSTransport

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from model_registry.server.http.asgi import Receive, Scope, Send

_OVERHEAD: Final = 16
"""Bytes of framing that a client may send for each byte of a body: chunks may be small."""

_SMALL_PARTS: Final = 1000
"""Number of parts of a body from which they must have `_PART_BYTES` on average, because each takes time."""

_PART_BYTES: Final = 64

_LINGER_BYTES: Final = 1024 * 1024
"""How much of a body that is sent after its response must arrive in each time to linger."""


def bounded_protocol(limits: Limits, proxies: Collection[Network] = ()) -> type[BoundedProtocol]:
    """Return the protocol of one server, whose connections share the limits.

    Args:
        limits: The limits.
        proxies: Networks of proxies, which may open more connections than other addresses.
    """
    return type("BoundedProtocol", (BoundedProtocol,), {"shared": SharedState(limits, proxies)})


class BoundedProtocol(HttpToolsProtocol):
    """A connection with limits. `bounded_protocol` creates the class for a server.

    Attributes:
        shared: What it shares with the other connections.
        address: Address of the client.
    """

    shared: SharedState

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.address = ""
        self.parser: RequestParser = RequestParser(self)
        self._limits = self.shared.limits
        self._tls: TLSTransport | None = None
        self._deadline = math.inf
        self._unread_deadline = math.inf
        self._unread_before = 0
        self._linger_deadline = math.inf
        self._lingered = 0
        self._received = self._head = self._fields = self._body = self._parts = self._held = 0
        self._in_head = True
        self._is_closing = self._is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Accept the connection, or respond with 503 when there are too many."""
        if transport.get_extra_info("sslcontext") is None:
            super().connection_made(transport)
        else:
            self._tls = TLSTransport(transport)
            super().connection_made(cast("asyncio.Transport", self._tls))
            transport.set_write_buffer_limits(1)  # to resume as soon as the last piece is gone
        self.address = self.client[0] if self.client else ""
        if self.shared.has(self) or self.shared.add(self):
            self._wait_for_head()
        else:
            self._refuse(503, "the registry has too many connections")

    def expect(self, address: str, transport: asyncio.Transport) -> bool:
        """Count a connection before its handshake. Return False when there are too many.

        Args:
            address: Address of the client.
            transport: What closes the connection during the handshake.
        """
        self.address, self.transport = address, transport
        is_accepted = self.shared.add(self)
        if is_accepted:
            self._wait_for_head()
        return is_accepted

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what the connection holds."""
        self._is_closing = True
        self._release_body()
        self.shared.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data of the client."""
        if self._is_closing:
            return
        if self._in_head and self._deadline == math.inf:
            self._deadline = self.loop.time() + self._limits.head_seconds
        self._received += len(data)
        super().data_received(data)
        # Of these data, some may belong to an earlier request.
        longest = self._limits.head_bytes + len(data)
        if not self._is_closing and self._received - _OVERHEAD * self._body > longest:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Begin a request."""
        if not self._is_closing:
            self._received, self._head, self._fields, self._body, self._parts = 1, 0, 0, 0, 0
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Receive a part of the URL."""
        if self._is_closing:
            return
        super().on_url(url)
        if len(self.url) > self._limits.url_bytes:
            self._refuse(414, f"the URL is longer than {self._limits.url_bytes} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header field, or a trailer, which is ignored.

        Trailers must not become headers (RFC 9110, 6.5.1): proxies check and remove only headers.
        """
        if self._is_closing:
            return
        if self._in_head:
            super().on_header(name, value)
        self._fields += 1
        if self._fields > self._limits.head_fields:
            self._refuse(431, f"the request has more than {self._limits.head_fields} header fields")
            return
        self._head += len(name) + len(value)
        if self._head > self._limits.head_bytes:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        """Start the request, or queue it behind those before it."""
        if self._is_closing:
            return
        version = self.parser.get_http_version()
        problem = host_problem(self.url, self.headers, version) or framing_problem(self.headers, version)
        if problem is not None:
            self._refuse(400, problem)
            return
        self._in_head = False
        self.shared.set_waiting(self, waiting=False)
        self._deadline = self.loop.time() + self._limits.body_seconds
        is_busy = len(self.tasks) >= self._limits.requests
        self.app = _respond_busy if is_busy else self.config.loaded_app  # pyright: ignore[reportUnknownMemberType]  # uvicorn leaves it untyped
        super().on_headers_complete()
        if framing(self.headers):
            self.cycle.transport = cast("asyncio.Transport", _SlowlyClosingTransport(self, self.transport))
        if self.parser.is_last():
            self.cycle.keep_alive = False
        if len(self.pipeline) >= self._limits.pipelined:
            # The requests so far get their responses.
            self.cycle.keep_alive = False
            self.cycle.more_body = False
            self.cycle.message_event.set()
            self._deadline = math.inf
            self._is_closing = True

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        if self._is_closing:
            return
        self._body += len(body)
        self._parts += 1
        if self._parts > _SMALL_PARTS and self._body < _PART_BYTES * self._parts:
            self._refuse(400, f"the body comes in parts of less than {_PART_BYTES} bytes: send larger ones")
            raise _RefusedError
        if not self.cycle.response_complete:
            self._held += len(body)
            self.shared.body_bytes += len(body)
            if self.shared.body_bytes > self._limits.body_bytes:
                self._refuse(503, "the registry receives too many large requests")
                return
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Respond to data that is not HTTP, unless the request was refused before."""
        if not self._is_closing:
            self._refuse(400, msg)

    def on_message_complete(self) -> None:
        """End the request; its response may take any time."""
        if self._is_closing or self.parser.is_in_body():
            return
        self._in_head = True
        self._deadline = self._linger_deadline = math.inf
        super().on_message_complete()
        if self.cycle.response_complete:
            self.shared.set_waiting(self, waiting=True)
            # uvicorn starts this timer after a response, and stops it when more data arrive.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._release_body()
        super().on_response_complete()
        if not self._in_head and self.cycle.response_complete:
            self._linger()
        elif self._in_head and not self.pipeline:
            self.shared.set_waiting(self, waiting=True)

    def pause_writing(self) -> None:
        """Note that the client does not read."""
        super().pause_writing()
        self._expect_reading(self.loop.time())
        self.shared.set_unread(self, unread=True)

    def resume_writing(self) -> None:
        """Note that the client has read."""
        if self._tls is not None and not self._tls.flush():
            return
        super().resume_writing()
        self._unread_deadline = math.inf
        self.shared.set_unread(self, unread=False)

    def shutdown(self) -> None:
        """Finish the request in progress, if the client goes on to send it or to read its response soon."""
        self._is_stopping = True
        if self._is_closing:
            self.transport.close()
        super().shutdown()
        if self._unread_deadline < math.inf:
            self._expect_reading(self.loop.time())
        if self._deadline < math.inf:
            self._deadline = min(self._deadline, self.loop.time() + self._limits.stop_seconds)

    def unread(self) -> int:
        """Return the number of bytes that the client has not read yet."""
        return self.transport.get_write_buffer_size()

    def check_time(self, now: float) -> None:
        """Close the connection if the client is too slow."""
        if now >= self._linger_deadline:
            if self._is_closing or self._body < self._lingered + _LINGER_BYTES:
                self.shared.drop(self)
                return
            self._linger()
        if now >= self._deadline:
            if self._in_head and not self._received:
                self.shared.drop(self)
            else:
                self._refuse(408, "the request did not arrive in time")
        if now >= self._unread_deadline:
            if self.unread() >= self._unread_before:
                self.shared.drop(self)
                return
            self._expect_reading(now)

    def _expect_reading(self, now: float) -> None:
        """Give the client some time to read something."""
        limits = self._limits
        self._unread_before = self.unread()
        self._unread_deadline = now + (limits.stop_seconds if self._is_stopping else limits.unread_seconds)

    def _wait_for_head(self) -> None:
        self._in_head = True
        self._deadline = self.loop.time() + self._limits.head_seconds
        self.shared.set_waiting(self, waiting=True)

    def _linger(self) -> None:
        """Read what the client still sends after its response, for some time."""
        self._lingered = self._body
        self._linger_deadline = self.loop.time() + self._limits.linger_seconds

    def _release_body(self) -> None:
        self.shared.body_bytes -= self._held
        self._held = 0

    def _refuse_head(self) -> None:
        self._refuse(431, f"the head of the request is longer than {self._limits.head_bytes} bytes")

    def _refuse(self, status: int, message: str) -> None:
        """Respond to a request that the application does not get, and close the connection."""
        self._is_closing = True
        self._deadline = math.inf
        cycle = cast("RequestResponseCycle | None", self.cycle)  # there is none before the first request
        if cycle is not None and cycle.response_complete and not self._in_head:
            self.transport.close()  # the request has its response, but not its whole body
            return
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.shared.drop(self)  # in the middle of another response
            return
        phrase = HTTPStatus(status).phrase
        body = json.dumps({"code": phrase, "message": message}).encode() + b"\n"
        retry = "Retry-After: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json; charset=UTF-8\r\n{retry}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        if self.pipeline or not self.shared.has(self):
            self.transport.close()
            return
        if cycle is not None:
            cycle.disconnected = True  # what runs for it can send nothing more
            cycle.body.clear()
            cycle.message_event.set()
        self.close_slowly()

    def close_after_response(self) -> None:
        """Close the connection after the last response."""
        if self._in_head:
            self.transport.close()
        else:
            self.close_slowly()

    def close_slowly(self) -> None:
        """Close the connection when the client has read the last response, or some seconds have passed.

        If it was closed at once while the client sends, the client could not read the response.
        """
        self._is_closing = True
        self._release_body()
        if self._is_stopping:
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._linger()


class _SlowlyClosingTransport:
    """The transport of a request whose body may still arrive when its response closes the connection.

    Args:
        protocol: The protocol of the connection.
        transport: Its transport.
    """

    def __init__(self, protocol: BoundedProtocol, transport: asyncio.Transport) -> None:
        self.write: Final = transport.write
        self.is_closing: Final = transport.is_closing
        self.close: Final = protocol.close_after_response


async def _respond_busy(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send_error(send, ApiError(503, "the registry has too many requests", {"Retry-After": "1"}))


class _RefusedError(Exception):
    """Ends the parsing of the data that the server has received."""
