"""Where a registry is and how to speak to it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, TypedDict, cast

from model_registry.connection.address import base_url
from model_registry.connection.pem import is_pem
from model_registry.connection.tokens import Token, checked_token, described
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.arguments import checked_path
from model_registry.types.redaction import without_secrets

Auth: TypeAlias = "Callable[[str, str], Mapping[str, str] | Awaitable[Mapping[str, str]]]"
"""A function (plain or `async`) of method and URL that returns headers for this one request."""

APIVersion: TypeAlias = Literal["v1", "v1alpha3"]
"""An API version."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class ConfigurationLike(Protocol):
    """What is read of a `mr_openapi.Configuration`."""

    access_token: str | None
    ssl_ca_cert: str | None
    verify_ssl: bool

    @property
    def host(self) -> str:
        """Base address."""
        ...


class FurtherOptions(TypedDict, total=False):
    """How to speak to a registry, apart from the token and the authorities to trust.

    Attributes:
        headers: Headers to send with every request.
        auth: Function of method and URL that returns further headers for each request.
        client_cert: PEM file of the certificate to show to the server.
        client_key: PEM file of its key, when that is not in the same file.
        verify: Check the server's certificate; `False` lets anybody read along, and warns.
        connect_timeout: Seconds that connecting may take.
        read_timeout: Seconds without a byte of the answer.
        total_timeout: Seconds that a call may take with all its attempts.
        retries: Further attempts after the first.
        api: API version; found out when not given.
        require_signature: Refuse downloads of versions without a recorded signature.
    """

    headers: Mapping[str, str] | None
    auth: Auth | None
    client_cert: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    verify: bool | None
    connect_timeout: float | None
    read_timeout: float | None
    total_timeout: float | None
    retries: int | None
    api: APIVersion | None
    require_signature: bool | None


class ConnectionOptions(FurtherOptions, total=False):
    """How to speak to a registry: the arguments that everything which connects has in common.

    Attributes:
        token: Bearer token: a text, the `Path` of a file, or a function that returns one; `""` for none.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
    """

    token: Token | None
    ca: str | os.PathLike[str] | None


def _no_headers() -> dict[str, str]:
    return {}


