"""The transport of a connection with TLS, as limits need it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncio

_PIECE: Final = 64 * 1024


class TLSTransport:
    """Hands responses to TLS piece by piece, and closes without waiting for the client.

    TLS would encrypt a large response at once and hand it to the transport below, and nothing would show how
    much of it the client has not read. When it closes, it would wait 30 seconds for a client that is idle.

    Args:
        transport: The transport of TLS.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._pieces: deque[memoryview] = deque()
        self._size = 0
        self._is_closing = False
        self.get_extra_info: Final = transport.get_extra_info
        self.pause_reading: Final = transport.pause_reading
        self.resume_reading: Final = transport.resume_reading
        self.can_write_eof: Final = transport.can_write_eof
        self.abort: Final = transport.abort

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Write a response or a part of it."""
        view = memoryview(data)
        self._pieces.extend(view[start : start + _PIECE] for start in range(0, len(view), _PIECE))
        self._size += len(view)
        self.flush()

    def flush(self) -> bool:
        """Write what the client has room for, and return whether nothing is left."""
        if self._transport.is_closing():
            self._pieces.clear()
            self._size = 0
            return True
        while self._pieces and not self._transport.get_write_buffer_size():
            piece = self._pieces.popleft()
            self._size -= len(piece)
            self._transport.write(piece)
        is_empty = not self.get_write_buffer_size()
        if is_empty and self._is_closing:
            self._close()
        return is_empty

    def get_write_buffer_size(self) -> int:
        """Return the number of bytes that the client has no room for yet."""
        return self._size + self._transport.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Return whether the connection is about to close."""
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        """Close the connection once everything is written."""
        self._is_closing = True
        self.flush()

    def _close(self) -> None:
        own = self._transport.get_extra_info("socket")
        self._transport.close()
        # Otherwise TLS waits until the client closes the connection, too.
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(own.fileno())) as same:
            same.shutdown(socket.SHUT_RD)
