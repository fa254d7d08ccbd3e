"""A proxy that breaks what passes through it, between a client and a real registry."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from tests.support.servers import LoopbackServer, Received, Reply, receive, reset

if TYPE_CHECKING:
    from collections.abc import Callable


class Fault(Enum):
    """What can happen to one request."""

    NONE = "passed on"
    RESET_AT_ONCE = "reset before the request was read"
    RESET_BEFORE = "reset before the registry got the request"
    RESET_AFTER = "reset after the registry acted"
    TRUNCATED = "half of the answer, then reset"
    SLOW = "answered late"
    UNAVAILABLE = "503 without asking the registry"
    UNAVAILABLE_AFTER = "503 after the registry acted"
    BAD_GATEWAY = "a proxy's HTML page after the registry acted"
    TOO_MANY = "429 with Retry-After"


_HTML = Reply(
    status=502, body=b"<html><h1>502 Bad Gateway</h1>nginx</html>", headers={"Content-Type": "text/html"}
)
_ANSWERS = {
    Fault.UNAVAILABLE: Reply({"code": "Service Unavailable", "message": "busy"}, 503),
    Fault.UNAVAILABLE_AFTER: Reply({"code": "Service Unavailable", "message": "busy"}, 503),
    Fault.BAD_GATEWAY: _HTML,
    Fault.TOO_MANY: Reply({"code": "Too Many Requests", "message": "slow down"}, 429, {"Retry-After": "0"}),
}
_BEFORE = {Fault.RESET_AT_ONCE, Fault.RESET_BEFORE, Fault.UNAVAILABLE, Fault.TOO_MANY}


def sometimes(share: float, seed: int) -> Callable[[Received], Fault]:
    """Choose faults at random, for a share of the requests, the same ones for the same seed."""
    chance = random.Random(seed)
    faults = [fault for fault in Fault if fault is not Fault.NONE]

    def choose(_: Received) -> Fault:
        return chance.choice(faults) if chance.random() < share else Fault.NONE

    return choose


class FaultProxy(LoopbackServer):
    """Passes requests on to a registry, with faults.

    Args:
        url: Address of the registry.
        choose: Gives the fault for each request.

    Attributes:
        happened: How often each fault did.
    """

    def __init__(self, url: str, choose: Callable[[Received], Fault]) -> None:
        super().__init__()
        host, _, port = url.removeprefix("http://").rpartition(":")
        self._behind = host, int(port)
        self._choose = choose
        self.happened: Counter[Fault] = Counter()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, onward = await asyncio.open_connection(*self._behind)
        try:
            while (request := await receive(reader)) is not None:
                self.requests.append(request)
                fault = self._choose(request)
                self.happened[fault] += 1
                if fault not in _BEFORE:
                    onward.write(request.raw)
                    await onward.drain()
                    answer = await receive_response(answers)
                if fault in (Fault.RESET_AT_ONCE, Fault.RESET_BEFORE, Fault.RESET_AFTER):
                    reset(writer)
                    return
                if fault is Fault.TRUNCATED:
                    writer.write(answer[: len(answer) - 20])
                    await writer.drain()
                    reset(writer)
                    return
                if fault is Fault.SLOW:
                    await asyncio.sleep(0.01)
                writer.write(_ANSWERS[fault].encode() if fault in _ANSWERS else answer)
                await writer.drain()
        finally:
            onward.transport.abort()


async def receive_response(reader: asyncio.StreamReader) -> bytes:
    """Read one response, with a length or in chunks."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    if "transfer-encoding: chunked" in lines:
        return head + await _receive_chunks(reader)
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    return head + await reader.readexactly(length)


async def _receive_chunks(reader: asyncio.StreamReader) -> bytes:
    received = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        received += line + await reader.readexactly(size + 2)
        if size == 0:
            return received
