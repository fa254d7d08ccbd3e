"""The headers with credentials of a web server, which go to its host only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.storage.credential_hosts import BoundHost

from .redirects import is_loopback, origin

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADVICE = "storage.HTTPStore(host=...) with the host of the login."


class HTTPLogin:
    """Return the headers for a URL: the credentials, if the URL is at their host.

    Args:
        headers: The headers with credentials.
        host: Their host, if the user named it; by default that of the first URI that the user gives.
    """

    def __init__(self, headers: Mapping[str, str], host: str | None) -> None:
        self._headers = headers
        self._bound = BoundHost(None if host is None else _origin_of(host), _ADVICE)

    @property
    def host(self) -> str | None:
        """Return the scheme and host that get the credentials, if they are known."""
        return self._bound.host

    def for_user(self, url: str) -> Mapping[str, str]:
        """Return the headers for a URL that the user gave."""
        return self._for(url, from_entry=False)

    def for_entry(self, url: str) -> Mapping[str, str]:
        """Return the headers for the URL of an entry of a registry.

        Raises:
            StorageAccessError: The user named no host.
        """
        return self._for(url, from_entry=True)

    def _for(self, url: str, *, from_entry: bool) -> Mapping[str, str]:
        if not self._headers:
            return {}
        bound = self._bound.bind(_origin_of(url), from_entry=from_entry)
        return self._headers if bound == _origin_of(url) else {}


def _origin_of(host: str) -> str:
    """Return the scheme and host of a URL, or of a bare host."""
    if "://" not in host:
        host = f"{'http' if is_loopback(host) else 'https'}://{host}"
    return "://".join(origin(host))
