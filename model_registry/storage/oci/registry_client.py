"""The HTTP client of OCI registries, which may speak plain HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from model_registry.storage.http.client import HTTPClient
from model_registry.storage.http.redirects import is_loopback

if TYPE_CHECKING:
    from model_registry.storage.allow import Allow

_READ_TIMEOUT = 300.0  # a registry that received a large blob may copy it before it responds


class RegistryClient(HTTPClient):
    """Send requests to OCI registries and their token services.

    Args:
        insecure: Use plain HTTP; by default for loopback addresses only.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        verify: Check certificates.
        allow: Hosts that may be reached; `None` for all.
    """

    def __init__(
        self,
        *,
        insecure: bool | None = None,
        ca: str | None = None,
        verify: bool = True,
        allow: Allow | None = None,
    ) -> None:
        super().__init__(
            ca=ca, verify=verify, read_timeout=_READ_TIMEOUT, allow_plain_redirects=True, allow=allow
        )
        self._insecure = insecure

    def base_url(self, host: str) -> str:
        """Return the scheme and host of a registry's URLs."""
        plain = is_loopback(host) if self._insecure is None else self._insecure
        return f"{'http' if plain else 'https'}://{host}"

    def may_send_secrets_to(self, url: str) -> bool:
        """Return whether a URL may get a password: over TLS, or where plain HTTP is allowed."""
        parts = urlsplit(url)
        return parts.scheme == "https" or self.base_url(parts.netloc).startswith("http:")
