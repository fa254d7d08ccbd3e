"""The public keys of an issuer: fetched when they are needed, cached, and replaced when it rotates them."""

from __future__ import annotations

import asyncio
import logging
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jwt

from model_registry.server.errors import ApiError
from model_registry.server.identity.fetch import Fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

_DISCOVERY: Final = "/.well-known/openid-configuration"
_FRESH_SECONDS: Final = 3600.0
_RETRY_SECONDS: Final = 10.0
_MOST_WAITING: Final = 64
"""How many requests may wait for keys, so that unknown ones do not hold up all others with a slow issuer."""
_KINDS: Final = ("RSA", "EC", "OKP")
_TIMEOUT_SECONDS: Final = 5.0
"""How long all requests for the keys may take together."""
_FAILURES: Final = (
    *(OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError, RecursionError),
    *(jwt.PyJWTError, asyncio.TimeoutError),
)
_logger = logging.getLogger("model_registry.server")


class IssuerKey(NamedTuple):
    """A public key.

    Attributes:
        id: Its id in the headers of tokens.
        public: The key, as PyJWT takes it.
        algorithm: The only algorithm that it is for; None for each that fits its kind.
    """

    id: str | None
    public: Any
    algorithm: str | None


class IssuerKeys:
    """The keys of one issuer.

    Args:
        url: Address of the issuer.
        ca: PEM file of the authorities to trust; None for those of the system.
    """

    def __init__(self, url: str, ca: str | None = None) -> None:
        self._url = url
        self._ca = ca
        self._keys: Mapping[str | None, IssuerKey] | None = None
        self._fetched = self._tried = float("-inf")
        self._turn = asyncio.Lock()
        self._refreshing: asyncio.Future[None] | None = None
        self._waiting = 0

    async def find(self, id: object) -> IssuerKey | None:
        """Return the key with an id; the only key if a token names none.

        An unknown id makes it fetch the keys anew, at most every 10 seconds, and wait while another request
        does that. Old keys are used while the issuer cannot be reached.

        Raises:
            ApiError: 503 when no keys were fetched yet, and the issuer cannot be reached.
        """
        if self._keys is None or id not in self._keys:
            await self._refresh()
        elif time.monotonic() - self._fetched > _FRESH_SECONDS and self._refreshing is None:
            self._refreshing = asyncio.ensure_future(self._refresh())  # no request waits for it
            self._refreshing.add_done_callback(self._forget_refreshing)
        if self._keys is None:
            raise ApiError(
                503, "the registry cannot reach the issuer of the token: see its log", {"Retry-After": "10"}
            )
        if id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(id if isinstance(id, str) else None)

    def _forget_refreshing(self, _: asyncio.Future[None]) -> None:
        self._refreshing = None

    async def _refresh(self) -> None:
        if self._waiting >= _MOST_WAITING:
            return
        self._waiting += 1
        try:
            async with self._turn:
                if time.monotonic() - self._tried >= _RETRY_SECONDS:
                    await self._fetch()
        finally:
            self._waiting -= 1

    async def _fetch(self) -> None:
        self._tried = time.monotonic()
        try:
            self._keys = await asyncio.wait_for(
                asyncio.to_thread(_fetch_keys, self._url, self._ca), _TIMEOUT_SECONDS + 1
            )  # a look-up of a host name has no time limit
            self._fetched = time.monotonic()
        except _FAILURES as error:
            _logger.warning("cannot fetch the keys of %s: %s", self._url, str(error) or type(error).__name__)


def _fetch_keys(url: str, ca: str | None) -> Mapping[str | None, IssuerKey]:
    fetch = Fetch(_TIMEOUT_SECONDS, ca)
    found = fetch.json(url.rstrip("/") + _DISCOVERY)
    if found["issuer"] != url:
        raise ValueError(f"it says that it is {found['issuer']!r}")
    keys = (_read_key(each, url) for each in fetch.json(found["jwks_uri"])["keys"])
    return {key.id: key for key in keys if key is not None}


def _read_key(jwk: Any, url: str) -> IssuerKey | None:  # noqa: ANN401  # any JSON value
    """Return a key that signs, or None. One that cannot be used harms no other."""
    kid: object = None
    try:
        kid = jwk.get("kid")
        if jwk.get("use", "sig") != "sig" or jwk.get("kty") not in _KINDS:
            return None
        if not (kid is None or isinstance(kid, str)):
            raise TypeError("its id is not a text")  # noqa: TRY301  # as other keys that cannot be used
        return IssuerKey(kid, jwt.PyJWK(jwk).key, jwk.get("alg"))
    except (jwt.PyJWTError, AttributeError, TypeError, ValueError) as error:
        _logger.warning("cannot use the key %.100r of %s: %s", kid, url, error)
        return None
