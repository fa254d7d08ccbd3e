"""Read the query parameters of a request."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from model_registry.server.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2}).{0,2}")


_MOST_CACHED: Final = 1024
"""Length of the longest query that is cached, in bytes: each of its parameters takes much more memory."""


def read_query(raw: bytes) -> Mapping[str, str]:
    """Return the query parameters; of a repeated one, the first value."""
    return _read_and_cache(raw) if len(raw) <= _MOST_CACHED else _read(raw)


def _read(raw: bytes) -> Mapping[str, str]:
    if b";" in raw:
        raise ApiError(400, "invalid semicolon separator in query: write it as %3B")
    bad = _BAD_ESCAPE.search(raw)
    if bad:
        raise ApiError(400, f'invalid URL escape "{bad.group().decode("latin-1")}"')
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError(400, "the query is not valid UTF-8") from None
    query: dict[str, str] = {}
    for key, value in pairs:
        if "\0" in value:
            raise ApiError(400, f"Invalid {key} query parameter: contains null bytes which are not allowed")
        query.setdefault(key, value)
    return query


_read_and_cache = functools.lru_cache(maxsize=128)(_read)
