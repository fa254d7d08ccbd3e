"""What a form changes: fields and custom properties, compared with what it was rendered with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.equality import equal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_registry.types import ModelVersion, RegisteredModel

ABSENT = None
"""The value of a property that does not exist; no property has it."""

_ENDS: Final = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Edit:
    """What a visitor changed in a form.

    Attributes:
        read: Values that the form was rendered with, of fields, and of properties as `("property", name)`.
        mine: Values that the visitor changed, likewise.
    """

    read: Mapping[str | tuple[str, str], Any]
    mine: Mapping[str | tuple[str, str], Any]

    def conflicts(self, current: RegisteredModel | ModelVersion) -> list[tuple[str, Any, Any]]:
        """Return what somebody else changed to another value meanwhile: name, my value, and theirs."""
        found: list[tuple[str, Any, Any]] = []
        for key, mine in self.mine.items():
            theirs = _value(current, key)
            if not equal(theirs, self.read.get(key)) and not equal(theirs, mine):
                found.append((key if isinstance(key, str) else key[1], mine, theirs))
        return found

    def apply(self, resource: RegisteredModel | ModelVersion) -> None:
        """Set the changed values in an object that was just read. All others stay."""
        properties = dict(resource.custom_properties or {})
        for key, value in self.mine.items():
            if isinstance(key, str):
                setattr(resource, key, value)
            elif value is ABSENT:
                properties.pop(key[1], None)
            else:
                properties[key[1]] = value
        if not equal(properties, dict(resource.custom_properties or {})):
            resource.custom_properties = properties

    @staticmethod
    def rows(properties: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return name, type and text of each property."""
        return [(name, *_written(value)) for name, value in properties.items()]


def read_edit(form: Mapping[str, str], fields: Sequence[str]) -> Edit:
    """Read a form.

    Raises:
        InvalidArgumentError: A property has a value that is not of its type, or two have the same name.
    """
    try:
        read = cast("dict[str, dict[str, Any]]", json.loads(form.get("read", "")))
        known: dict[str | tuple[str, str], Any] = {name: read["fields"][name] for name in fields}
        known |= {("property", name): value for name, value in read["properties"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidArgumentError("this form is incomplete: open it again") from None
    mine: dict[str | tuple[str, str], Any] = {
        name: form[name] for name in fields if name in form and not _is_same(form[name], known[name])
    }
    names = list(read["properties"])
    for number, name in enumerate(names):
        if form.get(f"remove-{number}"):
            mine["property", name] = ABSENT
        elif f"value-{number}" in form:
            value = _property(form, number, name)
            if not _is_same(value, known["property", name]):
                mine["property", name] = value
    for number in range(len(names), len(form)):
        name = form.get(f"name-{number}", "").strip()
        if not name:
            continue
        if name in names:
            raise InvalidArgumentError(f"two properties have the name {name!r}: remove one of them")
        names.append(name)
        mine["property", name] = _property(form, number, name)
    return Edit(known, mine)


def _is_same(sent: object, known: object) -> bool:
    """Return whether a value is unchanged. Browsers change the ends of lines."""
    if isinstance(sent, str) and isinstance(known, str):
        return sent == _ENDS.sub("\n", known)
    return equal(sent, known)


def _property(form: Mapping[str, str], number: int, name: str) -> Any:  # noqa: ANN401  # any property's
    return _parsed(name, form.get(f"type-{number}", "text"), form.get(f"value-{number}", ""))


def _value(resource: RegisteredModel | ModelVersion, key: str | tuple[str, str]) -> Any:  # noqa: ANN401  # any field's
    if isinstance(key, str):
        return getattr(resource, key) or ""
    return (resource.custom_properties or {}).get(key[1])


def _written(value: object) -> tuple[str, str]:
    """Return the type and the text of a property's value."""
    if isinstance(value, bool):
        return "boolean", "true" if value else "false"
    if isinstance(value, (int, float)):
        return "number", json.dumps(value)
    if isinstance(value, str):
        return "text", value
    return "json", json.dumps(value, ensure_ascii=False, default=str)


def _parsed(name: str, kind: str, text: str) -> Any:  # noqa: ANN401  # any property's
    """Return the value that a text means."""
    if kind == "text":
        return text
    try:
        value: object = json.loads(text.strip().lower() if kind == "boolean" else text)
    except ValueError:
        value = ABSENT
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    expected = {
        "boolean": isinstance(value, bool),
        "number": is_number,
        "json": isinstance(value, (dict, list)),
    }
    if not expected.get(kind):
        example = {"boolean": "true", "number": "0.93", "json": '{"epochs": 3}'}.get(kind, "")
        raise InvalidArgumentError(f"the value {text!r} of property {name!r} is no {kind}, such as {example}")
    return value
