"""The API contract as the registry uses it: operations, their parameters, and the shape of their bodies."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX: Final = "/api/model_registry/v1"
"""What every path of the contract begins with."""

_METHODS: Final = ("get", "post", "patch")


@dataclass(frozen=True)
class Property:
    """A field of a body.

    Attributes:
        name: Its key in JSON.
        type: JSON Schema's word for its values; `object` is a map of custom properties.
        format: `int64`, `double`, ... or an empty text.
        enum: The only values that it takes, or None.
        enum_name: What the contract calls that enumeration.
        accepts_text: Whether a number may also be written as text.
        read_only: Whether only answers give it.
        min_length: Length of the shortest text that counts as a value.
    """

    name: str
    type: str
    format: str = ""
    enum: tuple[str, ...] | None = None
    enum_name: str = ""
    accepts_text: bool = False
    read_only: bool = False
    min_length: int = 0


@dataclass(frozen=True, eq=False)
class Schema:
    """The shape of a body.

    Attributes:
        name: Its name in the contract.
        properties: Every field, by its key.
        required: Keys that must be there, in the order of the contract.
        variants: For a union, the schema of each value of `tag`.
        tag: The key that tells the variants apart.
    """

    name: str
    properties: Mapping[str, Property]
    required: tuple[str, ...]
    variants: Mapping[str, Schema]
    tag: str = ""


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    Attributes:
        id: The contract's operationId.
        method: `GET`, `POST` or `PATCH`.
        path: The path below `PREFIX`, with parameters in braces.
        query: Names of its query parameters.
        body: What a request carries, or None.
    """

    id: str
    method: str
    path: str
    query: frozenset[str]
    body: Schema | None


class Contract:
    """What the contract says, by name.

    >>> load_contract().operations["getRegisteredModel"].path
    '/registered_models/{registered_model_id}'
    """

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._document: dict[str, Any] = msgspec.json.decode(text)
        self._schemas: dict[str, Schema] = {}
        self.operations: Mapping[str, Operation] = {one.id: one for one in self._read_operations()}

    def schema(self, name: str) -> Schema:
        """The shape called `name`, with everything that it builds on."""
        if name not in self._schemas:
            self._schemas[name] = self._read_schema(name)
        return self._schemas[name]

    def enum(self, name: str) -> tuple[str, ...]:
        """The values of the enumeration called `name`."""
        return tuple(self._document["components"]["schemas"][name]["enum"])

    def _read_operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in _METHODS:
                if method not in item:
                    continue
                found = item[method]
                parameters = map(self._resolve, [*item.get("parameters", []), *found.get("parameters", [])])
                body = found.get("requestBody")
                yield Operation(
                    found["operationId"],
                    method.upper(),
                    path.removeprefix(PREFIX),
                    frozenset(one["name"] for one in parameters if one["in"] == "query"),
                    self.schema(_name_of(body["content"]["application/json"]["schema"])) if body else None,
                )

    def _read_schema(self, name: str) -> Schema:
        node = self._document["components"]["schemas"][name]
        if "discriminator" in node:
            mapping = node["discriminator"]["mapping"]
            variants = {tag: self.schema(ref.rpartition("/")[2]) for tag, ref in mapping.items()}
            return Schema(name, {}, (), variants, node["discriminator"]["propertyName"])
        properties: dict[str, Property] = {}
        required: dict[str, None] = {}
        for part in self._parts(node):
            properties |= {
                key: self._read_property(key, one) for key, one in part.get("properties", {}).items()
            }
            required |= dict.fromkeys(part.get("required", ()))
        return Schema(name, properties, tuple(required), {})

    def _read_property(self, key: str, node: dict[str, Any]) -> Property:
        facts: dict[str, Any] = {}
        enum_name = ""
        for part in self._parts(node):
            facts |= part
        for ref in [node, *node.get("allOf", [])]:
            enum_name = _name_of(ref) or enum_name
        enum = facts.get("enum")
        return Property(
            key,
            facts["type"],
            facts.get("format", ""),
            None if enum is None else tuple(enum),
            enum_name or key,
            facts.get("x-accepts-text", False),
            node.get("readOnly", False),
            facts.get("minLength", 0),
        )

    def _parts(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The node itself and everything that it is composed of, the most general first."""
        node = self._resolve(node)
        for part in node.get("allOf", []):
            yield from self._parts(part)
        yield node

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        _, _, section, name = node["$ref"].split("/")
        resolved: dict[str, Any] = self._document["components"][section][name]
        return resolved


def _name_of(node: dict[str, Any]) -> str:
    ref: str = node.get("$ref", "")
    return ref.rpartition("/")[2]


@functools.cache
def load_contract() -> Contract:
    """The contract that this package was made for, read once."""
    return Contract((resources.files("model_registry.server") / "contract.json").read_bytes())