@dataclass(frozen=True, repr=False)
class Connection:
    """How to reach a registry over HTTP. Everything is checked when it is built; nothing is sent.

    Attributes:
        url: Scheme, host, port and base path, without a slash at the end.
        token: Bearer token: a text, the path of a file, or a function that returns one; or `None`.
        headers: Headers to send with every request.
        auth: Function of method and URL that returns further headers for each request, or `None`.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        client_cert: PEM file of the certificate to show to the server, or `None`.
        client_key: PEM file of its key, when that is not in the same file.
        verify: Check the server's certificate.
        connect_timeout: Seconds that connecting may take.
        read_timeout: Seconds without a byte of the answer.
        total_timeout: Seconds that a call may take with all its attempts.
        retries: Further attempts after the first.
        api: API version, `v1` or `v1alpha3`; `None` to find it out.
        require_signature: Refuse downloads of versions without a recorded signature.
        origins: Where each value came from that was not left out, by name of the attribute.

    Raises:
        InvalidArgumentError: A value cannot be right, or two contradict each other.

    Example:
        >>> from model_registry.connection import Connection
        >>> Connection.to("registry.example.org/models/", 8080, scheme="http", token="secret")
        Connection(url='http://registry.example.org:8080/models', token='***')
    """

    url: str
    token: Token | None = None
    headers: Mapping[str, str] = field(default_factory=_no_headers)
    auth: Auth | None = None
    ca: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    verify: bool = True
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 300.0
    retries: int = 3
    api: APIVersion | None = None
    require_signature: bool = False
    origins: Mapping[str, str] = field(default_factory=_no_headers, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", base_url(self.url))
        object.__setattr__(self, "token", checked_token(self.token))
        object.__setattr__(self, "headers", checked_headers("headers", self.headers))
        object.__setattr__(self, "origins", dict(self.origins))
        for name in ("ca", "client_cert", "client_key"):
            object.__setattr__(self, name, _checked_path(name, getattr(self, name)))
        self._check_values()
        self._check_contradictions()
        self._check_certificates()

    def __repr__(self) -> str:
        shown = [f"{name}={text}" for name, text in self._shown().items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __str__(self) -> str:
        lines = [
            f"{name} = {text}" + (f"  ({self.origins[name]})" if name in self.origins else "")
            for name, text in self._shown().items()
        ]
        return "\n".join(lines)

    @classmethod
    def to(
        cls,
        address: str,
        port: int | str | None = None,
        *,
        scheme: str | None = None,
        default_port: int | None = None,
        token: Token | None = None,
        ca: str | None = None,
    ) -> Connection:
        """Build a connection from the pieces that users give.

        Args:
            address: A host, or a URL with or without port and base path.
            port: Port, where the address does not name one.
            scheme: Scheme of an address that names none, `https` by default. `https` also refuses an `http`
                address.
            default_port: A `port` that any port in the address may override.
            token: Bearer token.
            ca: Authorities to trust instead of the system's.

        Raises:
            InvalidArgumentError: A piece is malformed, or two pieces contradict each other.
        """
        return cls(base_url(address, port, scheme=scheme, default_port=default_port), token, ca=ca)

    @classmethod
    def from_configuration(cls, configuration: ConfigurationLike) -> Connection:
        """Build a connection from a `mr_openapi.Configuration`."""
        url = base_url(configuration.host)
        tls = url.startswith("https:")
        return cls(
            url,
            configuration.access_token,
            ca=configuration.ssl_ca_cert if tls else None,
            verify=configuration.verify_ssl or not tls,
        )

    def _shown(self) -> dict[str, str]:
        """Return the text of every value that is not the default, without secrets."""
        texts: dict[str, str] = {}
        for each in fields(self):
            value: object = getattr(self, each.name)
            if each.name == "origins" or value in (each.default, {}):
                continue
            texts[each.name] = repr(value)
        if self.token is not None:
            texts["token"] = described(self.token)
        if self.headers:
            texts["headers"] = repr(dict.fromkeys(self.headers, "***"))
        if self.auth is not None:
            texts["auth"] = f"function {getattr(self.auth, '__name__', type(self.auth).__name__)}"
        if self.ca is not None and is_pem(self.ca):
            texts["ca"] = "'PEM text'"
        return texts

    def _check_values(self) -> None:
        for name in ("connect_timeout", "read_timeout", "total_timeout"):
            seconds: object = getattr(self, name)
            if (
                isinstance(seconds, bool)
                or not isinstance(seconds, (int, float))
                or not 0 < seconds < math.inf
            ):
                raise InvalidArgumentError(f"{name} must be a positive number of seconds, got {seconds!r}")
        if isinstance(self.retries, bool) or not isinstance(self.retries, int) or self.retries < 0:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"retries must be a whole number from 0, got {self.retries!r}")
        if not isinstance(self.verify, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # a path is a common mistake here
            raise InvalidArgumentError(
                f"verify must be True or False, got {self.verify!r}; authorities go into ca"
            )
        if not isinstance(self.require_signature, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(
                f"require_signature must be True or False, got {self.require_signature!r}"
            )
        if self.api not in (None, "v1", "v1alpha3"):
            raise InvalidArgumentError(f"api must be 'v1' or 'v1alpha3', got {self.api!r}")
        if self.auth is not None and not callable(self.auth):
            raise InvalidArgumentError(f"auth must be a function, not a {type(self.auth).__name__}")

    def _check_contradictions(self) -> None:
        if self.client_key is not None and self.client_cert is None:
            raise InvalidArgumentError(
                f"client_key {self.client_key!r} needs its certificate: give client_cert"
            )
        if self.ca is not None and not self.verify:
            raise InvalidArgumentError(
                f"ca={self._shown()['ca']} names whom to trust, verify=False trusts anybody: leave one out"
            )
        if self.token is not None and "authorization" in {name.lower() for name in self.headers}:
            raise InvalidArgumentError("token and headers['Authorization'] say who calls: leave one out")
        if self.url.startswith("https:"):
            return
        without_tls = {"ca": self.ca is None, "client_cert": self.client_cert is None, "verify": self.verify}
        for name, unset in without_tls.items():
            if not unset:
                raise InvalidArgumentError(
                    f"{name}={self._shown()[name]} is for https, but the address {self.url!r} says http: "
                    "change one of them"
                )

    def _check_certificates(self) -> None:
        if self.ca is None and self.client_cert is None:
            return
        from model_registry.connection.tls import client_context

        client_context(self)


@dataclass(frozen=True, repr=False)
class Local:
    """A registry in this process.

    Attributes:
        db: Path of an SQLite file, a database URL, or `:memory:`.

    Example:
        >>> from model_registry.connection import Local
        >>> Local("postgresql://ann:secret@db.example.org/registry")
        Local(db='postgresql://db.example.org/registry')
    """

    db: str = ":memory:"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(db={self.url!r})"

    @property
    def url(self) -> str:
        """Its address for messages, without user and password."""
        return without_secrets(self.db) if "://" in self.db else self.db

    def for_other_process(self) -> Local:
        """Return the same registry for a process that may have another working folder.

        Raises:
            InvalidArgumentError: The registry is in memory, so no other process can reach it.
        """
        if self.db in (":memory:", "sqlite://", "sqlite:///:memory:"):
            raise InvalidArgumentError(
                "a registry in memory exists only in its process, so its client cannot be sent to another: "
                "use a file, such as ModelRegistry.local('registry.db'), or a server"
            )
        if "://" in self.db:
            return self
        return Local(str(Path(self.db).expanduser().absolute()))


def _checked_path(name: str, path: object) -> str | None:
    if path is None:
        return None
    text = str(cast("object", path)) if isinstance(path, (str, os.PathLike)) else ""
    if not text:
        raise InvalidArgumentError(f"{name} must be the path of a PEM file, got {path!r}")
    return text if is_pem(text) else str(checked_path(name, Path(text).expanduser()))


def checked_headers(name: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Refuse headers that cannot be sent.

    Args:
        name: What they are called in messages.
        headers: Values by name.

    Returns:
        A copy, without white space around the values.

    Raises:
        InvalidArgumentError: A name or value cannot be sent, or is the HTTP library's to set.

    Example:
        >>> from model_registry.connection import checked_headers
        >>> checked_headers("headers", {"kubeflow-userid": "ann@example.org"})
        {'kubeflow-userid': 'ann@example.org'}
    """
    if not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"{name} must map names to texts, not be a {type(headers).__name__}")
    for key, value in headers.items():
        if not isinstance(key, str) or not _HEADER_NAME.fullmatch(key) or key.lower() in _OWN_HEADERS:  # pyright: ignore[reportUnnecessaryIsInstance]  # the same
            raise InvalidArgumentError(f"{name} must not hold a header {key!r}")
        if not isinstance(value, str) or not value.strip().isprintable():  # pyright: ignore[reportUnnecessaryIsInstance]  # the same
            raise InvalidArgumentError(f"the value of {name}[{key!r}] must be a text without line breaks")
    return {key: value.strip() for key, value in headers.items()}
