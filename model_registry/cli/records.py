"""Resources as records of JSON types, and their values as texts."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, cast

from .terminal import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_registry.types import Artifact, BaseResourceModel

TIMES: Final = {"created": "create_time", "updated": "last_update_time"}
"""Short names of fields that hold times."""

_OTHER_TIMES: Final = ("at", "time", "expires", "last_used")
"""Fields that hold times, of aliases, of the audit trail and of tokens."""

_OWN_PROPERTIES: Final = "model-registry."
"""What the names of properties begin with that the client itself uses, such as those of aliases."""
_EPOCHS: Final = ("create_time_since_epoch", "last_update_time_since_epoch")
_UNITS: Final = (("year", 31536000), ("month", 2592000), ("day", 86400), ("hour", 3600), ("minute", 60))


def record(resource: BaseResourceModel, **more: Any) -> dict[str, Any]:
    """Return all fields of a resource as JSON types, with its times in ISO 8601.

    Args:
        resource: The resource.
        **more: Further fields, which come after its id and name.
    """
    from model_registry.types.formatting import plain

    values: dict[str, Any] = {"id": resource.id, "name": getattr(resource, "name", None), **more}
    for name in type(resource).model_fields:
        if name not in values and name not in _EPOCHS:
            values[name] = plain(getattr(resource, name))
    values["custom_properties"] = values["custom_properties"] or {}
    for name, moment in (
        ("create_time", resource.create_time),
        ("last_update_time", resource.last_update_time),
    ):
        values[name] = None if moment is None else moment.isoformat(timespec="milliseconds")
    return values


def fields_of(*kinds: type[BaseResourceModel]) -> frozenset[str]:
    """Return the names of the fields that records of some kinds have."""
    names = {name for kind in kinds for name in kind.model_fields}
    return frozenset({*names, "id", "name", *TIMES.values()} - {*_EPOCHS})


def artifact_record(artifact: Artifact) -> dict[str, Any]:
    """Return all fields of an artifact as JSON types, with its kind."""
    return record(artifact, kind=type(artifact).__name__)


def value_of(record: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401  # any field's
    """Return the value of a field, custom property or metric of a record; `None` if it has none."""
    for name in (column, TIMES.get(column, column)):
        if name in record:
            return record[name]
    for group in ("custom_properties", "metrics"):
        values: Mapping[str, Any] = record.get(group) or {}
        if column in values:
            return values[column]
    return None


def is_time(column: str) -> bool:
    """Return whether a column holds times."""
    return column in (*TIMES, *TIMES.values(), *_OTHER_TIMES)


def flat(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return names and values, where each custom property has a line, and each artifact."""
    for name, value in record.items():
        if name in ("custom_properties", "metrics", "aliases") and isinstance(value, dict):
            values = cast("dict[str, Any]", value)
            shown = {key: each for key, each in values.items() if not key.startswith(_OWN_PROPERTIES)}
            yield from ((f"{name}.{key}", each) for key, each in shown.items())
        elif name == "artifacts":
            for each in value:
                says = each.get("uri") or each.get("value")
                yield f"{each['kind']}.{each['name']}", "" if says is None else says
        else:
            yield name, value


def cell(value: Any, *, as_age: bool = False) -> str:  # noqa: ANN401  # any field's
    """Return a value as a text in one line, without control characters and secrets.

    Args:
        value: The value.
        as_age: Whether to print a time as its age.
    """
    from model_registry.types.redaction import redacted

    if value is None:
        return ""
    if as_age and isinstance(value, str):
        return age(value)
    if isinstance(value, str):
        return safe(str(redacted(value)))
    if isinstance(value, list):
        texts: list[Any] = cast("Any", value)
        if all(isinstance(each, str) for each in texts):
            return safe(", ".join(texts))
    return safe(json.dumps(redacted(cast("object", value)), ensure_ascii=False))


def iso_time(milliseconds: int | None) -> str | None:
    """Return a time in milliseconds since 1970 in ISO 8601."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")


def age(moment: str) -> str:
    """Return how long ago a time of ISO 8601 was, or in which time it will be."""
    seconds = (datetime.now(timezone.utc) - datetime.fromisoformat(moment)).total_seconds()
    for unit, length in _UNITS:
        number = int(abs(seconds) // length)
        if number >= 1:
            span = f"{number} {unit}{'s' if number > 1 else ''}"
            return f"{span} ago" if seconds > 0 else f"in {span}"
    return "just now"
