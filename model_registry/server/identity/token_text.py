"""The text of named tokens: `mrt_`, an id, a secret and a checksum.

Programs that search code for secrets find tokens by the prefix. The checksum tells a typo from a token
without the database. The database stores the id, and of the rest only a hash: a secret of 238 random bits
needs no slow one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from typing import Final, NamedTuple

PREFIX: Final = "mrt_"
"""The beginning of every named token."""

_ALPHABET: Final = string.digits + string.ascii_letters
_ID, _SECRET, _CHECKSUM = 10, 40, 6
_TOKEN: Final = re.compile(
    rb"mrt_(?P<id>[0-9A-Za-z]{%d})(?P<secret>[0-9A-Za-z]{%d})(?P<checksum>[0-9A-Za-z]{%d})"
    % (_ID, _SECRET, _CHECKSUM)
)


class TokenParts(NamedTuple):
    """What the database stores of a token.

    Attributes:
        id: The part by which it is found.
        hash: The hash of the whole token.
    """

    id: str
    hash: str


def new_token() -> str:
    """Return a new random token."""
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_ID + _SECRET))
    return body + _checksum(body.encode())


def parse_token(token: bytes) -> TokenParts | None:
    """Return the parts of a token, or None when the text is no named token.

    Example:
        >>> from model_registry.server.identity.token_text import new_token, parse_token
        >>> token = new_token()
        >>> parse_token(token.encode()) is None, parse_token(b"mrt_other") is None
        (False, True)
    """
    found = _TOKEN.fullmatch(token)
    if found is None or _checksum(token[:-_CHECKSUM]).encode() != found["checksum"]:
        return None
    return TokenParts(found["id"].decode(), hashlib.sha256(token).hexdigest())


def _checksum(body: bytes) -> str:
    number, digits = zlib.crc32(body), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits
