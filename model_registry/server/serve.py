"""Serving a registry over HTTP with uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final

import uvicorn

from model_registry.exceptions import StoreError
from model_registry.server.http import RegistryApp
from model_registry.server.store import open_store

if TYPE_CHECKING:
    from collections.abc import Generator

_BACKLOG: Final = 2048
_SECONDS_TO_FINISH: Final = 30


def serve(db: str, *, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return.

    Prints the address on standard output once requests are answered.

    Args:
        db: Address of the database.
        host: Address to listen on.
        port: Port to listen on, 0 for a free one.

    Raises:
        StoreError: The database cannot be used, or the address cannot be listened on.
    """
    store = open_store(db)
    with _listen(host, port) as listening:
        config = uvicorn.Config(
            RegistryApp(store),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
        # Opened here and not by the application's start, whose errors uvicorn reports in a way of its own.
        asyncio.run(store.open())
        try:
            _Server(config).run(sockets=[listening])
        finally:
            store.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StoreError(f"cannot listen on {host} port {port}: {reason}") from error


class _Server(uvicorn.Server):
    """A server that says where it is, and for which a signal to stop is no failure."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        for one in sockets or ():
            host, port, *_ = one.getsockname()
            sys.stdout.write(f"http://{f'[{host}]' if ':' in host else host}:{port}\n")
            sys.stdout.flush()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        # uvicorn's own raises the signal again when all is done, which would end the process as a failure.
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
