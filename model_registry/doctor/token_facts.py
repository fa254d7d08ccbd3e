"""What can be said about a token without showing or verifying it."""

from __future__ import annotations

import base64
import binascii
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from model_registry.connection.tokens import described, source_of
from model_registry.doctor.report import Finding
from model_registry.exceptions import ModelRegistryError

if TYPE_CHECKING:
    from model_registry.connection import Connection

_SOON = 300.0
"""Seconds before the end of a token that is not renewed, from which a warning is given."""


async def token_finding(connection: Connection) -> Finding:
    """Check that there is a token, how old it is, and whether it is of this moment."""
    token = connection.token
    if token is None:
        return Finding("token", "skipped", "none is sent")
    about = f"{described(token)} ({connection.origins.get('token', 'argument')})"
    if not isinstance(token, str) and not callable(token):
        about += _age(Path(token))
    try:
        text = await source_of(token).current()
    except ModelRegistryError as error:
        return Finding("token", "failed", f"{about}: {error}", "See that the token can be read.")
    except Exception as error:  # noqa: BLE001  # a function of the user's may raise anything
        return Finding("token", "failed", f"{about} raised {type(error).__name__}", "Mend the function.")
    claims = read_claims(text)
    if claims is None:
        return Finding("token", "ok", f"{about}; not a JWT, so only the registry knows when it expires")
    return _judge(about, claims, is_replaced=not isinstance(token, str))


def read_claims(token: str) -> dict[str, Any] | None:
    """Read the claims of a JWT (RFC 7519) without verifying its signature; `None` when it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    payload = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims: object = json.loads(base64.urlsafe_b64decode(payload))
    except (binascii.Error, ValueError):
        return None
    return cast("dict[str, Any]", claims) if isinstance(claims, dict) else None


def _judge(about: str, claims: dict[str, Any], *, is_replaced: bool) -> Finding:
    now = time.time()
    begins, ends = _number(claims.get("nbf")), _number(claims.get("exp"))
    about += f"; a JWT for {_audience(claims.get('aud'))}"
    if ends is not None and ends <= now:
        return Finding("token", "failed", f"{about}, expired {_span(now - ends)} ago", "Get a fresh token.")
    if begins is not None and begins > now:
        return Finding(
            "token",
            "failed",
            f"{about}, valid only in {_span(begins - now)}",
            "Is this machine's clock right?",
        )
    if ends is None:
        return Finding("token", "ok", f"{about}, without an end")
    says = f"{about}, valid for another {_span(ends - now)}"
    if ends - now < _SOON and not is_replaced:
        return Finding(
            "token", "warning", says, "Give the Path of a file, or a function, to have it renewed."
        )
    return Finding("token", "ok", says)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _audience(value: object) -> str:
    names = cast("list[object]", value) if isinstance(value, list) else [value]
    return ", ".join(str(name) for name in names if name) or "anybody"


def _age(path: Path) -> str:
    try:
        return f", written {_span(time.time() - path.stat().st_mtime)} ago"
    except OSError:
        return ""


def _span(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"
