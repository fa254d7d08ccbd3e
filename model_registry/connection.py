"""Where a registry is and how to speak to it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from urllib3.util import Url

_DEFAULT_PORTS = {"http": 8080, "https": 443}


class ConfigurationLike(Protocol):
    """What is read of a `mr_openapi.Configuration`."""

    access_token: str | None
    ssl_ca_cert: str | None
    verify_ssl: bool

    @property
    def host(self) -> str:
        """Base address."""
        ...


@dataclass(frozen=True)
class Connection:
    """How to reach a registry over HTTP.

    Attributes:
        url: Scheme, host, port and base path, without a slash at the end.
        token: Bearer token, or `None`.
        ca_file: PEM file of the certificate authorities to trust instead of the system's, or `None`.
        verify: Check the server's certificate.

    Example:
        >>> from model_registry.connection import Connection
        >>> Connection.to("registry.example.org/models/", 8080, scheme="http", token="secret")
        Connection(url='http://registry.example.org:8080/models', ca_file=None, verify=True)
    """

    url: str
    token: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    verify: bool = True

    @classmethod
    def to(
        cls,
        address: str,
        port: int | str | None = None,
        *,
        scheme: str | None = None,
        default_port: int | None = None,
        token: str | None = None,
        ca_file: str | None = None,
    ) -> Connection:
        """Build a connection from the pieces that users give.

        Args:
            address: A host, or a URL with or without port and base path.
            port: Port, where the address does not name one.
            scheme: Scheme that the address must have, and gets when it names none; else `http`.
            default_port: A `port` that any port in the address may override.
            token: Bearer token.
            ca_file: PEM file of certificate authorities.

        Raises:
            InvalidArgumentError: A piece is malformed, or two pieces contradict each other.
        """
        parsed = _parse(address, scheme or "http")
        if scheme == "https" and parsed.scheme != "https":
            raise InvalidArgumentError(
                f"server_address {address!r} says http, but a secure connection needs https: "
                "use an https address or insecure_connection"
            )
        if ca_file is not None and not Path(ca_file).is_file():
            raise InvalidArgumentError(
                f"custom_ca must be the path of a PEM file, there is none at {ca_file!r}"
            )
        chosen = _port(address, parsed, port, default_port)
        return cls(f"{parsed.scheme}://{parsed.host}:{chosen}{_base_path(parsed)}", _token(token), ca_file)

    @classmethod
    def from_configuration(cls, configuration: ConfigurationLike) -> Connection:
        """Build a connection from a `mr_openapi.Configuration`."""
        plain = cls.to(
            configuration.host, token=configuration.access_token, ca_file=configuration.ssl_ca_cert
        )
        return cls(plain.url, plain.token, plain.ca_file, configuration.verify_ssl)

    def ssl_context(self) -> ssl.SSLContext:
        """Build the TLS settings. Loading certificate authorities takes some 20 ms."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True)
class Local:
    """A registry in this process.

    Attributes:
        db: Path of an SQLite file, a database URL, or `:memory:`.
    """

    db: str = ":memory:"

    @property
    def url(self) -> str:
        """What stands for its address in messages."""
        return self.db


def _parse(address: str, scheme: str) -> Url:
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    if not isinstance(address, str) or not address.strip():  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"server_address must be a host or a URL, got {address!r}")
    text = address.strip()
    if text.count(":") > 1 and "://" not in text and not text.startswith("["):
        text = f"[{text}]"  # a bare IPv6 address
    try:
        parsed = parse_url(text if "://" in text else f"{scheme}://{text}")
    except LocationParseError:
        raise InvalidArgumentError(
            f"server_address {address!r} is neither a host nor a URL such as https://registry.example.org"
        ) from None
    if parsed.scheme not in _DEFAULT_PORTS or not parsed.host:
        raise InvalidArgumentError(f"server_address {address!r} must be a host or an http or https URL")
    if parsed.auth or parsed.query or parsed.fragment:
        raise InvalidArgumentError(
            "server_address must not hold a user, password, query or fragment; give a token as user_token"
        )
    return parsed


def _port(address: str, parsed: Url, port: int | str | None, default_port: int | None) -> int:
    given = None if port is None else _port_number(port)
    if parsed.port is None:
        return given or default_port or _DEFAULT_PORTS[parsed.scheme or "http"]
    if given is not None and given not in (parsed.port, default_port):
        raise InvalidArgumentError(
            f"server_address {address!r} names port {parsed.port}, but port={given} was given too: "
            "leave one out"
        )
    return parsed.port


def _port_number(port: int | str) -> int:
    text = str(port).strip()
    if isinstance(port, bool) or not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
        raise InvalidArgumentError(f"port must be a number from 1 to 65535, got {port!r}")
    return int(text)


def _base_path(parsed: Url) -> str:
    return (parsed.path or "").rstrip("/")


def _token(token: str | None) -> str | None:
    if token is None:
        return None
    stripped = token.strip()
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise InvalidArgumentError(
            "user_token holds characters that no bearer token has, such as blanks or line breaks"
        )
    return stripped or None
