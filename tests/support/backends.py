"""A registry that runs for a test, and the two ways to reach it: over HTTP, and in process."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import subprocess
import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

from model_registry.server.inprocess import InProcessRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

API = "/api/model_registry/v1"
SECONDS = 30


class Response(NamedTuple):
    """What a request got."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def message(self) -> str:
        """What an error says."""
        text: str = self.json["message"]
        return text


def _with_type(body: bytes | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    """Bodies are JSON where the test names no other type."""
    return {**({} if body is None else {"Content-Type": "application/json"}), **(headers or {})}


class SyncBackend(Protocol):
    """Sends requests to a registry and waits for the responses."""

    def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response: ...


class SyncHTTPBackend:
    """Over a connection that is kept."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)

    def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        self._connection.request(method, target, body, _with_type(body, headers))
        response = self._connection.getresponse()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, answered, response.read())

    def close(self) -> None:
        self._connection.close()


class SyncInProcessBackend:
    """Without a socket."""

    def __init__(self, db: str) -> None:
        self._registry = InProcessRegistry(db)
        self._loop = asyncio.new_event_loop()

    def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        request = self._registry.request(method, target, headers or {}, body)
        return Response(*self._loop.run_until_complete(request))

    def close(self) -> None:
        self._registry.close()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


class Server:
    """`model-registry serve` in a process of its own.

    Args:
        db: Address of its database.
        arguments: Further arguments of the command.
    """

    def __init__(self, db: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "model_registry.cli", "serve", "--db", db, "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )
        weakref.finalize(self, _end, self.process)  # when a test fails before it stops the server
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.process.communicate()[1]

    def stop(self) -> int:
        """End it as a service manager would, and return its exit status."""
        self.process.terminate()
        try:
            self.process.communicate(timeout=SECONDS)
        finally:
            self.process.kill()
        # Windows cannot ask a process to stop: there it is killed, and its status means nothing.
        return 0 if sys.platform == "win32" else self.process.returncode


def _end(process: subprocess.Popen[str]) -> None:
    with process:  # closes its pipes
        process.kill()


@contextlib.contextmanager
def open_backend(way: str, db: str) -> Iterator[SyncBackend]:
    """A registry in the database `db`, reached by `http` or `inprocess`."""
    if way == "inprocess":
        with contextlib.closing(SyncInProcessBackend(db)) as backend:
            yield backend
        return
    server = Server(db)
    try:
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            yield backend
    finally:
        assert server.stop() == 0


class Client:
    """Requests below the API's prefix, as JSON."""

    def __init__(self, backend: SyncBackend, prefix: str = API) -> None:
        self.backend = backend
        self.prefix = prefix

    def get(self, path: str, **query: str | Sequence[str]) -> Response:
        target = self.prefix + path + ("?" + urlencode(query, doseq=True) if query else "")
        return self.backend.send("GET", target)

    def post(self, path: str, body: Any) -> Response:
        return self.backend.send("POST", self.prefix + path, json.dumps(body).encode())

    def patch(self, path: str, body: Any) -> Response:
        return self.backend.send("PATCH", self.prefix + path, json.dumps(body).encode())

    def make(self, path: str, **body: Any) -> dict[str, Any]:
        """Create something that must succeed."""
        answer = self.post(path, body)
        assert answer.status in (200, 201), answer
        made: dict[str, Any] = answer.json
        return made
