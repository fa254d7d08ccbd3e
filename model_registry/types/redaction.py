"""Values without what may be secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

# A URL within a text: with a scheme, or beginning with `//`. The look-behind keeps the search linear.
_URL = re.compile(r"(?:(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*:)?[/\\]{2}[^\s\"'<>/\\][^\s\"'<>]*")
_QUERY = re.compile(r"[?#][^\s=?#]*=\S*")
_USER = re.compile(r"([/\\]{2})[^/\\]*@")
_USER_WITH_DELIMITERS = re.compile(r"([/\\]{2})[^/\\?#@:\[]*:(?!\d*(?:[/\\?#]|$))[^@]*@")
"""A user and a password that holds `/`, `?` or `#`: what stands behind its colon is no port."""


def without_secrets(url: str) -> str:
    """Return a URL without what may be secret: user, password, query and fragment.

    Example:
        >>> from model_registry.types.redaction import without_secrets
        >>> without_secrets("https://ann:secret@sso.example.org/login?state=secret")
        'https://sso.example.org/login'
    """
    bare = re.split(r"[?#]", _USER_WITH_DELIMITERS.sub(r"\1", url, count=1), maxsplit=1)[0]
    return _USER.sub(r"\1", bare, count=1)


def redacted_text(text: str) -> str:
    """Return a text with each URL in it without secrets, and without what looks like a query.

    Example:
        >>> from model_registry.types.redaction import redacted_text
        >>> redacted_text("from https://ann:secret@example.org/m.onnx, or m.onnx?sig=secret")
        'from https://example.org/m.onnx, or m.onnx'
    """
    if not ("//" in text or "\\\\" in text or "=" in text):
        return text
    return _QUERY.sub("", _URL.sub(lambda found: without_secrets(found[0]), text))


def redacted(value: object) -> object:
    """Return a value with each URL in it, inside lists and dictionaries, too, without secrets."""
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, Mapping):
        given = cast("Mapping[object, object]", value)
        return {redacted(key): redacted(each) for key, each in given.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(each) for each in cast("Sequence[object]", value)]
    return value
