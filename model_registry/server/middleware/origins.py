"""Refuse requests that a web page of another origin, or of a name that is not the registry's, may have sent.

A browser on a machine that can reach the registry sends requests for any page that it shows. It names the
page in `Origin`, and the address that the page used in `Host`. Without asking the server first, it sends
bodies of a few types only; JSON is not among them.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING, Final

from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import get_header, send_error

if TYPE_CHECKING:
    from collections.abc import Collection

    from model_registry.server.http.asgi import Application, Receive, Scope, Send

ALL: Final = "*"
"""The word that allows all hosts, or all origins."""

_HOST: Final = re.compile(
    r"(?P<name>\[[0-9a-f.%]*:[0-9a-f:.%]*\]|[a-z0-9._~!$&'()*+,;=%-]*)(:(?P<port>[0-9]{0,5}))?"
)
"""A host and a port as URLs write them (RFC 3986), in lower case."""
_LAST_PORT: Final = 65535
_LONGEST_HOST: Final = 261
"""Length of the longest name of the DNS with a port."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_TYPE: Final = b"application/json"
FORM: Final = b"application/x-www-form-urlencoded"
"""The content type of an HTML form."""

_PORTS: Final = {"http": "80", "https": "443"}


class OriginMiddleware:
    """Refuse requests of foreign web pages, and those to names that the registry does not have.

    Args:
        app: The ASGI application to protect.
        hosts: Names of the registry in the header `Host`, `.example.org` for all names below a domain. An IP
            address is always accepted: a page cannot make a browser use one for a name of its own. Empty or
            `*` to accept every name.
        origins: Origins of other web pages that may use the registry; `*` for all.
        content_type: The type that request bodies must have.
    """

    def __init__(
        self,
        app: Application,
        *,
        hosts: Collection[str] = (),
        origins: Collection[str] = (),
        content_type: bytes = JSON_TYPE,
    ) -> None:
        self._app = app
        self._content_type = content_type
        self._origins = frozenset(origins)
        names = frozenset(one.lower().rstrip(".") for one in hosts)
        self._refusal = functools.lru_cache(maxsize=256)(functools.partial(_refusal, names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or respond with the status 400, 403, 415 or 421."""
        if scope["type"] == "http":
            try:
                self._check(scope)
            except ApiError as error:
                await send_error(send, error)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        host = get_header(scope, b"host")
        if host is not None:
            self._check_host(host.decode("latin-1").lower(), scope)
        origin = get_header(scope, b"origin")
        if origin is not None and not self._allows(origin.decode("latin-1"), host or b""):
            raise ApiError(
                403,
                f"web pages of {origin.decode('latin-1')!r} may not use this registry: start it with the"
                " origin in --cors-allowed-origins",
            )
        if scope["method"] not in _READING:
            _check_content_type(scope, self._content_type)

    def _check_host(self, host: str, scope: Scope) -> None:
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            raise ApiError(400, "the request has several Host headers: send one")
        refusal = 400 if len(host) > _LONGEST_HOST else self._refusal(host)
        if refusal == 400:
            raise ApiError(400, f"the Host header {host[:_LONGEST_HOST]!r} is not a host and a port")
        if refusal is not None:
            raise ApiError(
                refusal,
                f"this registry does not serve the host {host!r}: use its address, or start it with the name"
                " in --allowed-hosts",
            )

    def _allows(self, origin: str, host: bytes) -> bool:
        if ALL in self._origins or origin in self._origins:
            return True
        # The scheme may differ: a proxy before the registry may speak TLS.
        scheme, separator, place = origin.lower().partition("://")
        own = host.decode("latin-1").lower()
        return bool(separator and place) and place in {own, own.removesuffix(f":{_PORTS.get(scheme)}")}


def _refusal(names: frozenset[str], host: str) -> int | None:
    """Return the status for a header `Host`; None if the registry has that name."""
    parsed = _HOST.fullmatch(host)
    if parsed is None or int(parsed["port"] or 0) > _LAST_PORT:
        return 400
    name, is_ipv6 = parsed["name"].strip("[]").rstrip("."), host.startswith("[")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if is_ipv6:
            return 400
        is_own = name in names or any(one.startswith(".") and name.endswith(one) for one in names)
        return None if is_own or not names or ALL in names else 421
    return None


def _check_content_type(scope: Scope, expected: bytes) -> None:
    found = get_header(scope, b"content-type") or b""
    if found.partition(b";")[0].strip().lower() != expected and (found or _has_body(scope)):
        given = f"is {found.decode('latin-1')!r}" if found else "is missing"
        raise ApiError(415, f"the Content-Type of the request {given}: send {expected.decode()}")


def _has_body(scope: Scope) -> bool:
    length = get_header(scope, b"content-length")
    if length is not None:
        return length != b"0"
    # From HTTP/2 on, a body needs no header.
    return not scope["http_version"].startswith("1") or get_header(scope, b"transfer-encoding") is not None
