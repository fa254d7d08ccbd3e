"""Request bodies: from bytes to fields that the contract allows, or to a message that says what is wrong."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from model_registry.server.errors import ApiError
from model_registry.server.integers import INT64, parse_integer
from model_registry.server.properties import read_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from model_registry.server.contract import Property, Schema

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Body: TypeAlias = dict[str, Json]

MAX_NAME: Final = 255
"""Longest name and external id, in characters."""

_LIMITED: Final = frozenset({"name", "externalId"})
_IGNORED: Final = frozenset({"artifactType"})
"""What may say anything: where it tells a variant it was looked at before, elsewhere the path says it."""

_BAD_BYTES: Final = re.compile("[\udc80-\udcff]+")  # as `surrogateescape` decodes them
_FIRST_HALF: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_SECOND_HALF: Final = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF_PAIR: Final = re.compile(f"{_FIRST_HALF}(?!{_SECOND_HALF})|(?<!{_FIRST_HALF}){_SECOND_HALF}")
"""The escape of a surrogate whose other half is not beside it."""

_KIND_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a boolean",
}


def read_body(schema: Schema, raw: bytes) -> Body:
    """Read a body.

    Args:
        schema: What the operation takes.
        raw: The body as it came.

    Returns:
        The fields that were sent and that the schema knows. A field that was sent as null is there as None.
        Nothing at all of a union whose tag is none of its own: what that means depends on the operation.

    Raises:
        ApiError: 400 when it is not JSON or breaks the schema, 422 when a required field has no value.
    """
    fields = _decode(raw)
    if schema.variants:
        return _read_variant(schema, fields)
    return _read_fields(schema, fields)


def _read_variant(union: Schema, fields: Body) -> Body:
    tag = fields.get(union.tag)
    variant = union.variants.get(tag) if isinstance(tag, str) else None
    if variant is None:
        return {}
    # Existing clients send answers back as they are, so what a variant does not know is left out.
    known = {name: value for name, value in fields.items() if name in variant.properties}
    try:
        return _read_fields(variant, known)
    except ApiError as error:
        raise ApiError(
            error.status, f"failed to unmarshal {union.name} as {variant.name}: {error.message}"
        ) from None


def _read_fields(schema: Schema, fields: Body) -> Body:
    body = _check(schema, fields)
    for name in schema.required:
        if body.get(name) in (None, ""):
            raise ApiError(422, f"required field '{name}' is zero value.")
    return body


def _decode(raw: bytes) -> Body:
    if not raw:
        raise ApiError(400, "EOF: the request has no body, a JSON object is wanted")
    if b"\0" in raw or b"\\u0000" in raw:
        raise ApiError(400, "Request body contains null bytes which are not allowed")
    try:
        decoded = _decode_json(raw)
    except RecursionError:
        raise ApiError(400, "request body is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        cut = "unexpected EOF: " if "truncated" in str(error) else ""
        raise ApiError(400, f"{cut}request body is not valid JSON: {error}") from None
    if decoded is None:
        return {}
    if not isinstance(decoded, dict):
        raise ApiError(400, f"request body must be a JSON object, not {_KIND_NAMES[type(decoded)]}")
    return decoded


def _decode_json(raw: bytes) -> Json:
    """The value; whatever is no character in a text becomes U+FFFD, as the reference server has it."""
    try:
        value: Json = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended = _mend(raw)
        if mended == raw:
            raise
        value = msgspec.json.decode(mended)
    return value


def _mend(raw: bytes) -> bytes:
    text = raw.decode(errors="surrogateescape")
    text = _BAD_BYTES.sub(lambda bytes_: "\ufffd" * len(bytes_[0]), text)
    # Two backslashes are a character of their own, and begin no escape; a NUL was refused before.
    text = text.replace(r"\\", "\0\0")
    return _HALF_PAIR.sub(r"\\ufffd", text).replace("\0\0", r"\\").encode()


def _check(schema: Schema, fields: Body) -> Body:
    checks = _checks(schema)
    body: Body = {}
    for name, value in fields.items():
        check = checks.get(name)
        if check is None:
            raise ApiError(400, f'json: unknown field "{name}": {schema.name} has no such field')
        body[name] = None if value is None else check(value)
    return {name: value for name, value in body.items() if not schema.properties[name].read_only}


@functools.cache
def _checks(schema: Schema) -> Mapping[str, Callable[[Json], Json]]:
    return {
        one.name: functools.partial(_check_value, f"{schema.name}.{one.name}", one)
        for one in schema.properties.values()
    }


def _check_value(where: str, wanted: Property, value: Json) -> Json:
    if wanted.type == "object":
        return read_properties(value)
    if wanted.type == "array":
        return _check_texts(where, value)
    if wanted.type == "number":
        return _check_double(where, value)
    if wanted.type == "integer":
        return _check_integer(where, wanted, value)
    return _check_text(where, wanted, value)


def _check_text(where: str, wanted: Property, value: Json) -> str:
    if not isinstance(value, str):
        raise _wrong_type(where, "a text", value)
    if wanted.enum is not None and value not in wanted.enum and wanted.name not in _IGNORED:
        raise ApiError(400, f"{value} is not a valid {wanted.enum_name}")
    if wanted.name in _LIMITED and len(value) > MAX_NAME:
        raise ApiError(400, f"{wanted.name} is longer than {MAX_NAME} characters")
    if wanted.read_only and parse_integer(value) is None:
        raise ApiError(400, f"{where} must be a number written as text, not {value!r}")
    return value


def _check_texts(where: str, value: Json) -> Json:
    if not isinstance(value, list):
        raise _wrong_type(where, "a list of texts", value)
    for item in value:
        if not isinstance(item, str):
            raise _wrong_type(where, "a list of texts", item, "a list with ")
    return value


def _check_double(where: str, value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong_type(where, "a number", value)
    try:
        return float(value)
    except OverflowError:
        raise ApiError(400, f"{where} is too big for a 64-bit floating point number") from None


def _check_integer(where: str, wanted: Property, value: Json) -> int:
    number: int | None = None
    if isinstance(value, str) and wanted.accepts_text:
        number = parse_integer(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value if value in INT64 else None
    elif isinstance(value, float) and value.is_integer() and int(value) in INT64:
        number = int(value)
    if number is None:
        raise _wrong_type(where, "a whole number of 64 bits", value)
    return number


def _wrong_type(where: str, wanted: str, value: Json, inside: str = "") -> ApiError:
    found = _KIND_NAMES.get(type(value), "null")
    shown = f" ({value})" if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
    return ApiError(400, f"{where} must be {wanted}, not {inside}{found}{shown}")
