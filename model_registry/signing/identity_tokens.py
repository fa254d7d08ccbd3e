"""Identity tokens: whom they name, and whether they still hold. Their text is repeated in no error."""

from __future__ import annotations

import base64
import binascii
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from model_registry.exceptions import IdentityTokenError, SigningFileNotFoundError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"


def decode_jwt_payload(token: str) -> dict[str, Any]:
    """Read the claims of a JSON web token. Its signature is not checked: that is for who accepts it.

    Args:
        token: `header.payload.signature`.

    Returns:
        The claims.

    Raises:
        IdentityTokenError: The text is no such token.

    Example:
        >>> from model_registry.signing import decode_jwt_payload
        >>> decode_jwt_payload("e30.eyJzdWIiOiAibWUifQ.c2ln")
        {'sub': 'me'}
    """
    parts = token.strip().split(".")
    if len(parts) != 3:
        raise IdentityTokenError(
            f"An identity token has three parts with dots between them; this text has {len(parts)}."
        )
    text = parts[1].rstrip("=")
    try:
        payload = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        claims: object = json.loads(payload)
    except (binascii.Error, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise IdentityTokenError(
            "The middle part of the identity token is no JSON object in base64."
        ) from None
    return cast("dict[str, Any]", claims)


def extract_client_id(claims: Mapping[str, Any]) -> str | None:
    """Return the client (audience) that a token was issued for.

    Args:
        claims: The token's claims.

    Returns:
        The first audience, or `None`.

    Example:
        >>> from model_registry.signing import extract_client_id
        >>> extract_client_id({"aud": ["sigstore", "other"]})
        'sigstore'
    """
    audience: object = claims.get("aud")
    if isinstance(audience, list):
        audience = next(iter(cast("list[object]", audience)), None)
    return audience if isinstance(audience, str) and audience else None


def certificate_identity_of(claims: Mapping[str, Any]) -> str | None:
    """Return the name that a certificate authority writes into the certificate of a token's holder.

    Args:
        claims: The token's claims.

    Returns:
        For a Kubernetes service account its URI, for others the email address or the subject.

    Example:
        >>> from model_registry.signing.identity_tokens import certificate_identity_of
        >>> certificate_identity_of({"sub": "system:serviceaccount:fraud:trainer"})
        'https://kubernetes.io/namespaces/fraud/serviceaccounts/trainer'
    """
    subject: object = claims.get("sub")
    if isinstance(subject, str) and subject.startswith(SERVICE_ACCOUNT_PREFIX):
        namespace, _, account = subject.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
        if namespace and account and ":" not in account:
            return f"https://kubernetes.io/namespaces/{namespace}/serviceaccounts/{account}"
    identity: object = claims.get("email") or subject
    return identity if isinstance(identity, str) and identity else None


def read_identity_token(path: str | os.PathLike[str]) -> str:
    """Read a token from its file, and refuse one that nobody would accept any more.

    Args:
        path: The file.

    Returns:
        The token.

    Raises:
        SigningFileNotFoundError: There is no such file.
        IdentityTokenError: The file cannot be read, or holds no token, or one that has expired.
    """
    try:
        token = Path(path).read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        raise SigningFileNotFoundError(
            f"There is no identity token at {path}: give identity_token_path, or run where one is mounted."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no ASCII text"
        raise IdentityTokenError(f"The identity token {path} cannot be read: {reason}.") from None
    expires: object = decode_jwt_payload(token).get("exp")
    if isinstance(expires, int | float) and expires <= time.time():
        late = round(time.time() - expires)
        raise IdentityTokenError(f"The identity token {path} expired {late} s ago: get a new one.")
    return token
