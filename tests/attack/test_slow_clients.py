"""Clients that send or read slowly lose their connection.

The limits are short here, so that no test waits for long.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from model_registry.server import create_app
from model_registry.server.process.limits import Limits
from model_registry.server.process.protocol import bounded_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.server.http.asgi import Application
    from model_registry.server.process.protocol import BoundedProtocol

LIMITS = Limits(head_seconds=0.5, body_seconds=0.5, unread_seconds=0.5, linger_seconds=0.5)
PROTOCOL = bounded_protocol(LIMITS)
SECONDS = 30
POST = (
    b"POST /api/model_registry/v1/registered_models HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
)


@contextlib.contextmanager
def serving(protocol: type[BoundedProtocol], app: Any) -> Iterator[int]:
    """Serve in a thread and return the port."""
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=protocol, lifespan="on", log_level=None, access_log=False, timeout_keep_alive=1
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server with short limits."""
    with serving(PROTOCOL, create_app(":memory:")) as port:
        yield port


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """A registry that requires a token, and no large bodies."""
    tokens = tmp_path_factory.mktemp("tokens") / "tokens"
    tokens.write_text("secret")
    return create_app(":memory:", token_file=tokens, body_limit=1000)


@pytest.fixture(scope="module")
def guarded_port(app: Application) -> Iterator[int]:
    """The port of a server that gives bodies much time, but not after their responses."""
    with serving(bounded_protocol(Limits(linger_seconds=0.5)), app) as port:
        yield port


@pytest.fixture(scope="module")
def patient_port(app: Application) -> Iterator[int]:
    """The port of a server with the usual limits."""
    with serving(bounded_protocol(Limits()), app) as port:
        yield port


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
        while not PROTOCOL.shared._unread:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        while PROTOCOL.shared._unread:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        received = rest(connection)
    assert received.startswith(b"HTTP/1.1 200 ")
    assert len(received) < len(big)


AUTHORIZED = b"Authorization: Bearer secret\r\n"
EARLY = {
    "401": (POST, 401),
    "403": (POST.replace(b"Host", b"Origin: https://evil.example\r\nHost"), 403),
    "404": (POST.replace(b"models", b"none").replace(b"Host", AUTHORIZED + b"Host"), 404),
    "413": (POST.replace(b"1000", b"9000000").replace(b"Host", AUTHORIZED + b"Host") + b" " * 2000, 413),
    "415": (POST.replace(b"/json", b"/xml"), 415),
    "421": (POST.replace(b"localhost", b"[::"), 400),
    "closing": (POST.replace(b"Host", b"Connection: close\r\nHost"), 401),
    "old": (POST.replace(b"HTTP/1.1", b"HTTP/1.0"), 401),
    "chunked": (POST.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked"), 401),
    "continue": (POST.replace(b"Host", b"Expect: 100-continue\r\nHost"), 401),
    "head": (POST.replace(b"Host", b"X" * 100_000 + b": y\r\nHost"), 431),
    "url": (POST.replace(b" HTTP", b"x" * 70_000 + b" HTTP"), 414),
    "garbage": (b"x" * 1000, 400),
}


@pytest.mark.parametrize("name", EARLY)
def test_13_02_a_body_that_drips_after_its_response_ends_soon(guarded_port: int, name: str) -> None:
    request, status = EARLY[name]
    piece = b"1\r\n \r\n" if name == "chunked" else b" "
    started = time.monotonic()
    with connected(guarded_port) as connection:
        connection.sendall(request)
        received = connection.recv(65536)
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < started + SECONDS:
                connection.sendall(piece)
                time.sleep(0.02)
    assert time.monotonic() - started < 10
    assert received.startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize("name", sorted(EARLY.keys() - {"continue", "garbage"}))
def test_13_02_a_client_that_still_sends_can_read_its_response(patient_port: int, name: str) -> None:
    """It reads only after it has sent all, which is more than sockets hold."""
    request, status = EARLY[name]
    body = (b"10000\r\n" + b" " * 65536 + b"\r\n") * 100 if name == "chunked" else b" " * 6_553_600
    for _ in range(5):
        with connected(patient_port) as connection:
            connection.sendall(request.replace(b"Length: 1000", b"Length: %d" % len(body)))
            connection.sendall(body)
            assert connection.recv(65536).startswith(b"HTTP/1.1 %d " % status)


def test_13_02_a_connection_is_used_again_after_an_early_response(patient_port: int) -> None:
    with connected(patient_port) as connection:
        for _ in range(3):
            connection.sendall(POST)
            assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
            connection.sendall(b" " * 1000)


def test_13_02_a_connection_that_is_idle_after_an_early_response_is_closed(patient_port: int) -> None:
    with connected(patient_port) as connection:
        connection.sendall(POST)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        connection.sendall(b" " * 1000)
        connection.settimeout(10)
        assert connection.recv(65536) == b""
