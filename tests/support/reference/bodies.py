"""Reading of request bodies: which fields, of which types, and what is said about others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.reference.errors import RefusedError, bad_request
from tests.support.reference.golang import JSONError, Number, decode
from tests.support.reference.schemas import ARTIFACTS, ENUMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.reference.schemas import Kind

UNION_ERROR = "failed to unmarshal JSON into map for the discriminator lookup"
NULL_BYTES = "Request body contains null bytes which are not allowed"
PROPERTY_VALUES = {
    "MetadataStringValue": ("string_value", "string", ""),
    "MetadataIntValue": ("int_value", "string", ""),
    "MetadataDoubleValue": ("double_value", "double", 0.0),
    "MetadataBoolValue": ("bool_value", "bool", False),
    "MetadataStructValue": ("struct_value", "string", ""),
    "MetadataProtoValue": ("proto_value", "string", ""),
}
_GO_TYPES = {
    "string": "string",
    "strings": "[]string",
    "double": "float64",
    "int64": "int64",
    "bool": "bool",
    "properties": "map[string]openapi.MetadataValue",
}
INT64 = range(-(2**63), 2**63)


def read_json(raw: bytes) -> Any:
    """Return the first JSON value of a body."""
    if b"\0" in raw or b"\\u0000" in raw:
        raise RefusedError(400, NULL_BYTES)
    try:
        return decode(raw.decode("utf-8", "replace"))
    except JSONError as error:
        raise RefusedError(400, str(error)) from None


def read_body(kind: Kind, form: str, raw: bytes) -> dict[str, Any]:
    """Return the fields of a plain body, checked, with null as None."""
    value = read_json(raw)
    name = kind.schema + form
    if value is None:
        value = ()
    if not isinstance(value, tuple):
        raise RefusedError(
            400, f"json: cannot unmarshal {_found(value)} into Go value of type openapi.{name}"
        )
    fields = read_fields(name, kind.fields(form), value, strict=True)
    if form != "Update":
        for one in kind.required:
            if not fields.get(one):
                raise RefusedError(422, f"required field '{one}' is zero value.")
    return fields


def read_union(form: str, raw: bytes) -> tuple[str | None, dict[str, Any]]:
    """Return the tag of an artifact's body, None when it is unknown, and its fields."""
    value = read_json(raw)
    if value is not None and not isinstance(value, tuple):
        raise RefusedError(400, UNION_ERROR)
    pairs: tuple[tuple[str, Any], ...] = value or ()
    tag = dict(pairs).get("artifactType")
    kind = ARTIFACTS.get(tag) if isinstance(tag, str) else None
    if kind is None:
        return None, {}
    name = kind.schema + form
    try:
        fields = read_fields(name, kind.fields(form), pairs, strict=False)
    except RefusedError as error:
        raise RefusedError(400, f"failed to unmarshal Artifact{form} as {name}: {error.message}") from None
    return tag, fields


def read_fields(
    owner: str, types: Mapping[str, str], pairs: tuple[tuple[str, Any], ...], *, strict: bool
) -> dict[str, Any]:
    """Return the values of the fields. The first problem of the document is reported."""
    folded = {name.lower(): name for name in types}
    fields: dict[str, Any] = {}
    for key, value in pairs:
        name = key if key in types else folded.get(key.lower())
        if name is not None:
            fields[name] = None if value is None else _read(f"{owner}.{name}", types[name], value)
        elif strict:
            raise RefusedError(400, f'json: unknown field "{key}"')
    return fields


def _read(where: str, type_: str, value: Any) -> Any:
    if type_.startswith("enum:"):
        return _read_enum(type_.removeprefix("enum:"), value)
    if type_ == "string" and isinstance(value, str) and not isinstance(value, Number):
        return value
    if type_ == "bool" and isinstance(value, bool):
        return value
    if type_ == "strings" and isinstance(value, list):
        return [_read(where, "string", one) if one is not None else "" for one in value]
    if type_ == "properties" and isinstance(value, tuple):
        return {key: _read_property(one) for key, one in value}
    if type_ in ("double", "int64") and isinstance(value, Number):
        return _read_number(where, type_, value)
    raise _mismatch(_found(value), where, type_)


def _read_number(where: str, type_: str, value: Number) -> float | int:
    if type_ == "double":
        number = float(value)
        if abs(number) == float("inf"):
            raise _mismatch(f"number {value}", where, type_)
        return number
    if not value.lstrip("-").isdigit() or int(value) not in INT64:
        raise _mismatch(f"number {value}", where, type_)
    return int(value)


def _read_enum(name: str, value: Any) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise RefusedError(400, f"json: cannot unmarshal {_found(value)} into Go value of type string")
    if value not in ENUMS[name]:
        raise RefusedError(400, f"{value} is not a valid {name}")
    return value


def _read_property(value: Any) -> tuple[str, Any]:
    """Return the type of a custom property, empty when it is unknown, and its value."""
    if value is None:
        return "", None
    if not isinstance(value, tuple):
        raise RefusedError(400, UNION_ERROR)
    tag = dict(value).get("metadataType")
    if not isinstance(tag, str) or tag not in PROPERTY_VALUES:
        return "", None
    field, type_, empty = PROPERTY_VALUES[tag]
    types = {field: type_, "metadataType": "string"}
    if tag == "MetadataProtoValue":
        types["type"] = "string"
    try:
        fields = read_fields(tag, types, value, strict=False)
    except RefusedError as error:
        raise RefusedError(400, f"failed to unmarshal MetadataValue as {tag}: {error.message}") from None
    found = fields.get(field)
    return tag, empty if found is None else found


def _found(value: Any) -> str:
    if isinstance(value, Number):
        return "number"
    names = {tuple: "object", list: "array", str: "string", bool: "bool", type(None): "null"}
    return names[type(value)]


def _mismatch(found: str, where: str, type_: str) -> RefusedError:
    return RefusedError(
        400, f"json: cannot unmarshal {found} into Go struct field {where} of type {_GO_TYPES[type_]}"
    )


def unknown_artifact_type() -> RefusedError:
    """Return the refusal of a union body without a known type."""
    kinds = "ModelArtifact, DocArtifact, DataSet, Metric, or Parameter"
    return bad_request(f"invalid artifact type, must be either {kinds}")
