"""Parse requests that ask for another protocol like all others."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

import httptools

from model_registry.server.process.heads import framing

if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection
    from typing import TypeAlias

    Data: TypeAlias = bytes | bytearray | memoryview | array[int]


class Receiver(Protocol):
    """What gets the parts of requests.

    Attributes:
        headers: The header fields of the request, with names in lower case.
    """

    headers: list[tuple[bytes, bytes]]

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header field, or a trailer."""
        ...

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        ...

    def on_message_complete(self) -> None:
        """End the request."""
        ...


class RequestParser(httptools.HttpRequestParser):
    """A parser that goes on with HTTP/1.1 after a request with the header `Upgrade`.

    httptools ends such a request with its head, and takes its body for the next request. Here it gets its
    body, and is the last request of its connection.

    Args:
        receiver: What gets the parts of requests.
    """

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(receiver)
        self._receiver = receiver
        self._body: _BodyParser | None = None
        with contextlib.suppress(AttributeError):  # httptools before 0.6.3 is always lenient
            self.set_dangerous_leniencies(lenient_data_after_close=True)

    def should_upgrade(self) -> bool:
        """Return False: the server knows no other protocol."""
        return False

    def is_last(self) -> bool:
        """Return whether nothing may follow the request whose head was parsed."""
        return super().should_upgrade() and bool(framing(self._receiver.headers))

    def is_in_body(self) -> bool:
        """Return whether the request whose head was parsed is not complete, though httptools says so."""
        return self._body is None and self.is_last()

    def feed_data(self, data: Data) -> None:
        """Parse data of the client."""
        while self._body is None:
            try:
                super().feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:  # noqa: PERF203  # the loop goes on
                (end,) = upgrade.args
                data = data[end:]
                if self.is_last():
                    self._body = _BodyParser(self._receiver, framing(self._receiver.headers))
            else:
                return
        self._body.feed_data(data)


class _BodyParser:
    """Parses the body of a request whose head was parsed.

    Args:
        receiver: What gets the body.
        fields: The header fields that say where the body ends.
    """

    def __init__(self, receiver: Receiver, fields: Collection[tuple[bytes, bytes]]) -> None:
        self._receiver = receiver
        self._has_begun = self._has_ended = False
        self._parser = httptools.HttpRequestParser(self)
        head = b"".join(b"%b: %b\r\n" % field for field in fields)
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + head + b"\r\n")
        self._has_begun = True

    def feed_data(self, data: Data) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if not self._has_ended:  # otherwise, it is in what follows
                raise

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_begun and not self._has_ended:
            self._receiver.on_header(name, value)

    def on_body(self, body: bytes) -> None:
        if not self._has_ended:
            self._receiver.on_body(body)

    def on_message_complete(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._receiver.on_message_complete()
