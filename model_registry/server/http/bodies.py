"""Read request bodies and check them against the contract."""

from __future__ import annotations

import asyncio
import functools
import re
from typing import TYPE_CHECKING, Final

import msgspec

from model_registry.server.errors import ApiError
from model_registry.server.http.properties import read_properties
from model_registry.server.ids import INT64, parse_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from model_registry.server.contract import Schema, SchemaField
    from model_registry.server.http.asgi import Receive
    from model_registry.server.rules.rule import Body, Json

MAX_NAME: Final = 255
"""Maximum length of a name or external id, in characters."""

_LIMITED: Final = frozenset({"name", "externalId"})
_IGNORED: Final = frozenset({"artifactType"})
"""Fields that accept any value: it either selected the variant already, or the path determines the kind."""

_LONG_BODY: Final = 128 * 1024
"""Length from which bodies are read in a thread, so that other requests do not wait, in bytes."""

_HIGH: Final = rb"[dD][89abAB][0-9a-fA-F]{2}"
_LOW: Final = rb"[dD][c-fC-F][0-9a-fA-F]{2}"
# It begins with a literal, for which `re` searches quickly.
_LONE_SURROGATE: Final = re.compile(rb"\\u(?:%b(?!\\u%b)|(?<!\\u%b\\u)%b)" % (_HIGH, _LOW, _HIGH, _LOW))
"""The escape of a surrogate that is not part of a pair."""

_REPLACEMENT: Final = "\ufffd".encode()

_TYPE_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "a boolean",
}


async def receive_body(receive: Receive, limit: int) -> bytes:
    """Return the body of a request.

    Raises:
        ApiError: 413 when it is longer than the limit; 400 when the client disconnects.
    """
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        _check_length(len(message.get("body", b"")), limit)
        return bytes(message.get("body", b""))
    chunks: list[bytes] = []
    length = 0
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        _check_length(length, limit)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()
    raise ApiError(400, "the client disconnected before the request was complete")


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise ApiError(413, f"the request body is longer than {limit} bytes")


async def read_body(schema: Schema, raw: bytes) -> Body:
    """Read a body. See `read_body_now`; other requests are served meanwhile."""
    if len(raw) > _LONG_BODY:
        return await asyncio.to_thread(read_body_now, schema, raw)
    return read_body_now(schema, raw)


def read_body_now(schema: Schema, raw: bytes) -> Body:
    """Read a body.

    Args:
        schema: The schema of the operation's body.
        raw: The bytes of the body.

    Returns:
        The fields that were sent. A null is None. The result is empty for a union whose tag is unknown: the
        operation decides what that means.

    Raises:
        ApiError: 400 when the body is not JSON or does not match the schema, 422 when a required field has no
            value.
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
    # Existing clients send whole responses back, so unknown fields of a variant are ignored.
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
        raise ApiError(400, "EOF: the request has no body: send a JSON object")
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
        raise ApiError(400, f"request body must be a JSON object, not {_TYPE_NAMES[type(decoded)]}")
    return decoded


def _decode_json(raw: bytes) -> Json:
    """Return the value. Invalid characters become U+FFFD, as on the reference server."""
    try:
        value: Json = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if raw.isascii() and b"\\u" not in raw:
            raise
        repaired = _repair(raw)
        if repaired == raw:
            raise
        value = msgspec.json.decode(repaired)
    return value


def _repair(raw: bytes) -> bytes:
    """Replace invalid characters. NUL is free to use: it was refused before."""
    # Python replaces what it cannot encode with a question mark.
    marked = raw.replace(b"?", b"\0").decode(errors="surrogateescape").encode(errors="replace")
    text = marked.replace(b"?", _REPLACEMENT).replace(b"\0", b"?")
    # Two backslashes are one character and begin no escape.
    text = text.replace(rb"\\", b"\0\0")
    return _LONE_SURROGATE.sub(rb"\\ufffd", text).replace(b"\0\0", rb"\\")


def _check(schema: Schema, fields: Body) -> Body:
    checks = _checks(schema)
    body: Body = {}
    for name, value in fields.items():
        check = checks.get(name)
        if check is None:
            raise ApiError(400, f'json: unknown field "{name}"')
        body[name] = None if value is None else check(value)
    return {name: value for name, value in body.items() if not schema.properties[name].read_only}


@functools.cache
def _checks(schema: Schema) -> Mapping[str, Callable[[Json], Json]]:
    return {
        one.name: functools.partial(_check_value, f"{schema.name}.{one.name}", one)
        for one in schema.properties.values()
    }


def _check_value(where: str, field: SchemaField, value: Json) -> Json:
    if field.type == "object":
        return read_properties(value)
    if field.type == "array":
        return _check_texts(where, value)
    if field.type == "number":
        return _check_double(where, value)
    if field.type == "integer":
        return _check_integer(where, field, value)
    return _check_text(where, field, value)


def _check_text(where: str, field: SchemaField, value: Json) -> str:
    if not isinstance(value, str):
        raise _wrong_type(where, "a text", value)
    if field.enum is not None and value not in field.enum and field.name not in _IGNORED:
        raise ApiError(400, f"{value} is not a valid {field.enum_name}")
    if field.name in _LIMITED and len(value) > MAX_NAME:
        raise ApiError(400, f"{field.name} is longer than {MAX_NAME} characters")
    if field.read_only and parse_integer(value) is None:
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
        raise ApiError(400, f"{where} is too large for a 64-bit floating point number") from None


def _check_integer(where: str, field: SchemaField, value: Json) -> int:
    number: int | None = None
    if isinstance(value, str) and field.accepts_text:
        number = parse_integer(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value if value in INT64 else None
    elif isinstance(value, float) and value.is_integer() and int(value) in INT64:
        number = int(value)
    if number is None:
        raise _wrong_type(where, "a 64-bit integer", value)
    return number


def _wrong_type(where: str, expected: str, value: Json, inside: str = "") -> ApiError:
    found = _TYPE_NAMES.get(type(value), "null")
    quoted = f" ({value})" if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
    return ApiError(400, f"{where} must be {expected}, not {inside}{found}{quoted}")
