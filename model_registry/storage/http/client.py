"""The HTTP client of all stores: streamed bodies, and redirects that carry no secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError

from model_registry.exceptions import InvalidArgumentError, StorageError
from model_registry.transport.retry import TRANSIENT_STATUSES, seconds_asked
from model_registry.types.redaction import without_secrets

from .errors import connection_error, status_error
from .pools import ConnectionPools
from .redirects import MAX_REDIRECTS, REDIRECT_STATUSES, origin, redirect_target
from .response import StreamedResponse
from .retries import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from model_registry.storage.allow import Allow

_READS = ("GET", "HEAD")
_FILE_STATUSES = (200, 206, 416)


class HTTPClient:
    """Send requests to any host. Threads may share a client.

    Credentials, that is `headers` and the header `Authorization` of a request, go to the host of the
    requested URL only. Redirects to other hosts are followed without them.

    Args:
        headers: Headers for the host of each requested URL, or a function of the URL that returns them.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        verify: Check certificates.
        connect_timeout: Maximum seconds for connecting.
        read_timeout: Maximum seconds without a byte.
        allow_plain_redirects: Follow redirects from HTTPS to HTTP, for content that is checked afterwards.
        allow: Hosts that may be reached, also by redirects; `None` for all.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | Callable[[str], Mapping[str, str]] | None = None,
        *,
        ca: str | None = None,
        verify: bool = True,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        allow_plain_redirects: bool = False,
        allow: Allow | None = None,
    ) -> None:
        self._headers = headers or {}
        self._timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        self._pools = ConnectionPools(ca=ca, verify=verify, allow=allow)
        self._allow_plain_redirects = allow_plain_redirects

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> StreamedResponse:
        """Request a file. The caller closes the response.

        Args:
            url: The URL.
            headers: Further headers.

        Returns:
            A response with the status 200, 206 or 416.

        Raises:
            TransientError: The next attempt may succeed.
            StorageNotFoundError: There is no such file.
            StorageAccessError: The credentials are missing or refused.
            StorageError: The request cannot succeed.
            InvalidArgumentError: The URL is not valid.
        """
        response = self.send("GET", url, headers)
        if response.status in _FILE_STATUSES:
            return response
        response.close()
        raise status_error(response.status, _source(url, response.url))

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
    ) -> StreamedResponse:
        """Send a request once. Follow the redirects of reads.

        Args:
            method: HTTP method.
            url: The URL.
            headers: Further headers; with an iterator as body, `Content-Length` too.
            body: The body.

        Returns:
            A response with any status that is not transient.

        Raises:
            TransientError: The next attempt may succeed.
            StorageError: The request cannot succeed.
            InvalidArgumentError: The URL is not valid.
        """
        own = {**(self._headers(url) if callable(self._headers) else self._headers), **(headers or {})}
        foreign = {name: value for name, value in (headers or {}).items() if name != "Authorization"}
        target = url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._once(method, target, own if origin(target) == origin(url) else foreign, body)
            if response.status in TRANSIENT_STATUSES:
                response.discard()
                text = f"{_source(url, target)} returned status {response.status}."
                raise TransientError(text, seconds_asked(response.headers.get("Retry-After")))
            if response.status not in REDIRECT_STATUSES or method not in _READS:
                return response
            response.discard()
            location = response.headers.get("Location", "")
            target = redirect_target(target, location, allow_plain=self._allow_plain_redirects)
        raise StorageError(f"{without_secrets(url)} redirects more than {MAX_REDIRECTS} times.")

    def close(self) -> None:
        """Close the connections."""
        self._pools.close()

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] | None
    ) -> StreamedResponse:
        try:
            response = self._pools.for_url(url).request(
                method,
                url,
                headers={**headers, "Accept-Encoding": "identity"},
                body=body,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        except LocationValueError:
            raise InvalidArgumentError(f"{without_secrets(url)!r} is not a valid address") from None
        except StorageError:
            raise
        except (HTTPError, OSError) as error:
            raise connection_error(error, url) from None
        return StreamedResponse(response, url)


def _source(url: str, target: str) -> str:
    """Name the requested URL, and where redirects led."""
    return without_secrets(url) if target == url else f"{without_secrets(url)} (at {without_secrets(target)})"
