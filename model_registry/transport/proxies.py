"""Which proxy the environment wants for an address."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.redaction import without_secrets


def proxy_for(url: str) -> str | None:
    """Choose the proxy for an address.

    `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` count, in upper or lower case, and the settings
    of macOS and Windows. `NO_PROXY` may hold names, ends of names, `host:port`, addresses and networks.

    Args:
        url: The address.

    Returns:
        URL of the proxy, perhaps with user and password in it; `None` to connect directly.

    Raises:
        InvalidArgumentError: The environment names a proxy that is not valid, or of an unsupported kind.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or _is_exempt(parts.hostname or "", parts.netloc, proxies.get("no", "")):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    problem = _problem_of_proxy(proxy)
    if problem:
        raise InvalidArgumentError(
            f"the environment names the proxy {without_secrets(proxy)} for {parts.scheme}: {problem}; "
            f"NO_PROXY={parts.hostname} connects directly"
        )
    return proxy


def _problem_of_proxy(proxy: str) -> str | None:
    """Return why an address cannot be that of a proxy, or `None` if it can."""
    try:
        parts = urlsplit(proxy)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "its host or port is not valid"
    if parts.scheme not in ("http", "https"):
        return "only http and https proxies are supported"
    return None if host and port != 0 else "it has no host or no port"


def _is_exempt(host: str, netloc: str, exempt: str) -> bool:
    if proxy_bypass(netloc) or proxy_bypass(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(_holds(network.strip(), address) for network in exempt.split(","))


def _holds(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False
