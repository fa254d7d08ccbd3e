"""TLS handshakes that count among the connections.

A server of asyncio creates connections after their handshakes. Clients that never finish one would take all
the files that the process can open, and no limit would see them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import ssl

    from model_registry.server.process.protocol import BoundedProtocol


def tls_protocol(protocol: type[BoundedProtocol], context: ssl.SSLContext) -> type[TLSProtocol]:
    """Return the protocol of a server with TLS.

    Args:
        protocol: The protocol of its connections.
        context: The certificate.
    """
    return type("TLSProtocol", (TLSProtocol,), {"_protocol_class": protocol, "_context": context})


class TLSProtocol(asyncio.Protocol):
    """Accepts connections and starts TLS on them. `tls_protocol` creates the class for a server."""

    _protocol_class: type[BoundedProtocol]
    _context: ssl.SSLContext

    def __init__(self, **options: Any) -> None:
        self._protocol = self._protocol_class(**options)
        self._connection: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the handshake, or close the connection when there are too many."""
        peer, accepted = transport.get_extra_info("peername"), transport.get_extra_info("socket")
        if peer and self._protocol.expect(peer[0], cast("asyncio.Transport", self)):
            # TLS needs a new transport, and this one has read nothing yet.
            self._connection = socket.socket(fileno=os.dup(accepted.fileno()))
            self._task = self._protocol.loop.create_task(self._start())
        transport.abort()  # type: ignore[attr-defined]  # of TCP

    def abort(self) -> None:
        """End the handshake."""
        if self._task is not None:
            self._task.cancel()
        if self._connection is not None:
            self._connection.close()

    async def _start(self) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None  # noqa: S101  # `abort` cancels this task
        limit = self._protocol.shared.limits.head_seconds
        try:
            with contextlib.suppress(OSError):  # the client left, or does not know TLS
                await self._protocol.loop.connect_accepted_socket(
                    lambda: self._protocol, connection, ssl=self._context, ssl_handshake_timeout=limit
                )
        finally:
            if cast("object", self._protocol.transport) is self:  # the handshake failed
                self._protocol.shared.remove(self._protocol)
