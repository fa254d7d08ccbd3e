"""Attacks on how a server knows its callers."""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry.cli.values import networks
from model_registry.server.errors import ApiError
from model_registry.server.identity.administration import create_token, list_tokens
from model_registry.server.identity.peers import PEER
from model_registry.server.identity.proxy_header import HeaderCallers, TrustedHeader
from model_registry.server.identity.roles import Role
from model_registry.server.identity.token_text import new_token
from model_registry.server.process.logs import TextFormatter
from tests.support.backends import API, Server

from .conftest import Guarded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOAMI = "/api/identity/whoami"
MODELS = f"{API}/registered_models"


def raw(guarded: Guarded, head: str) -> bytes:
    """Send bytes, and return the status line and the body of the response."""
    place = urlsplit(guarded.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head.encode("latin-1"))
        response = http.client.HTTPResponse(connection)
        response.begin()
        with contextlib.closing(response):
            return b"HTTP/1.1 %d %b" % (response.status, response.read())


def test_no_response_tells_a_wrong_token_from_an_unknown_one(guarded: Guarded) -> None:
    right = guarded.tokens["reader"]
    other = new_token()
    wrong_secret = f"{right[:14]}{other[14:]}"
    valid_sum = _with_id(right)
    responses = {
        (one.status, one.data, one.headers["www-authenticate"])
        for one in (
            guarded.send("GET", WHOAMI, token=token)
            for token in (other, wrong_secret, valid_sum, "abc", right[:-1], right + "x", right.upper())
        )
    }
    assert len(responses) == 1
    ((status, _, challenge),) = responses
    assert (status, challenge) == (401, 'Bearer realm="model-registry", error="invalid_token"')


def _with_id(token: str) -> str:
    """A token with the id of another one, a wrong secret and a right checksum."""
    from model_registry.server.identity import token_text

    body = token[:14] + new_token()[14:54]
    return body + token_text._checksum(body.encode())


@pytest.mark.parametrize(
    "value",
    [
        *("{0}, Bearer {0}", "Basic {0}", "bearer{0}", "{0}", "Bearer", "Bearer {0} x", "Bearer\t{0}"),
        *("Bearer\xa0{0}", "Bearer {0},", "Bearer '{0}'", "Bearer {0}\x00", "Bearer Bearer {0}", "Token {0}"),
    ],
)
def test_malformed_authorization_is_refused(guarded: Guarded, value: str) -> None:
    header = value.format(guarded.tokens["writer"])
    head = f"GET {WHOAMI} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {header}\r\nConnection: close\r\n\r\n"
    assert raw(guarded, head).split()[1] in {b"400", b"401"}


def test_the_scheme_may_have_any_case(guarded: Guarded) -> None:
    for scheme in ("bearer", "BEARER", "bEaReR"):
        header = ("Authorization", f"{scheme} {guarded.tokens['reader']}")
        assert guarded.send("GET", WHOAMI, headers=[header]).json["role"] == "reader"


def test_a_repeated_authorization_is_refused(guarded: Guarded) -> None:
    header = ("Authorization", f"Bearer {guarded.tokens['reader']}")
    response = guarded.send("GET", WHOAMI, role="writer", headers=[header])
    assert (response.status, "several Authorization headers" in response.message) == (401, True)


