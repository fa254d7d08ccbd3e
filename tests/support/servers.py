"""Servers for tests, on free loopback ports: one that answers as it is told, and a proxy that counts.

They run in threads with event loops of their own, so that tests may block, or use any number of loops.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

SECONDS = 30
"""How long a server may take to start or end."""


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire.

    Attributes:
        method: HTTP method.
        target: Path and query.
        headers: Header values by lower-case name.
        body: The body's bytes.
        raw: All of it.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


async def receive(reader: asyncio.StreamReader) -> Received | None:
    """Read one HTTP/1.1 request; `None` when the client sends no more."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body, head + body)


class LoopbackServer:
    """A TCP server in a thread.

    Args:
        tls: Certificate and key for TLS.
        host: Loopback address to listen on.

    Attributes:
        port: Its port, once it is entered.
        connections: How many connections were opened so far.
        open_connections: How many of them are open.
        requests: The requests that came, in order.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._tls = tls
        self._host = host
        self.port = 0
        self.connections = 0
        self.requests: list[Received] = []
        self._handlers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """Its address."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return len(self._handlers)

    def hang_up(self) -> None:
        """Close the connections that are open, in order: what was sent arrives."""
        self._do(self._close_connections())

    def wait_until_left(self) -> bool:
        """Wait until no connection is open; whether that came to pass."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._handlers, SECONDS)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    def _do(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(SECONDS)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._accept, self._host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close_connections(self) -> None:
        for writer in self._handlers.values():
            writer.close()

    async def _stop(self) -> None:
        # Closing the server at once would lose, open, a connection that is being accepted.
        for listening in self._server.sockets:
            self._loop.remove_reader(listening)
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:  # those that accept lead to others
            await asyncio.sleep(0)  # a task that never began would close nothing
            for writer in self._handlers.values():
                writer.transport.abort()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._server.close()
        await self._loop.shutdown_asyncgens()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._handlers[self._loop.create_task(self._serve(reader, writer))] = writer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self.handle(reader, writer)
        finally:
            writer.transport.abort()
            with self._changed:
                del self._handlers[asyncio.current_task()]  # type: ignore[arg-type]  # there is one
                self._changed.notify_all()


@dataclass
class Reply:
    """What a server answers.

    Attributes:
        json: Value of the body, unless `body` is given.
        status: HTTP status.
        headers: Further headers.
        body: Bytes of the body.
        cut_after: Send only so many bytes of the body, then reset the connection.
        raw: Bytes to send instead of all that.
    """

    json: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_after: int | None = None
    raw: bytes | None = None

    def encode(self) -> bytes:
        """Give the answer as it goes over the wire."""
        if self.raw is not None:
            return self.raw
        body = json.dumps(self.json).encode() if self.body is None else self.body
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body[: self.cut_after]


class CannedServer(LoopbackServer):
    """Answers HTTP requests as it is told, and remembers them.

    Attributes:
        reply: The answer to every request, or a function that answers each.
        headers: Further headers of all answers.
    """

    headers: Mapping[str, str] = {}
    reply: Reply | Callable[[Received], Reply] = Reply({})

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await receive(reader)) is not None:
            self.requests.append(request)
            reply = self.reply if isinstance(self.reply, Reply) else self.reply(request)
            writer.write(replace(reply, headers={**self.headers, **reply.headers}).encode())
            await writer.drain()
            if reply.raw is not None or reply.cut_after is not None:
                reset(writer)
                return


class Proxy(LoopbackServer):
    """Passes HTTP on to another server, remembers the requests, and counts the connections.

    Args:
        url: Address of the other server.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        host, _, port = url.removeprefix("http://").rpartition(":")
        self._behind = host, int(port)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, onward = await asyncio.open_connection(*self._behind)
        back = asyncio.create_task(_pass_on(answers, writer))
        try:
            while (request := await receive(reader)) is not None:
                self.requests.append(request)
                if (reply := self.answer(request)) is not None:
                    writer.write(reply.encode())
                    continue
                onward.write(request.raw)
                await onward.drain()
        finally:
            back.cancel()
            onward.transport.abort()

    def answer(self, request: Received) -> Reply | None:  # for those that answer some
        """Answer a request in the other server's place; `None` passes it on."""
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close without the usual goodbye: the peer's next read fails."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def unused_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
