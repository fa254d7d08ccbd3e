"""Clients that send or read slowly lose their connection.

The limits are short here, so that no test waits for long.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn

from model_registry.server import create_app
from model_registry.server.process.limits import Limits
from model_registry.server.process.protocol import bounded_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = Limits(head_seconds=0.5, body_seconds=0.5, unread_seconds=0.5)
PROTOCOL = bounded_protocol(LIMITS)
SECONDS = 30
POST = (
    b"POST /api/model_registry/v1/registered_models HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server with short limits, in a thread."""
    config = uvicorn.Config(
        create_app(":memory:"), http=PROTOCOL, lifespan="on", log_level=None, access_log=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        yield connection


def rest(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return received


def test_the_defaults_are_those_of_the_guide() -> None:
    assert (Limits().head_seconds, Limits().body_seconds, Limits().unread_seconds) == (15, 120, 30)


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\nHo", POST, POST + b"{" * 999], ids=["head", "body", "end"]
)
def test_13_02_half_sent_requests_are_refused(port: int, sent: bytes) -> None:
    started = time.monotonic()
    with connected(port) as connection:
        connection.sendall(sent)
        received = rest(connection)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"the request did not arrive in time" in received
    assert time.monotonic() - started >= 0.5


def test_13_02_a_byte_now_and_then_does_not_help(port: int) -> None:
    """The limit is for the whole body, not for each part of it."""
    deadline = time.monotonic() + SECONDS
    with connected(port) as connection:
        connection.sendall(POST)
        connection.settimeout(0.1)
        received = b""
        while not received:
            assert time.monotonic() < deadline
            with contextlib.suppress(TimeoutError):
                received = connection.recv(4096)
            with contextlib.suppress(ConnectionError):
                connection.sendall(b" ")
    assert received.startswith(b"HTTP/1.1 408 ")


def test_13_02_connections_that_send_nothing_are_closed(port: int) -> None:
    with connected(port) as connection:
        assert rest(connection) == b""


def test_13_02_responses_that_nobody_reads_are_dropped(port: int) -> None:
    big = b'{"name": "big", "description": "' + b"x" * 8_000_000 + b'"}'
    with connected(port) as connection:
        connection.sendall(POST.replace(b"1000", b"%d\r\nConnection: close" % len(big)) + big)
        assert rest(connection).startswith(b"HTTP/1.1 201 ")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # otherwise it grows
        connection.settimeout(SECONDS)
        connection.connect(("127.0.0.1", port))
        connection.sendall(
            b"GET /api/model_registry/v1/registered_models HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        deadline = time.monotonic() + SECONDS
        while not PROTOCOL._shared._unread:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        while PROTOCOL._shared._unread:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        received = rest(connection)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert len(received) < len(big)
