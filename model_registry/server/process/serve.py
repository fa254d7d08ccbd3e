"""Serve a registry over HTTP with uvicorn."""

from __future__ import annotations

import contextlib
import logging.config
import math
import socket
import sys
import tempfile
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from model_registry.exceptions import InvalidArgumentError, MissingExtraError
from model_registry.server.app import create_app
from model_registry.server.database.address import MEMORY, address_that_exists, sqlite_address
from model_registry.server.database.opening import open_database
from model_registry.server.database.upgrade import upgrade
from model_registry.server.http.asgi import STOPPING
from model_registry.server.identity.peers import behind_proxies
from model_registry.server.identity.settings import Identity
from model_registry.server.process.garbage import collections_of_a_server, ignore_existing_objects
from model_registry.server.process.handshakes import tls_protocol
from model_registry.server.process.limits import Limits
from model_registry.server.process.listening import listen
from model_registry.server.process.logs import LogFormat, logging_config
from model_registry.server.process.protocol import bounded_protocol
from model_registry.server.process.signals import StoppableServer
from model_registry.server.process.start_log import log_start, warn_of_old_sqlite
from model_registry.server.process.tls import server_context
from model_registry.server.process.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from model_registry.server.http.asgi import Application
    from model_registry.server.process.limits import Network

_SWITCH_SECONDS: Final = 0.001
"""How long the event loop waits for a thread that computes, such as one that renders a long list. Python's
own value, 5 ms, is as long as many point reads."""
_SECONDS_TO_FINISH: Final = 30
_NO_IDENTITY: Final = Identity()


def serve(
    db: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    log_format: LogFormat | None = None,
    metrics_dir: str | None = None,
    shutdown_delay: float = 0,
    forwarded_allow_ips: Sequence[Network] = (),
    otel: bool = False,
    identity: Identity = _NO_IDENTITY,
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
        metrics_dir: Folder for the metrics of several processes; None for one that ends with the server.
        shutdown_delay: Seconds from the first signal to the end. Readiness checks fail in this time.
        forwarded_allow_ips: Networks of proxies whose header `X-Forwarded-For` is used.
        otel: Whether to send spans to a collector of OpenTelemetry.
        identity: How it knows its callers.
        settings: Other arguments of `create_app`.

    Raises:
        InvalidArgumentError: The server cannot listen on the address, or cannot use a file.
        DatabaseError: The database cannot be used.
        MissingExtraError: OpenTelemetry is not installed.
        StoreError: No process could start for 30 seconds.
    """
    sqlite = sqlite_address(db)
    if workers > 1 and sqlite is not None and sqlite.path == MEMORY:
        raise InvalidArgumentError(
            "a registry in memory can have only one process: use a file for --db with --workers"
        )
    certificate = None if tls_cert is None else (tls_cert, tls_key)
    if certificate is not None:
        server_context(*certificate)  # to refuse files that cannot be used
    identity.check()
    log_config = logging_config(log_format or "text")
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listen(host, port))
        # Before the application starts, because uvicorn reports errors of the startup differently.
        logging.config.dictConfig(log_config)
        version = upgrade(db)
        # A process that starts later must not create a new file in place of one that was deleted.
        db = address_that_exists(db)
        if workers > 1 and settings.get("metrics"):
            settings["metrics_folder"] = stack.enter_context(_metrics_folder(metrics_dir))
        settings["allowed_hosts"] = (*settings.get("allowed_hosts", ()), *_own_names(host))
        app = partial(create_app, db, access_log=log_format is not None, identity=identity, **settings)
        if otel:
            app = _traced(partial(app, otel=True))
        proxies = [str(one) for one in forwarded_allow_ips]
        needs_peers = bool(proxies) and identity.header is not None
        if needs_peers:
            app = partial(behind_proxies, app, proxies)
        options = {
            "log_config": log_config,
            "proxy_headers": bool(proxies) and not needs_peers,
            "forwarded_allow_ips": proxies,
        }
        address = listening.getsockname()[0]
        log_start(
            open_database(db),
            version,
            address=address,
            needs=identity.sources,
        )
        if workers > 1 and sqlite is not None:
            warn_of_old_sqlite()
        work = partial(_work, app, options, listening, forwarded_allow_ips, shutdown_delay, certificate)
        announce = partial(_announce, listening, "http" if certificate is None else "https")
        if workers == 1:
            work(announce)
        else:
            # Otherwise clients could still connect to the socket of this process.
            Workers(
                workers,
                work,
                on_ready=announce,
                on_stop=listening.close,
                kill_after=shutdown_delay + _SECONDS_TO_FINISH + 5,
            ).run()


def _work(
    app: Callable[[], Application],
    options: dict[str, Any],
    listening: socket.socket,
    proxies: Sequence[Network],
    shutdown_delay: float,
    certificate: tuple[str, str | None] | None,
    ready: Callable[[], None],
) -> None:
    """Serve in this process."""
    protocol = bounded_protocol(Limits(), proxies)
    config = uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]  # uvicorn types no factories
        factory=True,
        http=protocol if certificate is None else tls_protocol(protocol, server_context(*certificate)),
        ws="none",
        lifespan="on",
        log_level=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        **options,
    )
    sys.setswitchinterval(_SWITCH_SECONDS)
    with collections_of_a_server():
        _Server(config, ready, shutdown_delay).run(sockets=[listening])


def _traced(app: Callable[[], Application]) -> partial[Application]:
    try:
        from model_registry.server.process.tracing import traced
    except ImportError as error:
        raise MissingExtraError.for_extra("otel", "Tracing", error) from error
    return partial(traced, app)


def _metrics_folder(parent: str | None) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="metrics-", dir=parent)
    except OSError as error:
        folder = parent or "a temporary folder"
        raise InvalidArgumentError(
            f"cannot write metrics to {folder}: {error.strerror}: use --metrics-dir with a folder that"
            " this user can write to"
        ) from error


def _own_names(host: str) -> tuple[str, ...]:
    """Return the names that a client may use for a server that listens on `host`, besides IP addresses."""
    return ("localhost", socket.gethostname(), host)


def _announce(listening: socket.socket, scheme: str) -> None:
    host, port, *_ = listening.getsockname()
    sys.stdout.write(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}\n")
    sys.stdout.flush()


class _Server(StoppableServer):
    """A server that reports when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], shutdown_delay: float) -> None:
        super().__init__(config)
        self._ready = ready
        self._shutdown_delay = shutdown_delay
        self._stop_at = math.inf

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        ignore_existing_objects()
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._shutdown_delay and self.started and self._stop_at == math.inf:
            self._stop_at = time.monotonic() + self._shutdown_delay
            self.lifespan.state[STOPPING] = True
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or time.monotonic() >= self._stop_at
