"""Connections to any host, reused by later requests, through the proxies that the environment names."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import urllib3

from model_registry.connection import Connection
from model_registry.connection.tls import client_context
from model_registry.exceptions import InsecureConnectionWarning
from model_registry.transport.proxies import proxy_for

if TYPE_CHECKING:
    import socket
    import ssl

    from urllib3._base_connection import BaseHTTPConnection

    from model_registry.storage.allow import Allow

_MOST_IDLE = 16


class ConnectionPools:
    """The connections of one client: a pool manager for each proxy, and one without a proxy.

    Args:
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        verify: Check certificates.
        allow: Hosts that may be reached; `None` for all. Proxies may always be.
    """

    def __init__(self, *, ca: str | None = None, verify: bool = True, allow: Allow | None = None) -> None:
        self._allow = allow
        self._settings = Connection("https://host", ca=ca, verify=verify)
        self._tls: ssl.SSLContext | None = None
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def for_url(self, url: str) -> urllib3.PoolManager:
        """Return the pool manager for a URL. The TLS settings are loaded with the first HTTPS request."""
        if self._allow is not None:
            self._allow.check_host(url)
        proxy = proxy_for(url)
        with self._lock:
            if self._tls is None and url.startswith("https:"):
                self._tls = self._load_tls()
                self._pools.clear()
            if proxy not in self._pools:
                self._pools[proxy] = self._build(proxy)
            return self._pools[proxy]

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()

    def _load_tls(self) -> ssl.SSLContext:
        if not self._settings.verify:
            warnings.warn(
                "Certificates are not checked (verify=False): anyone on the network can read and change "
                "what is sent, passwords included. Use ca= to trust one private authority instead.",
                InsecureConnectionWarning,
                stacklevel=2,
            )
        context = client_context(self._settings)
        if not hasattr(urllib3, "BaseHTTPResponse"):  # urllib3 1 compares names itself
            context.check_hostname = False
        return context

    def _build(self, proxy: str | None) -> urllib3.PoolManager:
        if proxy is None:
            pool = urllib3.PoolManager(maxsize=_MOST_IDLE, ssl_context=self._tls)
        else:
            parts = urlsplit(proxy)
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
            pool = urllib3.ProxyManager(
                f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
                maxsize=_MOST_IDLE,
                ssl_context=self._tls,
                proxy_headers=urllib3.make_headers(proxy_basic_auth=user) if user else None,
            )
        if not self._settings.verify:
            pool.pool_classes_by_scheme = {**pool.pool_classes_by_scheme, "https": _UnverifiedPool}
        if self._allow is not None and proxy is None:
            pool.pool_classes_by_scheme = {
                scheme: _guarded(kind, self._allow) for scheme, kind in pool.pool_classes_by_scheme.items()
            }
        return pool


class _UnverifiedPool(urllib3.HTTPSConnectionPool):
    """Connections that are not checked. We warn once, urllib3 would warn at every request."""

    def _validate_conn(self, conn: BaseHTTPConnection) -> None:
        if getattr(conn, "sock", None) is None:
            conn.connect()


def _guarded(kind: type[Any], allow: Allow) -> type[Any]:
    """Return a class of pools that checks the address of each connection before anything is sent."""

    def connect(connection: Any) -> socket.socket:  # noqa: ANN401  # of urllib3 1 or 2
        sock: socket.socket = kind.ConnectionCls._new_conn(connection)  # noqa: SLF001  # also called before TLS
        try:
            allow.check_address(connection.host, sock.getpeername()[0], connection.port)
        except BaseException:
            sock.close()
            raise
        return sock

    guarded = type("GuardedConnection", (kind.ConnectionCls,), {"_new_conn": connect})
    return type("GuardedPool", (kind,), {"ConnectionCls": guarded})
