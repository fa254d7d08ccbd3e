"""What is told of a registry that does not answer, above all whether it can have received the request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from model_registry.connection import Connection
from model_registry.exceptions import RegistryConnectionError, RegistryTimeoutError
from model_registry.transport.backend import Request
from model_registry.transport.http_backend import HTTPBackend
from tests.support.servers import CannedServer, LoopbackServer, Reply, unused_port

if TYPE_CHECKING:
    from collections.abc import Iterator


class Silent(LoopbackServer):
    """Takes connections and never says a word."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        await asyncio.Event().wait()


@pytest.fixture
def silent() -> Iterator[Silent]:
    with Silent() as server:
        yield server


async def failure_of(
    address: str, total_timeout: float = 60, **options: float
) -> RegistryConnectionError | RegistryTimeoutError:
    backend = HTTPBackend(Connection(address, **options))
    request = Request("GET", "/api/model_registry/v1/registered_models", {}, None, total_timeout)
    with pytest.raises((RegistryConnectionError, RegistryTimeoutError)) as caught:
        await backend.send(request)
    await backend.close()
    return caught.value


async def test_an_unknown_host():
    error = await failure_of("http://registry.invalid")
    assert not error.sent
    assert "there is no host registry.invalid" in str(error)


async def test_a_refused_connection():
    error = await failure_of(f"http://127.0.0.1:{unused_port()}")
    assert not error.sent
    assert "Connection refused. Is the registry running" in str(error)


async def test_a_handshake_without_end(silent: Silent):
    error = await failure_of(silent.url.replace("http:", "https:"), connect_timeout=0.1)
    assert isinstance(error, RegistryTimeoutError)
    assert not error.sent
    assert "connect_timeout=" in str(error)


@pytest.mark.parametrize("limit", ["read_timeout", "total_timeout"])
async def test_an_answer_that_does_not_come(silent: Silent, limit: str):
    error = await failure_of(silent.url, **{limit: 0.1})
    assert isinstance(error, RegistryTimeoutError)
    assert error.sent
    assert limit in str(error)


async def test_a_connection_that_breaks(canned: CannedServer):
    canned.reply = Reply(raw=b"")
    error = await failure_of(canned.url)
    assert error.sent
    assert "the connection broke" in str(error)


async def test_an_answer_that_is_cut_short(canned: CannedServer):
    canned.reply = Reply({"items": []}, cut_after=3)
    error = await failure_of(canned.url)
    assert error.sent
    assert "before the answer was complete" in str(error)
