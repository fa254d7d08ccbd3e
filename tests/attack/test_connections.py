"""Heads, bodies and connections without end, and clients that do not read, shut nobody out."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import select
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.backends import API, SECONDS, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = f"{API}/registered_models"
HOST = b"Host: localhost\r\n"

thorough = pytest.mark.slow
"""For the larger of two attacks. The smaller one passes the limits, too."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(":memory:")
    yield server
    assert server.stop() == 0


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=SECONDS) as connection:
        yield connection


def response_to(server: Server, *pieces: bytes) -> bytes:
    """Return what the server sends until it closes the connection."""
    with connected(server) as connection:
        received = b""
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(65536):
                received += data
        return received


def memory(server: Server) -> int:
    """Return the resident memory in MiB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    assert found
    return int(found[1]) // 1024


def possible_files() -> int:
    """Return how many connections this process can open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100


def probe(server: Server) -> float:
    """Return the seconds that a readiness check of another client takes."""
    started = time.monotonic()
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert backend.send("GET", "/readyz/health").status == 200
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("start", "more", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: ", b"x" * 65536, b" 431 "),
        (b"GET / HTTP/1.1\r\n" + HOST, b"X: y\r\n" * 10_000, b" 431 "),
        (b"GET /", b"x" * 65536, b" 414 "),
        (b"GET /?", b"x" * 65536, b" 414 "),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"x" * 65536, b""),
    ],
    ids=["field", "fields", "path", "query", "trailer"],
)
def test_an_endless_head_is_cut(server: Server, start: bytes, more: bytes, status: bytes) -> None:
    before = memory(server)
    answer = response_to(server, start, *[more] * 500)
    assert status in answer.partition(b"\r\n")[0]
    assert memory(server) < before + 30
    assert probe(server) < 1


def test_a_head_within_the_limits_is_served(server: Server) -> None:
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 800) for number in range(90))
    head = b"GET /readyz/health?a=" + b"x" * 8000 + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n"
    assert response_to(server, head + fields + b"\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("count", [900, pytest.param(5000, marks=thorough)])
def test_idle_connections_shut_nobody_out(server: Server, count: int) -> None:
    before = memory(server)
    with contextlib.ExitStack() as stack:
        for number in range(min(count, possible_files())):
            connection = stack.enter_context(connected(server))
            connection.sendall(b"GET / HTTP/1.1\r\nHo" if number % 2 else b"")
        assert probe(server) < 2
        assert len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) < 500
        assert memory(server) < before + 30
    assert probe(server) < 2


@pytest.mark.parametrize("count", [5, pytest.param(20, marks=thorough)])
def test_pipelined_requests_are_bounded(server: Server, count: int) -> None:
    before = memory(server)
    request = b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n"

    def flood() -> None:
        with connected(server) as connection, contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(request * 1000)

    threads = [threading.Thread(target=flood) for _ in range(count)]
    for thread in threads:
        thread.start()
    slowest = 0.0
    while any(thread.is_alive() for thread in threads):
        slowest = max(slowest, probe(server))
    assert slowest < 2
    assert memory(server) < before + 60


def test_a_few_pipelined_requests_are_served(server: Server) -> None:
    request = b"GET /readyz/isDirty HTTP/1.1\r\n" + HOST
    answer = response_to(server, (request + b"\r\n") * 9 + request + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 10


@pytest.mark.parametrize("count", [20, pytest.param(60, marks=thorough)])
def test_unfinished_bodies_are_bounded_in_all(server: Server, count: int) -> None:
    before = memory(server)
    body = b" " * (15 * 1024 * 1024)
    head = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(count)]
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                connection.sendall(f"{head}Content-Length: {len(body) + 1}\r\n\r\n".encode() + body)
        assert memory(server) < before + 300
        assert probe(server) < 2
        responding, _, _ = select.select(connections, [], [], 0)
        refused = [one.recv(65536) for one in responding]
        assert refused
        assert all(response.startswith(b"HTTP/1.1 503 ") for response in refused)
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        sent = json.dumps({"name": "m", "description": "x" * 1_000_000}).encode()
        assert backend.send("POST", MODELS, sent).status == 201


def begin_chunks(path: str) -> bytes:
    """Return the head of a request whose body comes in chunks."""
    return (
        f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n".encode()
        + (HOST + b"\r\n")
    )


