"""Know callers by tokens of OpenID Connect issuers, those of Kubernetes service accounts included."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import jwt

from model_registry.server.identity.caller import Renewal
from model_registry.server.identity.grants import granted
from model_registry.server.identity.issuer_keys import IssuerKeys
from model_registry.server.identity.refusals import unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_registry.server.database.protocol import Session
    from model_registry.server.errors import ApiError
    from model_registry.server.http.asgi import Scope
    from model_registry.server.identity.caller import Actor

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Accepted algorithms: with public keys only, so that none can be used as a secret."""

_CRITICAL: Final = "crit"
"""A header that lists extensions which must be understood (RFC 7515, 4.1.11). None is."""
_EMAIL: Final = "email"
_VERIFIED: Final = "email_verified"
"""A claim that is false where people can enter any address; a text of some issuers. Others have none."""
_LEEWAY_SECONDS: Final = 30
_REMEMBERED_SECONDS: Final = 60.0
_MOST: Final = 10_000
_DOTS: Final = 2


@dataclass(frozen=True)
class Issuer:
    """An issuer of tokens.

    Attributes:
        url: Its address, exactly as in the claim `iss`.
        audiences: The tokens must be for one of these.
        name_claim: The claim with the name of the caller.
        groups_claim: The claim with the names of the caller's groups.
        ca: PEM file of the authorities to trust, instead of those of the system.
    """

    url: str
    audiences: tuple[str, ...]
    name_claim: str = "sub"
    groups_claim: str = "groups"
    ca: str | None = None


class _Remembered(NamedTuple):
    caller: Actor
    until: float


class OIDCCallers:
    """Know callers by signed tokens.

    Args:
        issuers: The issuers whose tokens are accepted.
        grants: Roles by name and group.
    """

    def __init__(self, issuers: Sequence[Issuer], grants: Mapping[str, str]) -> None:
        self._issuers = {one.url: one for one in issuers}
        self._keys = {one.url: IssuerKeys(one.url, one.ca) for one in issuers}
        self._grants = grants
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    async def caller(self, scope: Scope, token: bytes | None) -> Actor | None:
        """See `Authenticator`."""
        del scope
        if token is None or token.count(b".") != _DOTS:
            return None
        key = hashlib.sha256(token).digest()
        remembered = self._remembered.get(key)
        if remembered is not None and remembered.until > time.time():
            return remembered.caller
        caller, expires = await self._verify(token)
        self._remembered[key] = _Remembered(caller, min(expires, time.time() + _REMEMBERED_SECONDS))
        if len(self._remembered) > _MOST:
            self._remembered.popitem(last=False)
        return caller

    async def _verify(self, token: bytes) -> tuple[Actor, float]:
        """Return the caller, and when the token expires."""
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(token, options={"verify_signature": False})
            issuer = self._issuers.get(str(claims.get("iss")))
            if issuer is None or header.get("alg") not in ALGORITHMS or _CRITICAL in header:
                raise _not_valid()
            key = await self._keys[issuer.url].find(header.get("kid"))
            if key is None or key.algorithm not in {None, header["alg"]}:
                raise _not_valid()
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[header["alg"]],
                audience=issuer.audiences,
                issuer=issuer.url,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
            expires = float(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            raise _not_valid() from None
        renewal = Renewal(time.monotonic() + expires + _LEEWAY_SECONDS - time.time(), _refuse_expired)
        return self._caller(issuer, claims)._replace(renewal=renewal), expires

    def _caller(self, issuer: Issuer, claims: Mapping[str, Any]) -> Actor:
        name = claims.get(issuer.name_claim)
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= _MOST_NAME:
            raise unauthenticated(f"the token has no usable claim {issuer.name_claim!r}", invalid=True)
        if issuer.name_claim == _EMAIL and claims.get(_VERIFIED, True) not in (
            True,
            "true",
        ):  # any JSON value
            raise unauthenticated("the issuer has not verified the e-mail address of the token", invalid=True)
        groups: Any = claims.get(issuer.groups_claim) or []
        listed: Any = [groups] if isinstance(groups, str) else groups
        if not isinstance(listed, list):
            raise unauthenticated(f"the claim {issuer.groups_claim!r} is not a list of names", invalid=True)
        names = [str(one) for one in cast("list[object]", listed)]
        return granted(self._grants, name, names, f"oidc {issuer.url}")


_MOST_NAME: Final = 200


def _refuse_expired(session: Session) -> None:
    del session
    raise _expired()


def _expired() -> ApiError:
    return unauthenticated("the token has expired", invalid=True)


def _not_valid() -> ApiError:
    return unauthenticated("the token is not valid", invalid=True)
