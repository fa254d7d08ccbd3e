"""Clients of a server with TLS that do not go on, in the handshake and after it, shut nobody out."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest
import trustme
import uvicorn

from model_registry.server import create_app
from model_registry.server.process.handshakes import tls_protocol
from model_registry.server.process.limits import Limits
from model_registry.server.process.protocol import bounded_protocol
from model_registry.server.process.tls import server_context
from tests.support.backends import SECONDS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""The beginning of the first message of a client."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")


class Certificate(NamedTuple):
    """Files of a server, and the context of its clients."""

    cert: str
    key: str
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return Certificate(str(folder / "cert.pem"), str(folder / "key.pem"), context)


@pytest.fixture(params=["auto", "asyncio"])
def port(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[int]:
    """The port of a server that gives handshakes and readers half a second, on each kind of event loop."""
    limits = Limits(head_seconds=0.5, unread_seconds=0.5, connections_per_address=20)
    protocol = tls_protocol(bounded_protocol(limits), server_context(certificate.cert, certificate.key))
    app = create_app(":memory:")
    config = uvicorn.Config(app, http=protocol, loop=request.param, lifespan="on", log_level=None)  # type: ignore[arg-type, unused-ignore]
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def status(port: int, certificate: Certificate) -> int:
    """Return the status of a request of another client."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=certificate.context, timeout=SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", "/livez")
        return connection.getresponse().status


@pytest.mark.parametrize("sent", [b"", HELLO, b"GET / HTTP/1.1\r\n"], ids=["nothing", "half", "http"])
def test_13_02_handshakes_without_end_are_closed(port: int, certificate: Certificate, sent: bytes) -> None:
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))
            for _ in range(60)
        ]
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
        assert status(port, certificate) == 200
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):  # an alert may come first
                    pass
    for _ in range(30):  # more than an address may have at once
        assert status(port, certificate) == 200


@pytest.mark.parametrize("count", [900, pytest.param(5000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("sent", [b"", HELLO], ids=["nothing", "half"])
def test_13_02_unfinished_handshakes_shut_nobody_out(
    certificate: Certificate, count: int, sent: bytes
) -> None:
    resource = pytest.importorskip("resource")
    possible = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100
    server = Server(":memory:", "--tls-cert", certificate.cert, "--tls-key", certificate.key)
    port = urlsplit(server.url).port or 0
    with contextlib.ExitStack() as stack:
        for _ in range(min(count, possible)):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
        assert status(port, certificate) == 200
        server.process.terminate()
        _, errors = server.process.communicate(timeout=15)
    assert "too many connections from 127.0.0.1: idle ones are closed" in errors
    assert "Traceback" not in errors
    assert server.process.returncode == 0


BIG = b'{"name": "big", "description": "' + b"x" * 8_000_000 + b'"}'
POST = b"POST /api/model_registry/v1/registered_models HTTP/1.1\r\nHost: localhost\r\n"
POST += b"Content-Type: application/json\r\n"


@contextlib.contextmanager
def connected(port: int, certificate: Certificate) -> Iterator[ssl.SSLSocket]:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection,
        certificate.context.wrap_socket(connection, server_hostname="127.0.0.1") as secure,
    ):
        yield secure


def rest(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return received


def test_13_02_large_responses_are_whole(port: int, certificate: Certificate) -> None:
    with connected(port, certificate) as connection:
        connection.sendall(POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(BIG) + BIG)
        received = rest(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 ")
    assert json.loads(body)["description"] == "x" * 8_000_000


def test_13_02_responses_that_nobody_reads_are_dropped(
    port: int, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(port, certificate) as connection:
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(BIG) + BIG)
        time.sleep(2.5)  # a sweep each second
        received = rest(connection)
    assert received.startswith(b"HTTP/1.1 201 ")
    assert len(received) < len(BIG)
    assert not [record for record in caplog.records if record.name == "asyncio"]


def test_13_02_the_end_does_not_wait_for_idle_clients(certificate: Certificate) -> None:
    server = Server(":memory:", "--tls-cert", certificate.cert, "--tls-key", certificate.key)
    with connected(urlsplit(server.url).port or 0, certificate) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 5
