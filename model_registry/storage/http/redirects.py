"""Where credentials and redirects may go: origins of URLs, and loopback hosts."""

from __future__ import annotations

import ipaddress
from urllib.parse import urljoin, urlsplit

from model_registry.exceptions import StorageError
from model_registry.types.redaction import without_secrets

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 10


def origin(url: str) -> tuple[str, str]:
    """Return the scheme and host of a URL. Credentials are sent to one origin only."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.scheme.lower(), parts.netloc.lower().removesuffix(default)


def redirect_target(url: str, location: str, *, allow_plain: bool = False) -> str:
    """Return the URL to request next.

    Args:
        url: The URL that was requested.
        location: The `Location` header of the response.
        allow_plain: Follow redirects from HTTPS to HTTP.

    Raises:
        StorageError: The header is missing, is not an HTTP URL, or leads from HTTPS to HTTP.
    """
    try:
        target = urljoin(url, location) if location else ""
        scheme = urlsplit(target).scheme
    except ValueError:
        target = scheme = ""
    if scheme not in ("http", "https"):
        raise StorageError(f"{without_secrets(url)} redirects, but not to an HTTP address.")
    if urlsplit(url).scheme == "https" and scheme == "http" and not allow_plain:
        raise StorageError(
            f"{without_secrets(url)} redirects to {without_secrets(target)}, which is not encrypted. If you "
            "trust the network, use that address directly."
        )
    return target


def is_loopback(host: str) -> bool:
    """Return whether a host, with or without a port, is this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
