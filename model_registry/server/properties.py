"""Custom properties: six kinds of values, each an object that says its kind.

The contract calls the union `MetadataValue`; see also `rows` for how filters find them.
"""

from __future__ import annotations

import base64
import binascii
import math
import reprlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import msgspec

from model_registry.server.database.schema import INDEXED_TEXT
from model_registry.server.errors import ApiError
from model_registry.server.integers import parse_integer
from model_registry.server.resources import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from model_registry.server.resources import Kind

MAX_KEY: Final = INDEXED_TEXT
"""Longest key of a custom property, in characters."""


class PropertyRow(NamedTuple):
    """What table `property` holds of one field or custom property, besides whose it is."""

    string_value: str | None = None
    long_value: str | None = None
    int_value: int | None = None
    double_value: float | None = None
    bool_value: bool | None = None


def read_properties(value: object) -> dict[str, Any]:
    """Check a body's `customProperties`.

    Returns:
        The properties with nothing but the kind and value of each, in the form in which they are answered.

    Raises:
        ApiError: 400, naming the key.
    """
    if not isinstance(value, dict):
        raise ApiError(400, "customProperties must be an object with a metadata value for each key")
    return {key: _read_one(key, one) for key, one in cast("dict[str, object]", value).items()}


def property_rows(kind: Kind, body: Mapping[str, Any]) -> Iterator[tuple[tuple[bool, str], PropertyRow]]:
    """What filters can find of a resource.

    Args:
        kind: Its kind.
        body: The resource as it is answered.

    Yields:
        Whether the property is custom, and its stored name; and its row. Structs and protos have none.
    """
    for field in kind.fields:
        value = body.get(field.name)
        if value is None:
            continue
        if field.type is FieldType.INTEGER:
            row = PropertyRow(int_value=int(value))
        elif field.type is FieldType.DOUBLE:
            row = PropertyRow(double_value=value)
        else:
            row = _text_row(value if isinstance(value, str) else msgspec.json.encode(value).decode())
        yield (False, field.stored), row
    for key, one in body["customProperties"].items():
        column = _ROWS.get(one["metadataType"])
        if column is not None:
            yield (True, key), column(one)


def _text_row(text: str) -> PropertyRow:
    if len(text) < INDEXED_TEXT:
        return PropertyRow(string_value=text)
    return PropertyRow(string_value=text[:INDEXED_TEXT], long_value=text)


_ROWS: Final[dict[str, Callable[[Mapping[str, Any]], PropertyRow]]] = {
    "MetadataStringValue": lambda one: _text_row(one["string_value"]),
    "MetadataIntValue": lambda one: PropertyRow(int_value=int(one["int_value"])),
    "MetadataDoubleValue": lambda one: PropertyRow(double_value=one["double_value"]),
    "MetadataBoolValue": lambda one: PropertyRow(bool_value=one["bool_value"]),
}


def _read_one(key: str, value: object) -> dict[str, Any]:
    if len(key) > MAX_KEY:
        raise ApiError(400, f"custom property key {key[:20]!r}... is longer than {MAX_KEY} characters")
    if not isinstance(value, dict):
        raise ApiError(400, f"custom property {key!r} must be an object with a metadataType and a value")
    fields = cast("dict[str, Any]", value)
    metadata_type = fields.get("metadataType")
    read = _READERS.get(metadata_type) if isinstance(metadata_type, str) else None
    if read is None:
        raise ApiError(400, f"metadataType not found for {key}: one of {', '.join(_READERS)} is wanted")
    return {"metadataType": metadata_type, **read(key, fields)}


def _value(key: str, fields: dict[str, Any], name: str, wanted: type, default: object) -> Any:  # noqa: ANN401  # JSON
    """The value itself; clients that leave out zero values are understood."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, wanted):
        raise ApiError(
            400, f"{name} of custom property {key!r} must be {_WORDS[wanted]}, not {reprlib.repr(value)}"
        )
    return value


_WORDS: Final[dict[type, str]] = {str: "a text", bool: "a boolean"}


def _read_string(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"string_value": _value(key, fields, "string_value", str, "")}


def _read_int(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    text = _value(key, fields, "int_value", str, "")
    number = parse_integer(text)
    if number is None:
        shown = reprlib.repr(text)
        raise ApiError(
            400, f"int_value of custom property {key!r} must be a 64-bit whole number as text, not {shown}"
        )
    return {"int_value": str(number)}


def _read_double(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    value: Any = fields.get("double_value")
    if value is None:
        value = 0
    sent: object = value
    try:
        number = math.nan if isinstance(value, (bool, str, dict, list)) else float(value)
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise ApiError(
            400, f"double_value of custom property {key!r} must be a number, not {reprlib.repr(sent)}"
        )
    return {"double_value": number}


def _read_bool(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"bool_value": _value(key, fields, "bool_value", bool, False)}


def _read_struct(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A JSON object, in base64 as the contract has it, or plain as some registries answer it."""
    text = _value(key, fields, "struct_value", str, "")
    plain = text.lstrip().startswith("{")
    try:
        raw = text.encode() if plain else base64.b64decode(text, validate=True)
        decoded = msgspec.json.decode(raw)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise ApiError(
            400, f"struct_value of custom property {key!r} must be a JSON object in base64: {error}"
        ) from None
    if not isinstance(decoded, dict):
        raise ApiError(400, f"struct_value of custom property {key!r} must hold a JSON object")
    return {"struct_value": base64.b64encode(raw).decode() if plain else text}


def _read_proto(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Kept as it came: what it means is between those who write and those who read it."""
    return {name: _value(key, fields, name, str, "") for name in ("proto_value", "type")}


_READERS: Final[dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]]] = {
    "MetadataStringValue": _read_string,
    "MetadataIntValue": _read_int,
    "MetadataDoubleValue": _read_double,
    "MetadataBoolValue": _read_bool,
    "MetadataStructValue": _read_struct,
    "MetadataProtoValue": _read_proto,
}
