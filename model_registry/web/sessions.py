"""Cookies of visitors: the token of the API in an encrypted session, and the secret of forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

SESSION: Final = "model_registry_session"
FORMS: Final = "model_registry_forms"
CSRF_FIELD: Final = "csrf_token"
"""Name of the hidden field of every form."""

_HOURS: Final = 12
_SECRET_LENGTH: Final = 43


def new_key() -> bytes:
    """Return a random key for `Sessions`."""
    return secrets.token_bytes(32)


class Sessions:
    """Reads and writes the cookies. All processes of a server use the same key.

    A session ends after 12 hours, and with the server that has the key.

    Args:
        key: The key that encrypts and signs, of 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def start(self, request: Request, response: Response, token: str) -> None:
        """Store the token of the API in an encrypted cookie."""
        from cryptography.fernet import Fernet

        sealed = Fernet(self._fernet_key()).encrypt(token.encode()).decode()
        _set_cookie(request, response, SESSION, sealed, seconds=_HOURS * 3600)

    def end(self, request: Request, response: Response) -> None:
        """Delete the session."""
        _set_cookie(request, response, SESSION, "", seconds=0)

    def token(self, request: Request) -> str | None:
        """Return the token of a session; `None` without a session, or if it is expired or changed."""
        sealed = _cookie(request, SESSION)
        if not sealed:
            return None
        from cryptography.fernet import Fernet, InvalidToken

        try:
            return Fernet(self._fernet_key()).decrypt(sealed.encode(), ttl=_HOURS * 3600).decode()
        except (InvalidToken, UnicodeEncodeError):
            return None

    def form_secret(self, request: Request) -> tuple[str, bool]:
        """Return the visitor's secret for forms, and whether it is new and needs a cookie."""
        known = _cookie(request, FORMS)
        if len(known) == _SECRET_LENGTH and known.isascii():
            return known, False
        return secrets.token_urlsafe(32), True

    def store_form_secret(self, request: Request, response: Response, secret: str) -> None:
        """Store the visitor's secret for forms."""
        _set_cookie(request, response, FORMS, secret)

    def csrf_token(self, secret: str) -> str:
        """Return what forms of a visitor with this secret must contain."""
        return hmac.new(self._key, b"form:" + secret.encode(), hashlib.sha256).hexdigest()

    def accepts(self, request: Request, form_token: str) -> bool:
        """Return whether a form was rendered for this visitor."""
        secret, is_new = self.form_secret(request)
        return not is_new and hmac.compare_digest(self.csrf_token(secret).encode(), form_token.encode())

    def _fernet_key(self) -> bytes:
        from base64 import urlsafe_b64encode

        return urlsafe_b64encode(self._key)


def _name(request: Request, name: str) -> str:
    """Return the name of a cookie: with TLS, one that no other host of the domain can set."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def _cookie(request: Request, name: str) -> str:
    return request.cookies.get(_name(request, name), "")


def _set_cookie(
    request: Request, response: Response, name: str, value: str, *, seconds: int | None = None
) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
