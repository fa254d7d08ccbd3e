"""Short JSON schemas of arguments and results: an agent reads them in every conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

_LEFT_OUT: Final = frozenset({"title", "default", "maxLength", "minLength", "maxItems", "maxProperties"})
"""Keys that say little to an agent. Arguments are checked against all of them."""


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a class: without titles, defaults and lengths, with all parts in place.

    An optional field has the schema of its value: who has no value leaves the field out.
    """
    schema = model.model_json_schema()
    definitions: dict[str, Any] = schema.pop("$defs", {})
    schema.pop("description", None)
    return cast("dict[str, Any]", _short(schema, definitions))


def _short(value: object, definitions: dict[str, Any], *, names: bool = False) -> object:
    """Shorten a schema.

    Args:
        value: A schema, or a part of one.
        definitions: Schemas that others refer to, by name.
        names: Whether the keys of `value` are names of fields.
    """
    if isinstance(value, list):
        return [_short(each, definitions) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    given = cast("dict[str, Any]", value)
    if names:
        return {name: _short(each, definitions) for name, each in given.items()}
    if "$ref" in given:
        referred = dict(definitions[given["$ref"].rpartition("/")[2]])
        referred.pop("description", None)
        return _short(referred, definitions)
    if "anyOf" in given:
        (only,) = (each for each in given["anyOf"] if each != {"type": "null"})
        given = {**only, **{name: each for name, each in given.items() if name != "anyOf"}}
    # `true` is what an object allows anyway.
    kept = {name: each for name, each in given.items() if name not in _LEFT_OUT}
    if kept.get("additionalProperties") is True:
        del kept["additionalProperties"]
    return {name: _short(each, definitions, names=name == "properties") for name, each in kept.items()}
