"""HTTP as registries need it: streamed bodies, and redirects that carry no secrets."""

from __future__ import annotations

import ipaddress
import threading
import warnings
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from model_registry.connection import Connection
from model_registry.exceptions import InsecureConnectionWarning, StorageError
from model_registry.transport.proxies import proxy_for
from model_registry.transport.retry import seconds_asked
from model_registry.types.redaction import without_secrets

from .client import PassingError, Patience, build_pool, failure, trusting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from urllib3 import PoolManager
    from urllib3._base_connection import BaseHTTPConnection

    from model_registry.storage.transfer import Transfer

T = TypeVar("T")

CHUNK = 1024 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_TIMEOUT = urllib3.Timeout(connect=10, read=300)  # who has got a large blob moves it about before it answers


def repeated(do: Callable[[], T], transfer: Transfer) -> T:
    """Do something until it works, a few times at most.

    Args:
        do: What to do. It raises `PassingError` when it may work the next time.
        transfer: What may be stopped meanwhile.

    Raises:
        StorageError: It did not work.
    """
    patience = Patience(transfer)
    while True:
        try:
            return do()
        except PassingError as error:  # noqa: PERF203  # that is what the loop is for
            patience.lose(error)


class Answer:
    """An answer whose body has not been read yet.

    Attributes:
        status: HTTP status.
        headers: Headers, whatever the case of their names.
        url: Address that answered.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers
        self.url = url

    def read(self, most: int) -> bytes:
        """Read the body to its end.

        Args:
            most: Bytes that it may have.
        """
        data = bytearray()
        for chunk in self.chunks(CHUNK):
            data += chunk
            if len(data) > most:
                raise StorageError(f"{without_secrets(self.url)} answered with more than {most} bytes.")
        return bytes(data)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Read the body in pieces, and leave the connection to others."""
        done = False
        try:
            while chunk := self._response.read(size, decode_content=False):
                yield chunk
            done = True
        except (HTTPError, OSError) as error:
            raise failure(error, self.url) from None
        finally:
            if done:
                self._response.release_conn()
            else:
                self._response.close()

    def discard(self) -> None:
        """Have done with it: the body, if short, is read so that the connection is of further use."""
        for chunk in self.chunks(CHUNK):
            if len(chunk) == CHUNK:
                break

    def location(self) -> str:
        """Address that it points to."""
        target = self.headers.get("Location")
        if not target:
            raise StorageError(f"{without_secrets(self.url)} answered {self.status} without an address.")
        return urljoin(self.url, target)


class Exchange:
    """Sends requests, several at once over connections that are kept.

    Args:
        insecure: Speak plain HTTP; `None` for loopback addresses alone.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        verify: Check certificates.
    """

    def __init__(self, *, insecure: bool | None = None, ca: str | None = None, verify: bool = True) -> None:
        self._insecure = insecure
        self._tls = Connection("https://registry", ca=ca, verify=verify)
        self._pools: dict[str | None, PoolManager] = {}
        self._lock = threading.Lock()

    def base(self, host: str) -> str:
        """Give scheme and host to speak to."""
        plain = is_loopback(host) if self._insecure is None else self._insecure
        return f"{'http' if plain else 'https'}://{host}"

    def may_send_secrets_to(self, url: str) -> bool:
        """Say whether a password may go there: over TLS, or where plain HTTP is allowed."""
        parts = urlsplit(url)
        return parts.scheme == "https" or self.base(parts.netloc).startswith("http:")

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> Answer:
        """Send a request once; follow redirects of reads, without credentials to other hosts.

        Args:
            method: HTTP method.
            url: Address.
            headers: Headers; with a body that is not bytes, `Content-Length` too.
            body: Body.

        Raises:
            PassingError: There was no answer, or one that says to try again.
            StorageError: There can be none.
        """
        headers = dict(headers or {})
        for left in range(_MOST_REDIRECTS, -1, -1):
            answer = self._once(method, url, headers, body)
            if answer.status not in _REDIRECTS or method not in ("GET", "HEAD") or not left:
                return _checked(method, answer)
            answer.discard()
            target = answer.location()
            here, there = urlsplit(url), urlsplit(target)
            if (here.scheme, here.netloc) != (there.scheme, there.netloc):
                headers.pop("Authorization", None)
            url = target
        raise AssertionError  # the last answer was returned

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] | None
    ) -> Answer:
        try:
            response = self._pool(url).request(
                method,
                url,
                headers=headers,
                body=body,
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
            )
        except (HTTPError, OSError) as error:
            raise failure(error, url, "reached" if method in ("GET", "HEAD") else "sent to") from None
        return Answer(response, url)

    def _pool(self, url: str) -> PoolManager:
        parts = urlsplit(url)
        proxy = proxy_for(f"{parts.scheme}://{parts.netloc}")
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = self._new_pool(proxy)
            return self._pools[proxy]

    def _new_pool(self, proxy: str | None) -> PoolManager:
        if not self._tls.verify:
            warnings.warn(
                "Certificates of OCI registries are not checked (verify=False): anybody on the way can read "
                "and change what is sent, passwords included. ca= trusts one authority instead.",
                InsecureConnectionWarning,
                stacklevel=2,
            )
        pool = build_pool(proxy, trusting(self._tls))
        if not self._tls.verify:
            pool.pool_classes_by_scheme = {**pool.pool_classes_by_scheme, "https": _UnverifiedPool}
        return pool


class _UnverifiedPool(urllib3.HTTPSConnectionPool):
    """Connections that are not checked. We warn of that once, urllib3 would at every request."""

    def _validate_conn(self, conn: BaseHTTPConnection) -> None:
        if getattr(conn, "sock", None) is None:
            conn.connect()


def _checked(method: str, answer: Answer) -> Answer:
    """Give the answer back when it is one to go on with."""
    if answer.status in _PASSING:
        answer.discard()
        text = f"{method} {without_secrets(answer.url)} was answered with {answer.status}."
        raise PassingError(text, seconds_asked(answer.headers.get("Retry-After")))
    return answer


def is_loopback(host: str) -> bool:
    """Say whether a host, perhaps with a port, is this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
