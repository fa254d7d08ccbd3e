"""Web pages of other origins, and names that are not the registry's, reach nothing."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry.server import create_app
from model_registry.server.http.asgi import call_application
from tests.support.backends import API, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = f"{API}/registered_models"
PLANTED = b'{"name": "planted", "customProperties": {}}'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(":memory:")
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def named() -> Iterator[Server]:
    """A registry with names, and with a page that may use it."""
    server = Server(
        ":memory:",
        *("--host", "localhost"),
        *("--allowed-hosts", "registry.example.org,.internal.test"),
        *("--cors-allowed-origins", "https://dashboard.example.org"),
    )
    yield server
    assert server.stop() == 0


@pytest.fixture
def backend(server: Server) -> Iterator[SyncHTTPBackend]:
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        yield backend


def count(backend: SyncHTTPBackend) -> int:
    size: int = backend.send("GET", MODELS).json["size"]
    return size


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/plain; application/json",
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", MODELS), ("PATCH", f"{MODELS}/1")])
def test_42_a_body_that_a_page_can_send_without_asking_is_refused(
    backend: SyncHTTPBackend, content_type: str, method: str, path: str
) -> None:
    answer = backend.send(method, path, PLANTED, {"Content-Type": content_type})
    assert answer.status == 415
    assert "application/json" in answer.message
    assert count(backend) == 0


def test_a_body_without_a_type_is_refused(server: Server) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        head = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(PLANTED)}"
        connection.sendall(f"{head}\r\n\r\n".encode() + PLANTED)
        assert b" 415 " in connection.makefile("rb").readline()


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=utf-8"])
def test_json_is_accepted(backend: SyncHTTPBackend, content_type: str) -> None:
    answer = backend.send("POST", MODELS, b'{"name": 5}', {"Content-Type": content_type})
    assert answer.status == 400


@pytest.mark.parametrize(
    "host",
    [
        "rebind.evil.example",
        "rebind.evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.localhost",
        "",
        ":8080",
        "127.0.0.1,evil.example",
    ],
)
def test_a_foreign_host_gets_nothing(backend: SyncHTTPBackend, host: str) -> None:
    for method, path, body in [
        ("GET", MODELS, None),
        ("POST", MODELS, PLANTED),
        ("GET", "/openapi.json", None),
    ]:
        answer = backend.send(method, path, body, {"Host": host})
        assert answer.status == 421
        assert "--allowed-hosts" in answer.message


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:1",
        "localhost.",
        "127.0.0.1",
        "10.1.2.3:8080",
        "[::1]:8080",
        socket.gethostname(),
    ],
)
def test_own_names_and_addresses_are_served(backend: SyncHTTPBackend, host: str) -> None:
    assert backend.send("GET", MODELS, headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("registry.example.org", 200),
        ("REGISTRY.example.org:443", 200),
        ("a.b.internal.test", 200),
        ("internal.test", 421),
        ("notinternal.test", 421),
        ("x.registry.example.org", 421),
    ],
)
def test_names_can_be_added(named: Server, host: str, status: int) -> None:
    with contextlib.closing(SyncHTTPBackend(named.url)) as backend:
        assert backend.send("GET", MODELS, headers={"Host": host}).status == status


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost",
        "http://localhost:1",
        "http://localhost:8080@evil.example",
        "file://",
        "",
        "https://dashboard.example.org",
    ],
)
def test_pages_of_foreign_origins_are_refused(backend: SyncHTTPBackend, origin: str) -> None:
    for method, body in [("GET", None), ("POST", PLANTED), ("OPTIONS", None)]:
        answer = backend.send(method, MODELS, body, {"Host": "localhost:8080", "Origin": origin})
        assert answer.status == 403
        assert "--cors-allowed-origins" in answer.message
    assert count(backend) == 0


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8080", "localhost:8080"),
        ("http://localhost", "localhost:80"),
        ("https://registry.example.org", "registry.example.org"),
        ("https://registry.example.org", "Registry.example.org:443"),
        ("https://dashboard.example.org", "localhost:8080"),
    ],
)
def test_own_pages_and_allowed_ones_are_served(named: Server, origin: str, host: str) -> None:
    with contextlib.closing(SyncHTTPBackend(named.url)) as backend:
        assert backend.send("GET", MODELS, headers={"Host": host, "Origin": origin}).status == 200


def raw(server: Server, text: str) -> bytes:
    """Return the status line and the rest of the response to a request that is sent as it is."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(text.encode("latin-1"))
        return b"".join(iter(lambda: connection.recv(65536), b""))


MALFORMED = [
    "127.0.0.1@evil.example",
    "ann:secret@localhost",
    "@localhost",
    "[::1",
    "::1",
    "[localhost]",
    "[127.0.0.1]",
    "[::1]evil.example",
    "127.0.0.1:80:80",
    "localhost:65536",
    "localhost:123456",
    "localhost:-1",
    "localhost:http",
    "local host",
    "localhost evil.example",
    "http://localhost",
    "localhost/",
    "localhost?x",
    "localhost#x",
    "localhost\\evil",
    "localh\xf6st",
    "a" * 5000,
]


@pytest.mark.parametrize("host", MALFORMED)
def test_13_03_a_malformed_host_is_refused(server: Server, host: str) -> None:
    response = raw(server, f"GET {MODELS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("host", MALFORMED)
async def test_13_03_a_malformed_host_is_refused_where_every_name_is_served(host: str) -> None:
    status, _, _ = await call_application(create_app(":memory:"), "GET", MODELS, {"Host": host}, None)
    assert status == 400


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (f"GET {MODELS} HTTP/1.1", 400),
        (f"GET {MODELS} HTTP/1.0", 200),
        (f"GET {MODELS} HTTP/1.0\r\nHost: evil.example", 421),
        (f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", 400),
        (f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nHost: localhost", 400),
        (f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nhost: localhost", 400),
        (f"GET {MODELS} HTTP/1.1\r\nHost: localhost:", 200),
        (f"GET http://localhost{MODELS} HTTP/1.1\r\nHost: localhost", 200),
        (f"GET http://LOCALHOST:80{MODELS} HTTP/1.1\r\nHost: localhost:80", 200),
        (f"GET http://evil.example{MODELS} HTTP/1.1\r\nHost: localhost", 400),
        (f"GET http://localhost{MODELS} HTTP/1.1\r\nHost: evil.example", 400),
        (f"GET http://evil.example{MODELS} HTTP/1.1\r\nHost: evil.example", 421),
        (f"GET http://ann@localhost{MODELS} HTTP/1.1\r\nHost: localhost", 400),
        (f"GET http://localhost@evil.example{MODELS} HTTP/1.1\r\nHost: localhost", 400),
        (f"GET http://localhost{MODELS} HTTP/1.1", 400),
        ("GET http://localhost?x HTTP/1.1\r\nHost: evil.example", 400),
        ("CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost", 400),
        (f"GET //evil.example{MODELS} HTTP/1.1\r\nHost: localhost", 404),
    ],
)
def test_13_03_the_host_of_a_request_is_certain(server: Server, start: str, status: int) -> None:
    response = raw(server, f"{start}\r\nConnection: close\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 %d " % status), response


def test_13_03_a_later_request_without_a_host_is_refused(server: Server) -> None:
    first = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        lines = connection.makefile("rb")
        connection.sendall(first.encode())
        while lines.readline() != b"\r\n":
            pass
        assert lines.read(2) == b"OK"
        connection.sendall(f"GET {MODELS} HTTP/1.1\r\n\r\n".encode())
        assert lines.read().startswith(b"HTTP/1.1 400 ")
