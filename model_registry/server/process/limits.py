"""Limits of the connections of one server process, and the state that its connections share."""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_logger: Final = logging.getLogger("model_registry.server")
_SWEEP_SECONDS: Final = 1.0
_LOG_SECONDS: Final = 10.0


class Limits(NamedTuple):
    """What clients may use of one process.

    Attributes:
        connections: Open connections.
        connections_per_address: Open connections of one client address.
        requests: Requests in progress.
        pipelined: Requests that a client may send before it gets the response of the first.
        url_bytes: Length of path and query.
        head_bytes: Length of a request without its body.
        head_fields: Number of header fields.
        head_seconds: Time to send the head of a request.
        body_seconds: Time to send the body of a request.
        linger_seconds: Time in which a client may go on to send after its response.
        body_bytes: Bodies of all requests in progress together.
        unread_seconds: Time in which a client that does not read its response may read nothing.
        unread_bytes: Responses that clients have not read yet, together.
        stop_seconds: Time to send the rest of a request, and for `unread_seconds`, once the server stops.
    """

    connections: int = 800
    connections_per_address: int = 400
    requests: int = 512
    pipelined: int = 16
    url_bytes: int = 64 * 1024
    head_bytes: int = 96 * 1024
    head_fields: int = 100
    head_seconds: float = 15
    body_seconds: float = 120
    linger_seconds: float = 5
    body_bytes: int = 128 * 1024 * 1024
    unread_seconds: float = 30
    unread_bytes: int = 128 * 1024 * 1024
    stop_seconds: float = 5


class LimitedConnection(Protocol):
    """What the shared state uses of a connection.

    Attributes:
        address: Address of the client.
        loop: The event loop that serves it.
        transport: Its socket.
    """

    address: str
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def unread(self) -> int:
        """Return the number of bytes that the client has not read yet."""
        ...

    def check_time(self, now: float) -> None:
        """Close the connection if the client is too slow."""
        ...


class SharedState:
    """The connections of a process.

    Args:
        limits: The limits to keep.
        proxies: Networks of proxies, whose connections are those of many clients.
    """

    def __init__(self, limits: Limits, proxies: Collection[Network]) -> None:
        self.limits = limits
        self._proxies = proxies
        self.body_bytes = 0
        self._open: dict[LimitedConnection, None] = {}
        self._waiting: dict[LimitedConnection, None] = {}
        self._unread: dict[LimitedConnection, None] = {}
        self._addresses: Counter[str] = Counter()
        self._next_log = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, one: LimitedConnection) -> bool:
        """Add a connection; return False when there are too many. One that has no request makes room."""
        if self._loop is None:
            self._loop = one.loop
            self._loop.call_later(_SWEEP_SECONDS, self._sweep)
        is_full = self._addresses[one.address] >= self.limits.connections_per_address
        if is_full and not self._is_proxy(one.address):
            has_room = self._make_room(one.address)
        else:
            has_room = len(self._open) < self.limits.connections or self._make_room(None)
        if has_room:
            self._open[one] = None
            self._addresses[one.address] += 1
        return has_room

    def has(self, one: LimitedConnection) -> bool:
        """Return whether a connection is one of those that were added."""
        return one in self._open

    def remove(self, one: LimitedConnection) -> None:
        """Forget a connection."""
        if one in self._open:
            del self._open[one]
            self._addresses[one.address] -= 1
            if not self._addresses[one.address]:
                del self._addresses[one.address]
        self._waiting.pop(one, None)
        self._unread.pop(one, None)

    def set_waiting(self, one: LimitedConnection, *, waiting: bool) -> None:
        """Note whether a connection has no request in progress."""
        self._waiting.pop(one, None)
        if waiting:
            self._waiting[one] = None

    def set_unread(self, one: LimitedConnection, *, unread: bool) -> None:
        """Note whether a client has not read what was sent; drop the largest when it is too much in all."""
        self._unread.pop(one, None)
        if not unread:
            return
        self._unread[one] = None
        sizes = {each: each.unread() for each in self._unread}
        if sum(sizes.values()) > self.limits.unread_bytes:
            self.log("clients do not read their responses: the connection with the largest is closed")
            self.drop(max(sizes, key=lambda each: sizes[each]))

    def drop(self, one: LimitedConnection) -> None:
        """Close a connection at once."""
        self.remove(one)
        one.transport.abort()

    def log(self, message: str) -> None:
        """Log a warning, at most one every ten seconds."""
        now = self._loop.time() if self._loop is not None else 0.0
        if now >= self._next_log:
            self._next_log = now + _LOG_SECONDS
            _logger.warning("%s", message)

    def _is_proxy(self, address: str) -> bool:
        return any(ipaddress.ip_address(address) in network for network in self._proxies)

    def _make_room(self, address: str | None) -> bool:
        self.log(f"too many connections{f' from {address}' if address else ''}: idle ones are closed")
        oldest = next((each for each in self._waiting if address in {None, each.address}), None)
        if oldest is not None:
            self.drop(oldest)
        return oldest is not None

    def _sweep(self) -> None:
        if self._loop is None:
            return
        now = self._loop.time()
        for one in list(self._open):
            one.check_time(now)
        self._loop.call_later(_SWEEP_SECONDS, self._sweep)
