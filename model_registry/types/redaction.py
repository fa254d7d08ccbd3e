"""Values without what may be secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast


def without_secrets(url: str) -> str:
    """Return a URL without what may be secret: user, password, query and fragment.

    Example:
        >>> from model_registry.types.redaction import without_secrets
        >>> without_secrets("https://ann:secret@sso.example.org/login?state=secret")
        'https://sso.example.org/login'
    """
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"//[^/]*@", "//", bare)


def redacted(value: object) -> object:
    """Return a value with each URL in it, inside lists and dictionaries, too, without secrets."""
    if isinstance(value, str):
        return without_secrets(value) if "://" in value and " " not in value else value
    if isinstance(value, Mapping):
        return {key: redacted(each) for key, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [redacted(each) for each in cast("Sequence[object]", value)]
    return value
