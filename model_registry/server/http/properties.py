"""Read custom properties from request bodies: six kinds of values, each an object that names its kind.

The contract calls the union `MetadataValue`. See `rows` for the form in which filters find them.
"""

from __future__ import annotations

import base64
import binascii
import math
import reprlib
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from model_registry.server.database.schema import INDEXED_TEXT
from model_registry.server.errors import ApiError
from model_registry.server.ids import parse_integer

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_KEY: Final = INDEXED_TEXT
"""Maximum length of the key of a custom property, in characters."""

MAX_COUNT: Final = 10_000
"""Maximum number of custom properties of a resource: each is a row, and other writes wait for them."""


def read_properties(value: object) -> dict[str, Any]:
    """Check a body's `customProperties`.

    Returns:
        The properties in the form of responses, with only the kind and value of each.

    Raises:
        ApiError: 400 with the key of an invalid property, or when there are too many.
    """
    if not isinstance(value, dict):
        raise ApiError(400, "customProperties must be an object with a metadata value for each key")
    properties = cast("dict[str, object]", value)
    if len(properties) > MAX_COUNT:
        raise ApiError(400, f"customProperties has {len(properties)} entries: at most {MAX_COUNT} are stored")
    return {key: _read_one(key, one) for key, one in properties.items()}


def _read_one(key: str, value: object) -> dict[str, Any]:
    if len(key) > MAX_KEY:
        raise ApiError(400, f"custom property key {key[:20]!r}... is longer than {MAX_KEY} characters")
    if not isinstance(value, dict):
        raise ApiError(400, f"custom property {key!r} must be an object with a metadataType and a value")
    fields = cast("dict[str, Any]", value)
    metadata_type = fields.get("metadataType")
    read = _READERS.get(metadata_type) if isinstance(metadata_type, str) else None
    if read is None:
        raise ApiError(400, f"metadataType not found for {key}: use one of {', '.join(_READERS)}")
    return {"metadataType": metadata_type, **read(key, fields)}


def _value(key: str, fields: dict[str, Any], name: str, expected: type, default: object) -> Any:  # noqa: ANN401  # JSON
    """Return the value, or the default: some clients leave out zero values."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, expected):
        raise ApiError(
            400,
            f"{name} of custom property {key!r} must be {_TYPE_NAMES[expected]}, not {reprlib.repr(value)}",
        )
    return value


_TYPE_NAMES: Final[dict[type, str]] = {str: "a text", bool: "a boolean"}


def _read_string(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"string_value": _value(key, fields, "string_value", str, "")}


def _read_int(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    text = _value(key, fields, "int_value", str, "")
    number = parse_integer(text)
    if number is None:
        quoted = reprlib.repr(text)
        raise ApiError(
            400, f"int_value of custom property {key!r} must be a 64-bit integer as text, not {quoted}"
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
    """Read a JSON object in base64, as the contract says, or in plain text, as some registries return it."""
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
        raise ApiError(400, f"struct_value of custom property {key!r} must be a JSON object")
    return {"struct_value": base64.b64encode(raw).decode() if plain else text}


def _read_proto(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Read a proto without interpreting it."""
    return {name: _value(key, fields, name, str, "") for name in ("proto_value", "type")}


_READERS: Final[dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]]] = {
    "MetadataStringValue": _read_string,
    "MetadataIntValue": _read_int,
    "MetadataDoubleValue": _read_double,
    "MetadataBoolValue": _read_bool,
    "MetadataStructValue": _read_struct,
    "MetadataProtoValue": _read_proto,
}
