"""Writes whose callers are revoked, or expire, while the server waits for the body."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry.server.identity.administration import create_token, revoke_token
from model_registry.server.identity.caller import FRESH_SECONDS
from model_registry.server.identity.roles import Role
from tests.support.backends import API, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Guarded

MODELS = f"{API}/registered_models"
MODEL = {"name": "m"}


class WaitingWrite:
    """A request that the server has accepted, and whose body is not sent yet."""

    def __init__(self, url: str, token: str, path: str, body: object) -> None:
        self._body = json.dumps(body).encode()
        place = urlsplit(url)
        self._connection = socket.create_connection((place.hostname, place.port), timeout=20)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            "Expect: 100-continue\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self._body)}\r\n\r\n"
        )
        self._connection.sendall(head.encode())
        assert self._connection.recv(100).startswith(b"HTTP/1.1 100 ")

    def finish(self) -> tuple[int, str]:
        """Send the body, and return the status and the message of the response."""
        with self._connection:
            self._connection.sendall(self._body)
            with contextlib.closing(http.client.HTTPResponse(self._connection)) as response:
                response.begin()
                return response.status, json.loads(response.read()).get("message", "")


@pytest.fixture
def serving() -> Iterator[Callable[..., Server]]:
    """Start servers."""
    servers: list[Server] = []

    def start(db: str, *options: str) -> Server:
        servers.append(Server(db, *options))
        return servers[-1]

    yield start
    for server in servers:
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("path", "body"), [(MODELS, MODEL), ("/api/identity/tokens", {"name": "other", "role": "admin"})]
)
def test_17_a_token_that_is_revoked_before_the_body_arrives_writes_nothing(
    guard: Callable[..., Guarded], any_db: str, path: str, body: object
) -> None:
    guarded = guard("--audit")
    write = WaitingWrite(guarded.url, guarded.tokens["admin"], path, body)
    revoke_token(any_db, "the-admin")
    time.sleep(FRESH_SECONDS)  # until then, the token may still be used
    assert write.finish() == (401, "the token 'the-admin' was revoked")
    assert guarded.send("GET", "registered_models", role="reader").json["size"] == 0


def test_17_a_token_that_expires_before_the_body_arrives_writes_nothing(
    guard: Callable[..., Guarded], any_db: str
) -> None:
    guarded = guard()
    token = create_token(any_db, "short", Role.WRITER, lifetime=2.0)
    end = time.monotonic() + 2.0
    write = WaitingWrite(guarded.url, token, MODELS, MODEL)
    time.sleep(max(0.0, end - time.monotonic()))
    status, message = write.finish()
    assert (status, "the token 'short' expired" in message) == (401, True)


def test_17_a_token_that_leaves_the_file_before_the_body_arrives_writes_nothing(
    serving: Callable[..., Server], tmp_path: Path
) -> None:
    file = tmp_path / "tokens"
    file.write_text("first\nsecond\n")
    server = serving(":memory:", "--token-file", str(file))
    write = WaitingWrite(server.url, "second", MODELS, MODEL)
    file.write_text("first\n")
    time.sleep(FRESH_SECONDS)
    assert write.finish() == (401, "the token is not valid")


def test_17_a_token_of_an_issuer_that_expires_before_the_body_arrives_writes_nothing(
    serving: Callable[..., Server],
) -> None:
    pytest.importorskip("jwt", reason="the extra `oidc` is not installed")
    from .issuer import AUDIENCE, running_issuer

    with running_issuer() as issuer:
        server = serving(
            *(":memory:", "--oidc-issuer", issuer.url, "--oidc-audience", AUDIENCE, "--grant", "*=writer")
        )
        end = time.time() + 2.0
        write = WaitingWrite(server.url, issuer.token(exp=end - 30), MODELS, MODEL)  # the leeway
        time.sleep(max(0.0, end - time.time()))
        assert write.finish() == (401, "the token has expired")


def test_17_a_caller_who_stays_valid_may_take_time(guard: Callable[..., Guarded]) -> None:
    guarded = guard("--audit")
    write = WaitingWrite(guarded.url, guarded.tokens["writer"], MODELS, MODEL)
    time.sleep(FRESH_SECONDS)
    assert write.finish()[0] == 201
