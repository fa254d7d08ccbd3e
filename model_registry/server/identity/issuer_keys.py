"""The public keys of an issuer: fetched when they are needed, cached, and replaced when it rotates them."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
import urllib.request
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import jwt

from model_registry.server.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

_DISCOVERY: Final = "/.well-known/openid-configuration"
_FRESH_SECONDS: Final = 3600.0
_RETRY_SECONDS: Final = 10.0
_TIMEOUT_SECONDS: Final = 5.0
_MOST_BYTES: Final = 1024 * 1024
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_logger = logging.getLogger("model_registry.server")


class IssuerKeys:
    """The keys of one issuer.

    Args:
        url: Address of the issuer.
        ca: PEM file of the authorities to trust; None for those of the system.
    """

    def __init__(self, url: str, ca: str | None = None) -> None:
        self._url = url
        self._ca = ca
        self._keys: Mapping[str | None, jwt.PyJWK] | None = None
        self._fetched = self._tried = float("-inf")
        self._turn = asyncio.Lock()
        self._refreshing: asyncio.Future[None] | None = None

    async def find(self, id: object) -> jwt.PyJWK | None:
        """Return the key with an id; the only key if a token names none.

        An unknown id makes it fetch the keys anew, at most every 10 seconds. Old keys are used while the
        issuer cannot be reached.

        Raises:
            ApiError: 503 when no keys were fetched yet, and the issuer cannot be reached.
        """
        if self._keys is None or (id not in self._keys and not self._tried_lately()):
            await self._refresh()
        elif time.monotonic() - self._fetched > _FRESH_SECONDS and not self._tried_lately():
            self._tried = time.monotonic()
            self._refreshing = asyncio.ensure_future(self._refresh())  # no request waits for it
        if self._keys is None:
            raise ApiError(
                503, "the registry cannot reach the issuer of the token: see its log", {"Retry-After": "10"}
            )
        if id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(id if isinstance(id, str) else None)

    def _tried_lately(self) -> bool:
        return time.monotonic() - self._tried < _RETRY_SECONDS

    async def _refresh(self) -> None:
        asked = time.monotonic()
        async with self._turn:
            if self._tried > asked or (self._keys is None and self._tried_lately()):
                return  # another request just tried
            self._tried = time.monotonic()
            try:
                self._keys = await asyncio.to_thread(_fetch_keys, self._url, self._ca)
                self._fetched = time.monotonic()
            except (OSError, ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
                _logger.warning("cannot fetch the keys of %s: %s", self._url, error)


def check_address(url: str) -> None:
    """Check that an address cannot be read or changed on the way.

    Raises:
        ValueError: It does not begin with https://, and is not on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"{url!r} is not an address of an issuer: it must begin with https://")


def trusting(ca: str | None) -> ssl.SSLContext:
    """Return the settings of TLS that trust the authorities in a PEM file; None for those of the system.

    Raises:
        OSError: The file cannot be read, or contains no certificate.
    """
    return ssl.create_default_context(cafile=ca)


def _fetch_keys(url: str, ca: str | None) -> Mapping[str | None, jwt.PyJWK]:
    found = _fetch(url.rstrip("/") + _DISCOVERY, ca)
    if found["issuer"] != url:
        raise ValueError(f"it says that it is {found['issuer']!r}")
    keys: dict[str | None, jwt.PyJWK] = {}
    for each in _fetch(found["jwks_uri"], ca)["keys"]:
        if each.get("use", "sig") == "sig" and each.get("kty") in {"RSA", "EC", "OKP"}:
            try:
                keys[each.get("kid")] = jwt.PyJWK(each)
            except jwt.PyJWTError as error:
                _logger.warning("cannot use the key %r of %s: %s", each.get("kid"), url, error)
    return keys


def _fetch(url: str, ca: str | None) -> dict[str, Any]:
    check_address(url)
    context = trusting(ca) if url.startswith("https:") else None
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS, context=context) as response:  # noqa: S310  # checked
        check_address(response.url)  # after redirects
        data = response.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{url} is longer than {_MOST_BYTES} bytes")
    document: dict[str, Any] = json.loads(data)
    return document
