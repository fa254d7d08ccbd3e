"""Servers that require named tokens, and requests with a token."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import ROLES
from tests.cli.conftest import bare
from tests.support.backends import API, SECONDS, Response, Server
from tests.support.registries import any_db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Headers = Sequence[tuple[str, str]]

__all__ = ["any_db", "bare"]


class Guarded(NamedTuple):
    """A server that requires tokens, and one token for each role."""

    url: str
    db: str
    tokens: dict[str, str]

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: str | None = None,
        token: str | None = None,
        headers: Headers = (),
    ) -> Response:
        """Send one request on a new connection, with any headers, also repeated ones."""
        token = self.tokens[role] if role else token
        given = [*headers, *([("Authorization", f"Bearer {token}")] if token is not None else [])]
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.putrequest(method, path if path.startswith("/") else f"{API}/{path}")
            data = b"" if body is None else json.dumps(body).encode()
            for name, value in given:
                connection.putheader(name, value)
            if data:
                connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, received, response.read())

    def make(self, path: str, role: str = "writer", **body: Any) -> dict[str, Any]:
        """Create a resource."""
        response = self.send("POST", path, body, role=role)
        assert response.status == 201, response
        made: dict[str, Any] = response.json
        return made


def start(db: str, *arguments: str) -> tuple[Server, Guarded]:
    """Create a token for each role, and start a server that requires them."""
    tokens = {word: create_token(db, f"the-{word}", role) for word, role in ROLES.items()}
    server = Server(db, "--named-tokens", *arguments)
    return server, Guarded(server.url, db, tokens)


@pytest.fixture
def guard(any_db: str) -> Iterator[Callable[..., Guarded]]:
    """Start servers with further options."""
    servers: list[Server] = []

    def begin(*arguments: str) -> Guarded:
        server, guarded = start(any_db, *arguments)
        servers.append(server)
        return guarded

    yield begin
    for server in servers:
        assert server.stop() == 0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A server on SQLite that tests of a module share."""
    server, guarded = start(f"sqlite:///{tmp_path_factory.mktemp('guarded') / 'registry.db'}", "--metrics")
    yield guarded
    assert server.stop() == 0
