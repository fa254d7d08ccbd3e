"""Two servers on one database in PostgreSQL, behind one address, which are replaced one by one under load."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry import ModelRegistry
from model_registry.server.audit.administration import read_trail
from model_registry.server.audit.entries import AuditFilter
from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import Role
from tests.support.backends import API, SECONDS, Server
from tests.support.servers import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

OPTIONS = ("--named-tokens", "--audit", "--metrics", "--shutdown-delay", "2")
READY_SECONDS = 0.2


class Balancer(LoopbackServer):
    """Passes connections to servers that are ready, one after the other, as a Kubernetes service does."""

    def __init__(self) -> None:
        super().__init__()
        self._ready: list[str] = []
        self._turn = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, server: Server) -> None:
        """Begin to probe a server, and wait until it is ready."""
        ready = threading.Event()
        thread = threading.Thread(target=self._probe, args=(server, ready), daemon=True)
        thread.start()
        assert ready.wait(SECONDS)

    def _probe(self, server: Server, ready: threading.Event) -> None:
        netloc = urlsplit(server.url).netloc
        while server.process.poll() is None:
            try:
                with contextlib.closing(http.client.HTTPConnection(netloc, timeout=SECONDS)) as connection:
                    connection.request("GET", "/readyz/health")
                    is_ready = connection.getresponse().status == 200
            except OSError:
                is_ready = False
            if is_ready and netloc not in self._ready:
                self._ready.append(netloc)
                ready.set()
            if not is_ready and netloc in self._ready:
                self._ready.remove(netloc)
            time.sleep(READY_SECONDS)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self._ready[next(self._turn) % len(self._ready)].rpartition(":")
        answers, onward = await asyncio.open_connection(host, int(port))
        back = asyncio.ensure_future(copy(answers, writer))
        self._tasks.add(back)
        try:
            await copy(reader, onward)
            await back
        finally:
            onward.close()
            self._tasks.discard(back)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


class Load:
    """Writes and reads at an address, from several threads, until it is stopped.

    Attributes:
        acknowledged: Names of the models whose creation was acknowledged.
        errors: What failed.
    """

    def __init__(self, url: str, token: str) -> None:
        self.acknowledged: list[str] = []
        self.errors: list[object] = []
        self._netloc = urlsplit(url).netloc
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._registry = ModelRegistry(url, user_token=token, author="ci", is_secure=False)
        self._stopped = threading.Event()
        steps = [self._send, self._send, self._send, self._register, self._register]
        self._threads = [
            threading.Thread(target=self._repeat, args=(step, f"w{number}"))
            for number, step in enumerate(steps)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._registry.close()

    def _repeat(self, step: Callable[[str], None], prefix: str) -> None:
        for number in itertools.count():
            if self._stopped.is_set():
                return
            try:
                step(f"{prefix}-{number}")
            except Exception as error:  # noqa: BLE001  # all of them are reported
                self.errors.append(error)

    def _register(self, name: str) -> None:
        """Write with the client, which keeps its connections, and repeats what was interrupted."""
        self._registry.register(name, "1", uri="s3://models/x")
        self.acknowledged.append(name)

    def _send(self, name: str) -> None:
        """Write and read, each on a connection of its own, without a second attempt."""
        assert self._status("POST", "registered_models", json.dumps({"name": name})) == 201
        self.acknowledged.append(name)
        assert self._status("GET", f"registered_model?name={name}", None) == 200

    def _status(self, method: str, path: str, body: str | None) -> int:
        with contextlib.closing(http.client.HTTPConnection(self._netloc, timeout=SECONDS)) as connection:
            connection.request(method, f"{API}/{path}", body, self._headers)
            return connection.getresponse().status


@pytest.mark.slow
def test_17_a_rolling_restart_loses_no_write_and_shows_no_error(postgresql_db: str) -> None:
    token = create_token(postgresql_db, "ci", Role.WRITER)
    servers = [Server(postgresql_db, *OPTIONS) for _ in range(2)]
    with Balancer() as balancer:
        for server in servers:
            balancer.add(server)
        with Load(balancer.url, token) as load:
            for replica in (0, 1, 0, 1):
                before, old = len(load.acknowledged), servers[replica]
                servers[replica] = Server(postgresql_db, *OPTIONS)
                balancer.add(servers[replica])
                assert old.stop() == 0
                assert len(load.acknowledged) > before
        for server in servers:
            assert server.stop() == 0
    assert load.errors == []
    with ModelRegistry.local(postgresql_db) as registry:
        stored = [model.name for model in registry.list_models().page_size(1000)]
    assert sorted(stored) == sorted(load.acknowledged)
    created = read_trail(postgresql_db, AuditFilter(operation="createRegisteredModel"))
    assert sorted(str(entry.name) for entry in created) == sorted(load.acknowledged)
