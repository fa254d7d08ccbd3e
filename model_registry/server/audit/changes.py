"""What a write changed, field by field, and its JSON without secrets."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import msgspec

from model_registry.server.audit.masking import PROPERTY, is_harmless, is_secret_change, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.database.protocol import Document

Changes: TypeAlias = dict[str, list[Any]]
"""Values before and after, by field. Custom properties have the name `customProperties.KEY`."""

_PROPERTIES: Final = "customProperties"
_IGNORED: Final = frozenset({"id", "createTimeSinceEpoch", "lastUpdateTimeSinceEpoch", _PROPERTIES})
_MOST_LEVELS: Final = 50
_TOO_DEEP: Final = "... (too many levels)"


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
            values = [old_properties.get(key), properties.get(key)]
            if values[0] != values[1]:
                changes[PROPERTY + key] = [_plain(each) for each in values]
    return changes


def encode_changes(changes: Changes) -> str:
    """Return changes as JSON, with masks in the place of secrets, and long texts cut.

    Example:
        >>> from model_registry.server.audit.changes import encode_changes
        >>> encode_changes({"customProperties.password": [None, "hunter2"], "owner": ["ann", "bob"]})
        '{"customProperties.password":[null,"***"],"owner":["ann","bob"]}'
    """
    text = msgspec.json.encode(changes).decode()
    if is_harmless(text, len(changes)) and not any(map(is_secret_change, changes)):
        return text
    return msgspec.json.encode(without_secrets(changes)).decode()


def _plain(value: Mapping[str, Any] | None) -> Any:  # noqa: ANN401  # a JSON value
    """Return the value of a custom property without its type."""
    if value is None:
        return None
    if "struct_value" in value:
        try:
            return _limited(msgspec.json.decode(base64.b64decode(value["struct_value"])), _MOST_LEVELS)
        except RecursionError:
            return _TOO_DEEP
    return next((each for name, each in value.items() if name.endswith("_value")), None)


def _limited(value: Any, levels: int) -> Any:  # noqa: ANN401  # a JSON value
    """Return a value without what is below a number of levels."""
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        return _TOO_DEEP
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return {key: _limited(each, levels - 1) for key, each in found.items()}
    return [_limited(each, levels - 1) for each in cast("list[object]", value)]
