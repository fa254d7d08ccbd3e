"""A request ends where its head says, so that no part of a body is taken for another request."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.backends import API, SECONDS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = f"{API}/registered_models"
PROTOCOLS = ["websocket", "h2c", "HTTP/2.0, SHTTP/1.3"]
HIDDEN = b"GET /readyz/isDirty HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(":memory:")
    yield server
    assert server.stop() == 0


def response_to(server: Server, *pieces: bytes) -> bytes:
    """Return what the server sends until it closes the connection. The pieces arrive one after the other."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, piece in enumerate(pieces):
            time.sleep(0.1 * bool(number))
            with contextlib.suppress(ConnectionError):
                connection.sendall(piece)
        received = b""
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(65536):
                received += data
        return received


def post(protocol: str, field: bytes) -> bytes:
    head = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Connection: Upgrade\r\nUpgrade: {protocol}\r\n".encode() + field + b"\r\n\r\n"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("is_chunked", [True, False])
@pytest.mark.parametrize("size", [1, 40, 1000])
def test_a_request_for_another_protocol_keeps_its_body(
    server: Server, protocol: str, size: int, *, is_chunked: bool
) -> None:
    name = f"{protocol}-{is_chunked}-{size}"
    body = b'{"name":"%b"}' % name.encode()
    if is_chunked:
        sent = post(protocol, b"Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\nX: y\r\n\r\n" % (
            len(body),
            body,
        )
    else:
        sent = post(protocol, b"Content-Length: %d" % len(body)) + body
    end = max(len(sent) - 3 * size, 0)
    answer = response_to(server, sent[:end], sent[end : end + size], sent[end + size :] + HIDDEN)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert name.encode() in answer
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_body_of_a_request_for_another_protocol_is_no_request(server: Server, protocol: str) -> None:
    answer = response_to(server, post(protocol, b"Content-Length: %d" % len(HIDDEN)), HIDDEN)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("pieces", [1, 2])
def test_what_follows_a_request_for_another_protocol_is_answered(
    server: Server, protocol: str, pieces: int
) -> None:
    upgrade = f"Connection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
    first = f"GET /livez HTTP/1.1\r\nHost: localhost\r\n{upgrade}".encode()
    last = HIDDEN.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    sent = [first + HIDDEN + last] if pieces == 1 else [first, HIDDEN + last]
    assert response_to(server, *sent).count(b"HTTP/1.1 200 ") == 3


@pytest.mark.parametrize(
    ("version", "coding"),
    [("1.1", "gzip, chunked"), ("1.1", "chunked, chunked"), ("1.0", "chunked"), ("1.1", "identity, chunked")],
)
def test_an_unknown_encoding_of_the_body_is_refused(server: Server, version: str, coding: str) -> None:
    head = f"POST {MODELS} HTTP/{version}\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    body = b'c\r\n{"name":"m"}\r\n0\r\n\r\n'
    answer = response_to(server, f"{head}Transfer-Encoding: {coding}\r\n\r\n".encode() + body + HIDDEN)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
