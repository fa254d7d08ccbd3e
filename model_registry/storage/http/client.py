"""HTTP as stores speak it: one request, its redirects, and what a failure means."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.exceptions import SSLError as WrappedSSLError

from model_registry.connection import Connection
from model_registry.connection.tls import client_context, explained
from model_registry.exceptions import (
    InvalidArgumentError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.transport.proxies import proxy_for
from model_registry.transport.retry import seconds_asked, wait
from model_registry.types.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.storage.transfer import Transfer

RETRIES = 4
"""Further attempts when nothing came since the last failure."""

_ENOUGH = 1024 * 1024
_LONGEST_PAUSE = 60.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10
_POOL = 16


class PassingError(Exception):
    """A failure that the next attempt may not meet. It is caught within the stores.

    Attributes:
        retry_after: Seconds that the server asks to wait, or `None`.
    """

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Patience:
    """Attempts at one thing, bounded as long as nothing comes of them.

    Args:
        transfer: What may be stopped while this waits.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._failures = 0

    def lose(self, error: PassingError, came: int = 0) -> None:
        """Wait before the next attempt.

        Args:
            error: How this one failed.
            came: Bytes that it brought all the same; enough of them make the failure the first one again.

        Raises:
            StorageError: There were enough, or the transfer was stopped.
        """
        self._failures = 1 if came >= _ENOUGH else self._failures + 1
        if self._failures > RETRIES:
            raise StorageError(
                f"{error} This was attempt {self._failures}. Try again later: it goes on where it stopped."
            ) from None
        self._transfer.pause(min(_LONGEST_PAUSE, wait(self._failures, error.retry_after)))

    def renew(self) -> None:
        """Begin to count anew: something came."""
        self._failures = 0


class Web:
    """Connections to any hosts, kept for the next request, through the proxies that the environment names.

    Args:
        headers: What to send to the host that is asked first, and to no other: credentials.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        connect_timeout: Seconds that connecting may take.
        read_timeout: Seconds without a byte.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        ca: str | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
    ) -> None:
        self._credentials = headers
        self._ca = ca
        self._timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        self._lock = threading.Lock()
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._tls: ssl.SSLContext | None = None

    def get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """Send one GET, and follow where it leads. The body is still to be read, and the answer to be closed.

        Args:
            url: The address.
            headers: Further headers.

        Returns:
            An answer with the status 200, 206 or 416.

        Raises:
            PassingError: It may succeed the next time.
            StorageNotFoundError: There is nothing.
            StorageAccessError: Credentials are missing or refused.
            StorageError: It will not succeed.
            InvalidArgumentError: The address is none.
        """
        at = url
        for _ in range(_MOST_REDIRECTS + 1):
            sent = {**headers, "Accept-Encoding": "identity"}
            if _origin(at) == _origin(url):
                sent.update(self._credentials)
            answer = self._send(at, sent)
            if answer.status not in _REDIRECTS:
                return _judged(answer, url, at)
            answer.close()
            at = _onward(at, answer.headers.get("location", ""))
        raise StorageError(f"{without_secrets(url)} leads from place to place without an end.")

    def close(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            pool.clear()

    def _send(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool(url).request(
                "GET",
                url,
                headers=headers,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        except LocationValueError:
            raise InvalidArgumentError(f"{without_secrets(url)!r} is not an address") from None
        except HTTPError as error:
            raise failure(error, url) from None

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = proxy_for(url)
        with self._lock:
            if self._tls is None and url.startswith("https:"):
                self._tls = trusting(Connection(url=url, ca=self._ca))
                self._pools.clear()
            if proxy not in self._pools:
                self._pools[proxy] = build_pool(proxy, self._tls)
            return self._pools[proxy]


def failure(error: HTTPError | OSError, url: str, what: str = "fetched") -> PassingError | StorageError:
    """Say what it means that no answer came, or not all of it.

    Args:
        error: What the library raised.
        url: The address that was asked.
        what: What could not be done with it.
    """
    host = urlsplit(url).hostname or ""
    tls = next((each for each in error.args if isinstance(each, ssl.SSLError)), None)
    if isinstance(error, WrappedSSLError) and not isinstance(tls, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        text = explained(tls or ssl.SSLError(1, str(error)), host)
        return StorageError(f"{without_secrets(url)} could not be {what}. {text}")
    return PassingError(f"{without_secrets(url)} could not be {what}: {_reason(error, host)}.")


def _reason(error: BaseException, host: str) -> str:
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return f"{host} sent nothing in time"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError) and "timed out" in str(error):
        return f"{host} could not be reached in time"
    if isinstance(error, urllib3.exceptions.ProxyError):
        return "the proxy could not be reached, or refused"
    causes = [error, error.__cause__, error.__context__, *error.args]
    system = next((each for each in causes if isinstance(each, OSError) and each.strerror), None)
    if system is not None:
        return f"{host}: {system.strerror}"
    return f"the connection to {host} broke before all was there"


def trusting(connection: Connection) -> ssl.SSLContext:
    """Build the TLS settings of a connection, for any urllib3."""
    context = client_context(connection)
    if not hasattr(urllib3, "BaseHTTPResponse"):  # urllib3 1 compares names itself
        context.check_hostname = False
    return context


def build_pool(proxy: str | None, tls: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Build the connections to any hosts.

    Args:
        proxy: URL of the proxy, perhaps with user and password; `None` to connect directly.
        tls: Whom to trust, once that matters.
    """
    if proxy is None:
        return urllib3.PoolManager(maxsize=_POOL, ssl_context=tls)
    parts = urlsplit(proxy)
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return urllib3.ProxyManager(
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        maxsize=_POOL,
        ssl_context=tls,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=user) if user else None,
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _onward(url: str, location: str) -> str:
    """Give the address that a redirect names."""
    try:
        onward = urljoin(url, location) if location else ""
        scheme = urlsplit(onward).scheme
    except ValueError:
        onward = scheme = ""
    if scheme not in ("http", "https"):
        raise StorageError(f"{without_secrets(url)} leads to no address of the web.")
    if urlsplit(url).scheme == "https" and scheme == "http":
        raise StorageError(
            f"{without_secrets(url)} leads to {without_secrets(onward)}, which is not encrypted: use that "
            "address itself if you trust the network."
        )
    return onward


def _judged(answer: urllib3.BaseHTTPResponse, url: str, at: str) -> urllib3.BaseHTTPResponse:
    """Give an answer of success; raise what any other means."""
    status = answer.status
    if status in (200, 206, 416):
        return answer
    answer.close()
    where = without_secrets(url) if at == url else f"{without_secrets(url)} (at {without_secrets(at)})"
    if status in (401, 403, 407):
        raise StorageAccessError(
            f"{where} was answered {status}: the credentials are missing, expired or not enough."
        )
    if status in (404, 410):
        raise StorageNotFoundError(f"There is nothing at {where}: it was answered {status}.")
    if status in _PASSING:
        asked = seconds_asked(answer.headers.get("retry-after"))
        raise PassingError(f"{where} was answered {status}.", asked)
    raise StorageError(f"{where} was answered {status}, which is no file. Is the address right?")
