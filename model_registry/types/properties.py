"""Custom properties: Python values on this side, the contract's tagged values on the other."""

from __future__ import annotations

import base64
import json
import math
import numbers
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn, Union, cast

from pydantic import ValidationError

import mr_openapi as contract
from model_registry.exceptions.base import UnsupportedType

from .arguments import unboxed
from .equality import equal
from .formatting import short
from .limits import problem_of_name, problem_of_text

if TYPE_CHECKING:
    from mr_openapi import MetadataValue

SupportedTypes = Union[bool, int, float, str]  # noqa: UP007  # used at run time on 3.10
"""Scalar values of custom properties."""


@dataclass(frozen=True, eq=False)
class OpaqueProperty:
    """A value of a kind that this client does not know. It is sent back as it came.

    Attributes:
        wire: The value as it is in the registry's JSON, with its `metadataType`.
    """

    wire: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpaqueProperty) and equal(self.wire, other.wire)

    def __hash__(self) -> int:
        return hash(json.dumps(self.wire, sort_keys=True))


PropertyValue = Union[SupportedTypes, dict[str, Any], list[Any], OpaqueProperty]  # noqa: UP007
"""Every value that a custom property may have. Dictionaries and lists hold what JSON can.

A tuple is stored as a list, and comes back as one.
"""

_LIST_KEY = "@list"
"""The registry keeps structs as JSON objects only, so a list travels as the one value of an object."""

_INT64 = range(-(2**63), 2**63)
_LONG = 10**30  # numbers from which on a message has no digits


def checked_properties(properties: object) -> dict[str, PropertyValue]:
    """Check custom properties that a caller gives, and copy them.

    Args:
        properties: A mapping of names to values. Scalars of NumPy and the like become Python's.

    Returns:
        The values in the types that the registry keeps.

    Raises:
        UnsupportedType: A name or a value that the registry cannot keep; the text names it.
    """
    if not isinstance(properties, Mapping):
        raise UnsupportedType(f"custom_properties must map names to values, got {properties!r}")
    given = cast("Mapping[object, object]", properties)
    return {(text := _checked_name(name)): _checked_value(text, value) for name, value in given.items()}


def to_wire(value: PropertyValue) -> MetadataValue:
    """Convert a checked value to the contract's tagged one."""
    if isinstance(value, OpaqueProperty):
        return contract.MetadataValue.model_validate(value.wire)
    if isinstance(value, bool):
        return contract.MetadataValue(contract.MetadataBoolValue(bool_value=value))
    if isinstance(value, int):
        return contract.MetadataValue(contract.MetadataIntValue(int_value=str(value)))
    if isinstance(value, float):
        return contract.MetadataValue(contract.MetadataDoubleValue(double_value=value))
    if isinstance(value, str):
        return contract.MetadataValue(contract.MetadataStringValue(string_value=value))
    struct = {_LIST_KEY: value} if isinstance(value, list) else value
    encoded = base64.b64encode(json.dumps(struct, ensure_ascii=False).encode()).decode()
    return contract.MetadataValue(contract.MetadataStructValue(struct_value=encoded))


def from_wire(value: MetadataValue) -> PropertyValue:
    """Convert the contract's tagged value; what this client cannot read stays opaque."""
    tagged: object = value.root
    kind = type(tagged).__name__
    field = _SCALARS.get(kind)
    if field is not None:
        scalar: SupportedTypes = getattr(tagged, field)
        if kind != "MetadataIntValue":
            return scalar
        with suppress(ValueError):
            return int(scalar)
    if isinstance(tagged, contract.MetadataStructValue):
        struct = _struct(tagged.struct_value)
        if struct is not None:
            return struct
    return OpaqueProperty(value.model_dump(by_alias=True))


_SCALARS = {
    "MetadataBoolValue": "bool_value",
    "MetadataDoubleValue": "double_value",
    "MetadataIntValue": "int_value",
    "MetadataStringValue": "string_value",
}
"""Field that holds the value, by the contract's kind."""