@pytest.mark.parametrize("path", [MODELS, "/livez"], ids=["read", "ignored"])
def test_tiny_chunks_do_not_keep_others_waiting(server: Server, path: str) -> None:
    ended = threading.Event()

    def attack() -> None:
        while not ended.is_set():
            with connected(server) as connection, contextlib.suppress(ConnectionError):
                connection.sendall(begin_chunks(path))
                while not ended.is_set():
                    connection.sendall(b"1\r\n \r\n" * 10_000)

    attackers = [threading.Thread(target=attack) for _ in range(5)]
    for attacker in attackers:
        attacker.start()
    try:
        slowest = max(probe(server) for _ in range(10))
    finally:
        ended.set()
        for attacker in attackers:
            attacker.join()
    assert slowest < 2


def test_a_body_in_tiny_chunks_is_refused_and_one_in_small_chunks_is_served(server: Server) -> None:
    tiny = response_to(server, begin_chunks(MODELS) + b"1\r\n \r\n" * 2000)
    assert b" 400 " in tiny.splitlines()[0]
    spaces = (b"50\r\n" + b" " * 80 + b"\r\n") * 5000
    end = b"".join(b"1\r\n%c\r\n" % byte for byte in b'{"name":"m"}') + b"0\r\n\r\n"
    request = begin_chunks(MODELS).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    assert b" 201 " in response_to(server, request + spaces + end).splitlines()[0]


def test_a_body_that_goes_on_after_its_response_gets_no_second_one(server: Server) -> None:
    refused = begin_chunks(MODELS).replace(b"application/json", b"text/plain")
    with connected(server) as connection:
        connection.sendall(refused)
        received = connection.recv(65536)
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"1\r\n \r\n" * 2000)
            while data := connection.recv(65536):
                received += data
    assert received.count(b"HTTP/1.1 ") == 1
    assert b" 415 " in received.splitlines()[0]


@pytest.mark.parametrize("count", [40, pytest.param(150, marks=thorough)])
def test_responses_that_nobody_reads_are_bounded_in_all(server: Server, count: int) -> None:
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        for number in range(100):
            sent = json.dumps({"name": f"m{number}", "description": "x" * 150_000}).encode()
            assert backend.send("POST", MODELS, sent).status == 201
    before = memory(server)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connected(server))
            connection.sendall(f"GET {MODELS}?pageSize=100 HTTP/1.1\r\n".encode() + HOST + b"\r\n")
            assert probe(server) < 2
        # 128 MiB wait for clients; responses in the making and freed memory take the rest.
        assert memory(server) < before + 256
    assert probe(server) < 2


def test_requests_in_progress_are_bounded() -> None:
    server = Server(":memory:", "--forwarded-allow-ips", "127.0.0.1")
    head = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(512):
            connection = stack.enter_context(connected(server))
            connection.sendall(f"{head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n".encode())
            assert b" 100 " in connection.recv(100)
        refused = response_to(server, b"GET /livez HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert b" 503 " in refused.splitlines()[0]
        assert b"retry-after: 1" in refused.lower()
        connection.sendall(b'{"name":1')
        assert b" 400 " in connection.recv(100)
        assert probe(server) < 2
    assert server.stop() == 0


def test_the_end_does_not_wait_for_a_body_that_does_not_come() -> None:
    server = Server(":memory:")
    head = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with connected(server) as body, connected(server) as half:
        body.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        half.sendall(b"GET / HTT")
        probe(server)
        started = time.monotonic()
        server.process.terminate()
        _, errors = server.process.communicate(timeout=SECONDS)
        assert time.monotonic() - started < 10
        assert server.process.returncode == 0
        assert not re.search("ERROR|Traceback", errors)
        assert b" 408 " in body.makefile("rb").readline()


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
def test_a_request_for_another_protocol_is_served_as_usual_and_not_logged(protocol: str) -> None:
    server = Server(":memory:")
    head = f"GET /livez HTTP/1.1\r\nUpgrade: {protocol}\r\nConnection: Upgrade, close\r\n".encode()
    assert response_to(server, head + HOST + b"\r\n").startswith(b"HTTP/1.1 200 ")
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert "WARNING" not in errors
