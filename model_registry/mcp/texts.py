"""Texts out of a registry, made safe for agents: short, without secrets, and without invisible characters."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final, cast

from model_registry.types.formatting import plain
from model_registry.types.redaction import redacted_text

MASK: Final = "***"
"""What stands for a secret."""

SHORT: Final = 200
"""Characters of a text in a list, and of each value of a property."""

LONG: Final = 2000
"""Characters of a description, and of texts as long, of one resource."""

_ENTRIES: Final = 50
"""Entries of a dictionary or list."""

_DEPTH: Final = 7
"""Levels of dictionaries and lists."""

_ROOM: Final = 16_000
"""Characters of all that is shown of one resource."""

_ROOM_IN_LIST: Final = 500
"""Characters of all that is shown of a resource in a list."""

_NUMBER: Final = 8
"""Characters that a number takes."""

_SECRET_NAMES: Final = frozenset(
    {"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "credential", "credentials"}
    | {"authorization", "cookie", "bearer"}
)
_SECRET_PAIRS: Final = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("account", "key")})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_KEY: Final = r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)\s*[:=]\s*"
_SECRETS: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\b(?:gh[pousr]_|github_pat_|hf_|glpat-|sk-|mrt_|pypi-|npm_|xox[a-z]-|AIza)[A-Za-z0-9_-]{16,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
    r"|\bauthorization\s*[:=]\s*(?:[a-z]+[ \t]+)?(?:(?!authorization)\S)+"
    r"|(?<=bearer )[A-Za-z0-9._~+/=-]{8,}|(?<=basic )[A-Za-z0-9+/=]{8,}"
    rf"|(?<![A-Za-z0-9]){_KEY}(?:(?!{_KEY})\S)+",  # up to the next one
    re.DOTALL | re.IGNORECASE,
)

_BLANK: Final = re.compile("[\u115f\u1160\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
"""Letters and signs that nobody sees, besides those that Unicode calls not printable."""


def safe(text: str, most: int = SHORT) -> str:
    r"""Return a text without secrets, with invisible characters written as escapes, cut to a length.

    Example:
        >>> from model_registry.mcp.texts import safe
        >>> safe("ignore\u200b this, from https://ann:pw@example.org/?sig=abc")
        'ignore\\u200b this, from https://example.org/'
    """
    # Secrets are masked before the cut: half of one is no pattern any more.
    known = _SECRETS.sub(MASK, redacted_text(text))
    seen = "".join(each if _is_visible(each) else _escaped(each) for each in known[: most + 1])
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


class Room:
    """How many characters there is room for.

    Args:
        left: The characters; one text may exceed them.
    """

    def __init__(self, left: float = math.inf) -> None:
        self.left = left


def safe_value(
    value: object, most: int = SHORT, *, name: str = "", room: Room | None = None, depth: int = _DEPTH
) -> object:
    """Return a value as JSON types, its texts made safe; that of a name such as `api_key` is masked.

    Args:
        value: The value.
        most: Characters of each text in it.
        name: What the value is called, behind the names of what it is in.
        room: Room for all texts in it; what comes after is left out.
        depth: Levels of dictionaries and lists; those below are left out.
    """
    room = room or Room()
    value = plain(value)
    if isinstance(value, (Mapping, list)):
        return _safe_entries(cast("Mapping[object, object] | list[object]", value), most, name, room, depth)
    if value is None or isinstance(value, (bool, int, float)):
        room.left -= _NUMBER
        return value
    text = MASK if value and is_secret_name(name) else safe(str(value), most)
    room.left -= len(text)
    return text


def _safe_entries(
    value: Mapping[object, object] | list[object], most: int, name: str, room: Room, depth: int
) -> object:
    entries = list(enumerate(value) if isinstance(value, list) else value.items())
    found: dict[str, object] = {}
    for key, each in entries[: _ENTRIES if depth else 0]:
        if room.left < 0:
            break
        shown = safe(str(key))
        room.left -= len(shown)
        found[shown] = safe_value(each, most, name=f"{name} {key}", room=room, depth=depth - 1)
    rest = len(entries) - len(found)
    if isinstance(value, list):
        return [*found.values(), *([f"… {rest} more"] if rest else [])]
    return {**found, "…": f"{rest} more"} if rest else found


def untrusted(values: Mapping[str, object], *, whole: bool = False) -> dict[str, object]:
    """Return the values of others that are not empty, made safe.

    Args:
        values: Values by the name of the field.
        whole: Whether the result is about one resource, so that there is room for longer texts.
    """
    most, room = (LONG, Room(_ROOM)) if whole else (SHORT, Room(_ROOM_IN_LIST))
    return {
        name: safe_value(value, most if isinstance(value, str) else SHORT, name=name, room=room)
        for name, value in values.items()
        if value not in (None, "", [], {})
    }


def is_secret_name(name: str) -> bool:
    """Return whether the value of a name is probably a secret.

    Example:
        >>> from model_registry.mcp.texts import is_secret_name
        >>> is_secret_name("AWS_SECRET_ACCESS_KEY"), is_secret_name("max_tokens")
        (True, False)
    """
    words = [each.lower() for each in _WORD.findall(name)]
    return not _SECRET_NAMES.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(pairwise(words))


def compact_json(value: object) -> str:
    """Return JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_visible(character: str) -> bool:
    return character == "\n" or (character.isprintable() and not _BLANK.match(character))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
