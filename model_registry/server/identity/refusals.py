"""The errors of requests whose caller is not known."""

from __future__ import annotations

from typing import Final

from model_registry.server.errors import ApiError

_CHALLENGE: Final = 'Bearer realm="model-registry"'


def unauthenticated(message: str, *, invalid: bool = False) -> ApiError:
    """Return the error for a request without a valid token.

    Args:
        message: What is wrong, without the token.
        invalid: Whether the request sent a token.
    """
    details = [_CHALLENGE, 'error="invalid_token"'] if invalid else [_CHALLENGE]
    return ApiError(401, message, {"WWW-Authenticate": ", ".join(details)})
