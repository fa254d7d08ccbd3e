"""Read model cards that anybody may have written, and keep only values that a registry can store."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, TypeAlias, cast

from model_registry.exceptions import UnsupportedType
from model_registry.types.formatting import short
from model_registry.types.limits import MAX_NAME
from model_registry.types.properties import checked_properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types.properties import PropertyValue

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
"""A value of a JSON document."""

OF_THE_PAGE = frozenset({"model-index", "widget"})
"""Parts of a card that are not stored: what the Hub's page shows of evaluations, and examples."""

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?\n)??---[ \t]*(?:\n|\Z)", re.DOTALL)
_UNSTORABLE = re.compile(r"\0|\\u0000|[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
_INT64 = range(-(2**63), 2**63)
_DIGITS = 4000
"""Python reads numbers of 4300 digits."""


def parse_json(data: bytes) -> JSON:
    """Parse JSON. Numbers with more digits than Python reads become texts.

    Raises:
        ValueError: It is not JSON.
    """
    try:
        value = json.loads(data, parse_int=lambda text: int(text) if len(text) < _DIGITS else text)
    except RecursionError:
        raise ValueError("it has too many levels") from None
    return cast("JSON", value)


def storable_properties(data: Mapping[str, JSON]) -> tuple[dict[str, PropertyValue], list[str]]:
    """Return the values that a registry can store, and a sentence for each one that had to be changed.

    Args:
        data: Metadata of a model card.
    """
    found: dict[str, PropertyValue] = {}
    changes: list[str] = []
    for given, value in data.items():
        if value is None or given in OF_THE_PAGE:
            continue
        name, stored = _name(given), storable(value)
        if not name or name in found:
            changes.append(f"{short(given)} is left out: its name cannot be stored")
            continue
        try:
            found.update(checked_properties({name: stored}))
        except UnsupportedType as error:
            changes.append(f"{short(given)} is left out: {error}")
            continue
        if name != given:
            changes.append(f"{short(given)} is stored as {short(name)}: its name is too long or invalid")
        if stored != value:
            changes.append(f"{short(given)} is stored as {short(stored)}: it cannot be stored as it is")
    return found, changes


def storable(value: JSON) -> JSON:
    """Return a value without characters that no registry stores, and with numbers beyond 64 bits as texts."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable_text(name): storable(each) for name, each in value.items()}
    beyond = value not in _INT64 if isinstance(value, int) else not math.isfinite(value or 0)
    return str(value) if beyond else value


def storable_text(text: str) -> str:
    r"""Return a text with U+FFFD for characters that no registry stores.

    Example:
        >>> from model_registry.storage.hf.card import storable_text
        >>> storable_text("a\0b")
        'a�b'
    """
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def readme_text(data: bytes) -> str | None:
    """Return the text of a model card without its metadata, or `None` if there is none.

    Args:
        data: The file, in any encoding of Unicode.
    """
    return storable_text(_FRONT_MATTER.sub("", _decoded(data), count=1)).strip() or None


def card_metadata(data: bytes) -> dict[str, JSON]:
    """Return the metadata of a model card, as the Hub reports it: nothing if it is not valid YAML.

    Args:
        data: The file, in any encoding of Unicode.
    """
    import yaml  # comes with the library of the Hub

    match = _FRONT_MATTER.match(_decoded(data))
    try:
        if match is None or any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(match[1] or "")):
            return {}  # aliases can make a small text very large
        loaded = yaml.safe_load(match[1] or "")
        found = parse_json(json.dumps(loaded, skipkeys=True, default=str).encode())
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(data: bytes) -> str:
    # It may end within a character, and UTF-16 occurs: some programs on Windows write it.
    text = data.decode(json.detect_encoding(data), errors="replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _name(given: str) -> str:
    name = storable_text(given)
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
