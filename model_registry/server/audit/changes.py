"""What a write changed, field by field, and its JSON without secrets."""

from __future__ import annotations

import base64
import functools
import itertools
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import msgspec

from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.database.protocol import Document

Changes: TypeAlias = dict[str, list[Any]]
"""Values before and after, by field. Custom properties have the name `customProperties.KEY`."""

MASK: Final = "***"
"""Stands for a secret."""

_MOST: Final = 1000
"""Maximum length of a stored text, in characters."""
_PROPERTIES: Final = "customProperties"
_IGNORED: Final = frozenset({"id", "createTimeSinceEpoch", "lastUpdateTimeSinceEpoch", _PROPERTIES})
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_SECRET_WORDS: Final = frozenset(
    ["password", "passwd", "passphrase", "secret", "secrets", "token", "credential", "credentials", "apikey"]
)
_SECRET_PAIRS: Final = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("account", "key")})
_SECRET_TEXT: Final = re.compile(
    r"\bmrt_[0-9A-Za-z]{20,}|\bhf_[0-9A-Za-z]{20,}|\bgh[opsu]_[0-9A-Za-z]{20,}|\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*-----)?"
)
_MAY_BE_SECRET: Final = re.compile(r"//|\\\\|=|_[0-9A-Za-z]{20}|A[KS]IA|eyJ|-----BEGIN")
"""What each text with a secret has, in JSON."""


def changes_of(before: Document | None, after: Document) -> Changes:
    """Return the fields that differ.

    Args:
        before: The stored resource, or None for a new one.
        after: The new resource.

    Example:
        >>> from model_registry.server.audit.changes import changes_of
        >>> changes_of({"owner": "ann", "name": "m"}, {"owner": "bob", "name": "m"})
        {'owner': ['ann', 'bob']}
    """
    old: Document = before or {}
    changes: Changes = {
        name: [old.get(name), value]
        for name, value in after.items()
        if name not in _IGNORED and old.get(name) != value
    }
    if before is not None:
        gone = before.keys() - after.keys() - _IGNORED
        changes |= {name: [before[name], None] for name in gone if before[name] is not None}
    old_properties, properties = old.get(_PROPERTIES, {}), after.get(_PROPERTIES, {})
    if old_properties != properties:
        for key in {**old_properties, **properties}:
            values = [_plain(old_properties.get(key)), _plain(properties.get(key))]
            if values[0] != values[1]:
                changes[f"{_PROPERTIES}.{key}"] = values
    return changes


def encode_changes(changes: Changes) -> str:
    """Return changes as JSON, with masks in the place of secrets, and long texts cut.

    Example:
        >>> from model_registry.server.audit.changes import encode_changes
        >>> encode_changes({"customProperties.password": [None, "hunter2"], "owner": ["ann", "bob"]})
        '{"customProperties.password":[null,"***"],"owner":["ann","bob"]}'
    """
    text = msgspec.json.encode(changes).decode()
    if _is_harmless(text) and not any(map(_is_secret, changes)):
        return text
    masked = {name: [_without_secrets(name, value) for value in values] for name, values in changes.items()}
    return msgspec.json.encode(masked).decode()


def _is_harmless(text: str) -> bool:
    """Return whether JSON is short, and holds no secrets and no objects, whose names may say that they do."""
    return len(text) < _MOST and not _MAY_BE_SECRET.search(text) and text.rfind("{") == 0


def _plain(value: Mapping[str, Any] | None) -> Any:  # noqa: ANN401  # a JSON value
    """Return the value of a custom property without its type."""
    if value is None:
        return None
    if "struct_value" in value:
        return msgspec.json.decode(base64.b64decode(value["struct_value"]))
    return next((each for name, each in value.items() if name.endswith("_value")), None)


def _without_secrets(name: str, value: Any) -> Any:  # noqa: ANN401  # a JSON value
    if value is None:
        return None
    if isinstance(value, str):
        if _is_secret(name):
            return MASK
        if len(value) > _MOST:
            return f"{_masked(value[:_MOST])}... ({len(value)} characters)"
        return _masked(value)
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return {key: _without_secrets(key, each) for key, each in found.items()}
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # mypy knows it
        return [_without_secrets(name, each) for each in items]
    return value


def _masked(text: str) -> str:
    return redacted_text(text if len(text) < _SHORTEST_SECRET else _SECRET_TEXT.sub(MASK, text))


_SHORTEST_SECRET: Final = 20  # that `_SECRET_TEXT` finds


@functools.lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return not _SECRET_WORDS.isdisjoint(words) or not _SECRET_PAIRS.isdisjoint(itertools.pairwise(words))
