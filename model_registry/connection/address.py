"""Reading addresses: one text says where a registry is."""

from __future__ import annotations

import re
from typing import NamedTuple

from model_registry.exceptions import InvalidArgumentError

DEFAULT_PORTS = {"http": 8080, "https": 443}
"""Default port of a registry by scheme."""

_PLAIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)"
    r"(?::(?P<port>[1-9][0-9]{0,3}|[1-5][0-9]{4}))?(?P<path>(?:/[A-Za-z0-9_-]+)*/?)"
)
"""Addresses that a parser would leave as they are. It takes longer to load than a short command to run."""


def base_url(
    address: str,
    port: int | str | None = None,
    *,
    scheme: str | None = None,
    default_port: int | None = None,
) -> str:
    """Build the base URL of a registry from the pieces that users give.

    Args:
        address: A host, or a URL with or without port and base path.
        port: Port, where the address does not name one.
        scheme: Scheme of an address that names none. `https` also refuses an `http` address. An address
            without a scheme means `https` everywhere else.
        default_port: A `port` that any port in the address may override.

    Returns:
        Scheme, host, port and base path, without a slash at the end.

    Raises:
        InvalidArgumentError: A piece is malformed, or two pieces contradict each other.

    Example:
        >>> from model_registry.connection.address import base_url
        >>> base_url("https://registry.example.org/models/")
        'https://registry.example.org:443/models'
        >>> base_url("::1", 8080)
        'https://[::1]:8080'
    """
    parsed = _parse(address, scheme or "https")
    if scheme == "https" and parsed.scheme != "https":
        raise InvalidArgumentError(
            f"server_address {address!r} says http, but a secure connection needs https: "
            "use an https address or insecure_connection"
        )
    chosen = _port(address, parsed, port, default_port)
    return f"{parsed.scheme}://{parsed.host}:{chosen}{parsed.path.rstrip('/')}"


class _Address(NamedTuple):
    scheme: str
    host: str
    port: int | None
    path: str


def _parse(address: str, scheme: str) -> _Address:
    if not isinstance(address, str) or not address.strip():  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"server_address must be a host or a URL, got {address!r}")
    text = address.strip()
    if text.count(":") > 1 and "://" not in text and not text.startswith("["):
        text = f"[{text}]"  # a bare IPv6 address
    text = text if "://" in text else f"{scheme}://{text}"
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        port = plain["port"]
        return _Address(plain["scheme"], plain["host"], None if port is None else int(port), plain["path"])
    return _parse_any(address, text)


def _parse_any(address: str, text: str) -> _Address:
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    if any(sign.isspace() for sign in text):  # which older versions of the parser let pass
        raise _no_address(address)
    try:
        parsed = parse_url(text)
        (parsed.host or "").encode("idna")  # refuses empty and endless labels
    except (LocationParseError, UnicodeError):
        raise _no_address(address) from None
    if parsed.auth or parsed.query or parsed.fragment:  # first: what follows shows the address
        raise InvalidArgumentError(
            "server_address must not hold a user, password, query or fragment; give a token as user_token"
        )
    if parsed.scheme not in DEFAULT_PORTS or not parsed.host:
        raise InvalidArgumentError(f"server_address {address!r} must be a host or an http or https URL")
    return _Address(parsed.scheme, parsed.host, parsed.port, parsed.path or "")


def _no_address(address: str) -> InvalidArgumentError:
    shown = re.sub(r"[^/]*@", "***@", address)  # what stands there is a password, as a rule
    return InvalidArgumentError(
        f"server_address {shown!r} is neither a host nor a URL such as https://registry.example.org"
    )


def _port(address: str, parsed: _Address, port: int | str | None, default_port: int | None) -> int:
    given = None if port is None else _port_number(port)
    if parsed.port is None:
        return given or default_port or DEFAULT_PORTS[parsed.scheme]
    if given is not None and given not in (parsed.port, default_port):
        raise InvalidArgumentError(
            f"server_address {address!r} names port {parsed.port}, but port={given} was given too: "
            "leave one out"
        )
    return _port_number(parsed.port)


def _port_number(port: int | str) -> int:
    text = str(port).strip()
    if isinstance(port, bool) or not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
        raise InvalidArgumentError(f"port must be a number from 1 to 65535, got {port!r}")
    return int(text)
