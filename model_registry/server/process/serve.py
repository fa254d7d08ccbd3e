"""Serve a registry over HTTP with uvicorn."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from model_registry.exceptions import InvalidArgumentError
from model_registry.server.app import create_app
from model_registry.server.database.address import sqlite_path
from model_registry.server.database.sqlite_file import MEMORY
from model_registry.server.database.upgrade import upgrade
from model_registry.server.middleware.auth import TokenFile
from model_registry.server.process.limits import Limits
from model_registry.server.process.logs import LogFormat, logging_config
from model_registry.server.process.protocol import bounded_protocol
from model_registry.server.process.tls import check_certificate
from model_registry.server.process.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_BACKLOG: Final = 2048
_SECONDS_TO_FINISH: Final = 30


def serve(
    db: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    log_format: LogFormat | None = None,
    **settings: Any,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish running requests and return.

    Prints the address on standard output when the server is ready. Logs to standard error.

    Args:
        db: Address of the database.
        host: Address to listen on.
        port: Port to listen on, 0 for a free one.
        workers: Number of processes.
        tls_cert: PEM file with the certificate and its intermediate certificates; None for plain HTTP.
        tls_key: PEM file with its private key; None when it is in the same file.
        log_format: Format of the log of requests; None to not log them.
        settings: Other arguments of `create_app`.

    Raises:
        InvalidArgumentError: The server cannot listen on the address, or cannot use a file.
        DatabaseError: The database cannot be used.
        StoreError: No process could start for 30 seconds.
    """
    if workers > 1 and sqlite_path(db) == MEMORY:
        raise InvalidArgumentError(
            "a registry in memory can have only one process: use a file for --db with --workers"
        )
    if tls_cert is not None:
        check_certificate(tls_cert, tls_key)
    if settings.get("token_file") is not None:
        TokenFile(settings["token_file"])
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port))
        # Before the application starts, because uvicorn reports errors of the startup differently.
        upgrade(db)
        if workers > 1 and settings.get("metrics"):
            settings["metrics_folder"] = stack.enter_context(tempfile.TemporaryDirectory())
        settings["allowed_hosts"] = (*settings.get("allowed_hosts", ()), *_own_names(host))
        options = {
            "app": partial(create_app, db, access_log=log_format is not None, **settings),
            "factory": True,
            "log_config": logging_config(log_format or "text"),
            "log_level": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
            "lifespan": "on",
            "ws": "none",
            "timeout_graceful_shutdown": _SECONDS_TO_FINISH,
            "ssl_certfile": tls_cert,
            "ssl_keyfile": tls_key,
        }
        work = partial(_work, options, listening)
        if settings.get("token_file") is None:
            _warn_when_open(listening)
        announce = partial(_announce, listening, "http" if tls_cert is None else "https")
        if workers == 1:
            work(announce)
        else:
            # Otherwise clients could still connect to the socket of this process.
            Workers(
                workers,
                work,
                on_ready=announce,
                on_stop=listening.close,
                kill_after=_SECONDS_TO_FINISH + 5,
            ).run()


def _work(options: dict[str, Any], listening: socket.socket, ready: Callable[[], None]) -> None:
    _Server(uvicorn.Config(**options, http=bounded_protocol(Limits())), ready).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # A name may have addresses of both families. All clients can reach IPv4.
        family, *_, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        # Python adds the address to some of the system's messages.
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise InvalidArgumentError(f"cannot listen on {host} port {port}: {reason}") from error


def _own_names(host: str) -> tuple[str, ...]:
    """Return the names that a client may use for a server that listens on `host`, besides IP addresses."""
    return ("localhost", socket.gethostname(), host)


def _warn_when_open(listening: socket.socket) -> None:
    address = listening.getsockname()[0]
    if not ipaddress.ip_address(address).is_loopback:
        sys.stderr.write(
            f"model-registry: warning: everyone who can reach {address} can read and change this registry."
            " Use --token-file to require a token.\n"
        )


def _announce(listening: socket.socket, scheme: str) -> None:
    host, port, *_ = listening.getsockname()
    sys.stdout.write(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}\n")
    sys.stdout.flush()


class _Server(uvicorn.Server):
    """A server that reports when it is ready, and that exits with status 0 after a signal to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        # uvicorn raises the signal again at the end, which would end the process with an error status.
        before = {
            one: signal.signal(one, self.handle_exit)
            for one in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(one) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