@pytest.mark.parametrize("name", ["token", "access_token", "authorization", "Authorization"])
def test_a_token_in_the_query_is_no_token(guarded: Guarded, name: str) -> None:
    assert guarded.send("GET", f"{MODELS}?{name}={guarded.tokens['admin']}").status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/readyz/../api/model_registry/v1/registered_models",
        "/livez/../api/model_registry/v1/registered_models",
        "/%2e%2e/api/model_registry/v1/registered_models",
        "//api/model_registry/v1/registered_models",
        "/api/model_registry/v1/registered_models/%2e%2e/registered_models",
        "/api/model_registry/v1/registered_models/",
        "/api/model_registry/v1/registered_models;/livez",
        "/api/model_registry/v1/registered_models?x=/livez",
        "/api/model_registry/v1/registered_models#/livez",
        "/api/model_registry/v1/registered_models%2flivez",
        "/api/model_registry/v1//registered_models",
        "/api/model_registry/v1/%72egistered_models",
        "/api/model_registry/v1\\registered_models",
        "/api/model_registry/v1/./registered_models",
        "http://localhost/api/model_registry/v1/registered_models/",
    ],
)
def test_no_spelling_of_a_path_goes_around_the_check(guarded: Guarded, path: str) -> None:
    got = raw(guarded, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert got.split()[1] in {b"400", b"401", b"404"} or got.endswith(b"OK")  # the liveness probe
    token = guarded.tokens["reader"]
    posted = raw(
        guarded,
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: 15\r\n\r\n" + '{"name":"evil"}',
    ).split()[1]
    assert posted in {b"400", b"403", b"404", b"405"}
    assert guarded.send("GET", f"{API}/registered_model?name=evil", role="reader").status == 404


def test_a_smuggled_request_has_no_caller(guarded: Guarded) -> None:
    token = guarded.tokens["admin"]
    inner = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n" + '{"name":"evil"}'
    raw(
        guarded,
        f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(inner)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    )
    assert guarded.send("GET", f"{API}/registered_model?name=evil", role="reader").status == 404


def test_17_a_trailer_names_no_caller(guarded: Guarded) -> None:
    """A proxy that removes a header of its clients need not remove a trailer of that name."""
    chunked = (
        f"GET {WHOAMI} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    )
    trailer = f"Authorization: Bearer {guarded.tokens['admin']}\r\n"
    assert raw(guarded, f"{chunked}\r\n0\r\n{trailer}\r\n").split()[1] == b"401"
    reader = f"Authorization: Bearer {guarded.tokens['reader']}\r\n"
    assert b"the-reader" in raw(guarded, f"{chunked}{reader}\r\n0\r\n{trailer}\r\n")
    with trusting("127.0.0.1") as served:
        trailer = "kubeflow-userid: ann@example.org\r\n"
        assert raw(served, f"{chunked}\r\n0\r\n{trailer}\r\n").split()[1] == b"401"
        assert raw(served, f"{chunked}kubeflow-userid: bob\r\n\r\n0\r\n{trailer}\r\n").count(b"bob") == 1


def test_a_web_socket_is_not_opened(guarded: Guarded) -> None:
    head = (
        f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    assert raw(guarded, f"{head}\r\n").split()[1] in {b"400", b"401"}
    token = f"Authorization: Bearer {guarded.tokens['reader']}\r\n"
    assert raw(guarded, f"{head}{token}\r\n").split()[1] in {b"200", b"400"}  # a plain response


@pytest.mark.parametrize("method", ["PUT", "DELETE", "post", "PROPFIND", "OPTIONS"])
def test_other_methods_write_nothing(guarded: Guarded, method: str) -> None:
    response = guarded.send(method, MODELS, {"name": "evil"}, role="reader")
    assert response.status in {400, 405}


def test_method_override_headers_are_ignored(guarded: Guarded) -> None:
    override = [("X-HTTP-Method-Override", "POST"), ("X-Original-URL", MODELS)]
    assert guarded.send("GET", MODELS, role="reader", headers=override).status == 200


def test_a_role_cannot_be_raised_over_the_api(guarded: Guarded) -> None:
    paths = ("tokens", "tokens/the-writer", "tokens/", "tokens/%2e%2e/tokens", "whoami", "audit")
    for path in (*(f"/api/identity/{one}" for one in paths), "/token", f"{API}/tokens"):
        for method in ("POST", "PATCH", "PUT", "DELETE"):
            new = {"name": "the-writer", "role": "admin"}
            response = guarded.send(method, path, new, role="writer")
            assert response.status in {400, 403, 404, 405}, (method, path)
    for path in (
        "/api//identity/tokens",
        "/api/identity//tokens",
        "/api/identity/%74okens",
        "/API/identity/tokens",
    ):
        assert guarded.send("GET", path, role="writer").status == 404
    assert {one.name for one in list_tokens(guarded.db)} == {"the-reader", "the-writer", "the-admin"}
    assert guarded.send("GET", WHOAMI, role="writer").json["role"] == "writer"


@contextlib.contextmanager
def trusting(proxies: str, *arguments: str) -> Iterator[Guarded]:
    """A server that trusts a header of some addresses."""
    server = Server(
        ":memory:",
        *("--trusted-header", "kubeflow-userid", "--trusted-proxies", proxies),
        *("--grant", "ann@example.org=writer,*=reader", *arguments),
    )
    yield Guarded(server.url, ":memory:", {})
    assert server.stop() == 0


def test_a_header_of_a_proxy_names_the_caller() -> None:
    ann = ("Kubeflow-Userid", "ann@example.org")
    with trusting("127.0.0.1", "--forwarded-allow-ips", "127.0.0.1") as served:
        found = served.send("GET", WHOAMI, headers=[ann, ("X-Forwarded-For", "203.0.113.7")])
        assert found.json == {"name": "ann@example.org", "role": "writer", "way": "header"}
        assert served.send("GET", WHOAMI, headers=[("kubeflow-userid", "bob")]).json["role"] == "reader"
        for bad in ([ann, ann], [("kubeflow-userid", "")], [("kubeflow-userid", "a b")]):
            assert served.send("GET", WHOAMI, headers=bad).status == 401
        assert served.send("GET", WHOAMI, headers=[("kubeflow_userid", "ann@example.org")]).status == 401
        assert served.send("GET", WHOAMI).status == 401


@pytest.mark.parametrize(
    ("peer", "is_known"),
    [
        *(("10.0.3.7", True), ("::ffff:10.0.3.7", True), ("10.0.4.7", False), ("::ffff:10.0.4.7", False)),
        *(("::1", False), ("", False), ("10.0.3.7.evil.example.org", False)),
    ],
)
async def test_the_address_of_the_connection_decides(peer: str, is_known: bool) -> None:
    callers = HeaderCallers(TrustedHeader("kubeflow-userid", networks("10.0.3.0/24")), {"*": "reader"})
    headers = [(b"kubeflow-userid", b"ann"), (b"x-forwarded-for", b"10.0.3.7")]
    found = await callers.caller({"headers": headers, "client": (peer, 1)}, None)
    assert (found is not None) is is_known
    for spoofed in ({"client": ("10.0.3.7", 1), PEER: (peer, 1)}, {"client": None}):
        found = await callers.caller({"headers": headers, **spoofed}, None)
        assert (found is not None) is (is_known and PEER in spoofed)


async def test_a_group_in_a_header_is_a_name_without_a_role() -> None:
    header = TrustedHeader("kubeflow-userid", networks("10.0.3.0/24"))
    callers = HeaderCallers(header, {"group:ml": "admin"})
    with pytest.raises(ApiError, match="has no role"):
        await callers.caller(
            {"headers": [(b"kubeflow-userid", b"group:ml")], "client": ("10.0.3.7", 1)}, None
        )


def test_a_header_of_others_is_ignored() -> None:
    ann = ("kubeflow-userid", "ann@example.org")
    with trusting("10.0.0.0/8", "--forwarded-allow-ips", "*") as served:
        for forwarded in ("10.0.0.1", "10.0.0.1, 10.0.0.2"):
            headers = [ann, ("X-Forwarded-For", forwarded), ("Forwarded", "for=10.0.0.1")]
            assert served.send("GET", WHOAMI, headers=headers).status == 401


def test_a_token_of_another_registry_is_unknown(guarded: Guarded, tmp_path: Path) -> None:
    other = create_token(str(tmp_path / "other.db"), "the-admin", Role.ADMIN)
    assert guarded.send("GET", WHOAMI, token=other).status == 401


def test_17_a_message_is_one_line_of_the_log() -> None:
    """Messages quote paths of requests and errors of issuers."""
    path = "/1\n2027-01-01T00:00:00.000Z INFO 10.0.0.9 the-admin\r\x1b[2K\u2028\udc80\xe9"
    record = logging.makeLogRecord({"msg": "GET %s failed", "args": (path,), "levelname": "ERROR"})
    line = TextFormatter().format(record)
    escaped = r"/1\n2027-01-01T00:00:00.000Z INFO 10.0.0.9 the-admin\r\x1b[2K\u2028\udc80"
    assert line.endswith(f"Z ERROR GET {escaped}\xe9 failed")
