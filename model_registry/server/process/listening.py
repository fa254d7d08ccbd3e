"""The socket of a server."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

from model_registry.exceptions import InvalidArgumentError

_BACKLOG: Final = 2048


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address.

    Args:
        host: A name or IP address. If a name has addresses of both families, the IPv4 address is used,
            because all clients can reach it.
        port: The port; 0 for a free one.

    Raises:
        InvalidArgumentError: The address cannot be used, or the port is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        # Python adds the address to some of the system's messages.
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        advice = ": choose another --port" if error.errno == errno.EADDRINUSE else ""
        raise InvalidArgumentError(f"cannot listen on {host} port {port}: {reason}{advice}") from error