def _struct(text: str) -> dict[str, Any] | list[Any] | None:
    """Read a struct in either form: the contract says base64, the reference server answers JSON text."""
    try:
        struct = json.loads(
            text if text.startswith("{") else base64.b64decode(text, validate=True), parse_constant=_no_json
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(struct, dict):
        return None
    values = cast("dict[str, Any]", struct)
    return values[_LIST_KEY] if _stands_for_list(values) else values


def _stands_for_list(struct: Mapping[str, Any]) -> bool:
    return len(struct) == 1 and isinstance(struct.get(_LIST_KEY), list)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _checked_name(name: object) -> str:
    if not isinstance(name, str):
        raise UnsupportedType(f"A custom property is named by a text, got {name!r}")
    if problem := problem_of_name(name):
        raise UnsupportedType(f"the name of custom property {short(name)} {problem}")
    return _checked_text(name, name)


def _checked_value(name: str, value: object) -> PropertyValue:
    if isinstance(value, str):
        return _checked_text(name, value)
    if isinstance(value, bool):
        return value
    if isinstance(value, OpaqueProperty):
        return _checked_opaque(name, value)
    if (scalar := unboxed(value)) is not value:
        return _checked_value(name, scalar)
    if isinstance(value, numbers.Integral):
        return _checked_int(name, int(value))
    if isinstance(value, numbers.Real):
        return _checked_float(name, float(value))
    if _is_struct(value):
        return _checked_struct(name, value)
    raise _unsupported(short(name), value)


def _unsupported(path: str, value: object) -> UnsupportedType:
    return UnsupportedType(
        f"custom property {path} has a value of type {type(value).__name__}; the registry keeps bool, int, "
        f"float, str, and dict or list of what JSON can hold: {_advice(value)}"
    )


def _advice(value: object) -> str:
    """Return what to give instead of a value of a type that the registry does not keep."""
    if value is None:
        return "leave it out"
    if isinstance(value, Enum):
        return "use its .value"
    if isinstance(value, (set, frozenset)):
        return "use sorted(...)"
    if isinstance(value, (bytes, bytearray)):
        return "store bytes as a file"
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return "use its .to_dict('list'), or store it as a file"
    methods = [each for each in ("isoformat", "tolist", "to_dict") if hasattr(value, each)]
    return f"use its .{methods[0]}()" if methods else "use str(...)"


def _checked_opaque(name: str, value: OpaqueProperty) -> OpaqueProperty:
    try:
        contract.MetadataValue.model_validate(value.wire)
    except ValidationError as error:
        problem = error.errors(include_url=False)[-1]["msg"]
        raise UnsupportedType(f"custom property {name!r} is none of the registry's JSON: {problem}") from None
    return value


def _checked_text(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnsupportedType(f"custom property {name!r} holds what is no Unicode text: {error}") from None
    if problem := problem_of_text(value):
        raise UnsupportedType(f"custom property {short(name)} {problem}")
    return str.__str__(value)  # of a subclass, such as an enum's, the text alone


def _checked_int(name: str, value: int) -> int:
    if value not in _INT64:
        raise UnsupportedType(
            f"custom property {name!r} is {_digits(value)}, which is beyond 64 bits; give it as text"
        )
    return value


def _digits(value: int) -> str:
    return str(value) if abs(value) < _LONG else f"a number of {value.bit_length()} bits"


def _checked_float(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise UnsupportedType(f"custom property {name!r} is {value}, which JSON cannot hold; give it as text")
    return value


def _is_struct(value: object) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _check_struct(path: str, value: object) -> None:
    """Check that keys are texts and numbers finite, which JSON would change or refuse, and name the path."""
    if isinstance(value, Mapping):
        for key, each in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str):
                raise UnsupportedType(
                    f"custom property {path} has the key {short(key)} of type {type(key).__name__}, and "
                    "JSON has only texts as keys: use str(key)"
                )
            _check_struct(f"{path}[{short(key)}]", each)
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(cast("Sequence[object]", value)):
            _check_struct(f"{path}[{index}]", each)
    elif isinstance(value, float) and not math.isfinite(value):
        raise UnsupportedType(f"custom property {path} is {value}, which JSON cannot hold; give it as text")
    elif not (value is None or isinstance(value, (str, numbers.Real)) or unboxed(value) is not value):
        raise _unsupported(path, value)


def _checked_struct(name: str, value: object) -> PropertyValue:
    try:
        _check_struct(short(name), value)
    except RecursionError:
        raise UnsupportedType(f"custom property {name!r} is nested too deeply") from None
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain)
        copied: dict[str, Any] | list[Any] = json.loads(text.encode())
    except (TypeError, ValueError, RecursionError, UnsupportedType) as error:
        raise UnsupportedType(f"custom property {name!r} holds what JSON cannot: {error}") from None
    if isinstance(copied, dict) and _stands_for_list(copied):
        raise UnsupportedType(
            f"custom property {name!r} is a dict of the one key {_LIST_KEY!r}, which stands for a list: "
            "give the list itself, or use another key"
        )
    return copied


def _plain(value: object) -> object:
    """Convert what `json` does not know: mappings and scalars of other libraries."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    return _checked_value("…", value)
