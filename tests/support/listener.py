"""A server that anybody could run: it asks for a password, and remembers all that it gets."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tests.support.servers import LoopbackServer, receive

if TYPE_CHECKING:
    import asyncio

_REPLY = b"HTTP/1.1 %s\r\nContent-Length: 2\r\nConnection: close\r\n%s\r\n{}"


class Listener(LoopbackServer):
    """Asks for a password at every request. As a proxy, it refuses all connections."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with contextlib.suppress(ValueError):
            request = await receive(reader)
            if request is None:
                return
            self.requests.append(request)
            refusal = (
                (b"403 Forbidden", b"")
                if request.method == "CONNECT"
                else (b"401 Unauthorized", b'WWW-Authenticate: Basic realm="corp"\r\n')
            )
            writer.write(_REPLY % refusal)
            await writer.drain()

    @property
    def text(self) -> str:
        """All that was received."""
        return "".join(request.raw.decode("latin-1") for request in self.requests)
