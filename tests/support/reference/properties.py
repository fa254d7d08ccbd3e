"""Custom properties: the form of requests, the stored form, and the form of responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.reference.errors import RefusedError
from tests.support.reference.golang import JSONError, decode, decode_base64, encode, parse_int, plain, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

STRUCT = "mlmd-struct::"
HIDDEN = ("experiment_id", "experiment_run_id")
UNREADABLE = (
    "error setting field CustomProperties: failed to unmarshal binary data to proto struct: "
    "proto: cannot parse invalid wire-format data"
)
_SLOTS = ["MetadataBoolValue", "MetadataDoubleValue", "MetadataIntValue", "MetadataProtoValue"]


class Stored(NamedTuple):
    """The value of a property, by the column that it is in."""

    column: str
    value: Any


class _StructText(str):
    """The stored form of a struct: a text that begins like it and is none of these is unreadable."""

    __slots__ = ()


class UnreadableError(Exception):
    """A stored text begins like the inner form of a struct and is none."""


def store(properties: Mapping[str, tuple[str, Any]]) -> dict[str, Stored]:
    """Return custom properties as they are stored.

    Raises:
        RefusedError: 400 when one has no type or a wrong value.
    """
    return {key: _store_one(key, *value) for key, value in properties.items()}


def _store_one(key: str, tag: str, value: Any) -> Stored:
    if tag in ("", "MetadataProtoValue"):
        slots = ["0xc000123450" if tag and slot == tag else "<nil>" for slot in _SLOTS] + ["<nil>"] * 2
        raise _refused(f"metadataType not found for {key}: {{{' '.join(slots)}}}")
    if tag == "MetadataIntValue":
        try:
            return Stored("int_value", parse_int(value))
        except ValueError as error:
            raise _refused(
                f"unable to decode as int64 invalid numeric string: {error} for key {key}"
            ) from None
    if tag == "MetadataStructValue":
        try:
            return Stored("string_value", _StructText(STRUCT + encode(_read_struct(value))))
        except ValueError as error:
            raise _refused(f"unable to decode {error} for key {key}") from None
    column = {"MetadataStringValue": "string_value", "MetadataDoubleValue": "double_value"}.get(
        tag, "bool_value"
    )
    return Stored(column, value)


def _read_struct(text: str) -> dict[str, Any]:
    decoded = decode_base64(text).decode("utf-8", "replace")
    try:
        value = decode(decoded, whole=True)
    except JSONError as error:
        raise ValueError(str(error)) from None
    if not isinstance(value, tuple):
        token = _token(value, decoded)
        raise ValueError(f"proto: syntax error (line 1:1): unexpected token {token}")  # noqa: TRY004
    return plain(value)  # type: ignore[no-any-return]


def _token(value: Any, text: str) -> str:
    if isinstance(value, list):
        return "["
    return quote(value) if text.lstrip().startswith('"') else text.strip()


def _refused(cause: str) -> RefusedError:
    return RefusedError(400, f"error setting field CustomProperties: bad request: {cause}: bad request")


def show(stored: Mapping[str, Stored]) -> dict[str, dict[str, Any]]:
    """Return stored properties as responses show them.

    Raises:
        UnreadableError: When one cannot be read.
    """
    return {key: _show_one(value) for key, value in stored.items() if key not in HIDDEN}


def _show_one(stored: Stored) -> dict[str, Any]:
    if stored.column == "int_value":
        return {"metadataType": "MetadataIntValue", "int_value": str(stored.value)}
    if stored.column == "double_value":
        return {"metadataType": "MetadataDoubleValue", "double_value": float(stored.value)}
    if stored.column == "bool_value":
        return {"metadataType": "MetadataBoolValue", "bool_value": stored.value}
    if not stored.value.startswith(STRUCT):
        return {"metadataType": "MetadataStringValue", "string_value": stored.value}
    if stored.value != STRUCT and not isinstance(stored.value, _StructText):
        raise UnreadableError
    return {"metadataType": "MetadataStructValue", "struct_value": stored.value.removeprefix(STRUCT) or "{}"}


def sent_again(shown: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, Any]]:
    """Return properties of a response in the form of a request: what a change without properties stores."""
    result: dict[str, tuple[str, Any]] = {}
    for key, value in shown.items():
        field = next(name for name in value if name != "metadataType")
        result[key] = (value["metadataType"], value[field])
    return result
