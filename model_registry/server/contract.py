"""The API contract: operations, their parameters, and the schemas of their bodies."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX: Final = "/api/model_registry/v1"
"""The beginning of every path of the contract."""

_METHODS: Final = ("get", "post", "patch")
_LISTS: Final = frozenset({"ids", "pageSize", "orderBy", "sortOrder"})


@dataclass(frozen=True)
class SchemaField:
    """A field of a body.

    Attributes:
        name: Its key in JSON.
        type: Its type in JSON Schema; `object` is a map of custom properties.
        format: `int64`, `double`, ... or an empty text.
        enum: The allowed values, or None.
        enum_name: The name of the enumeration in the contract.
        accepts_text: Whether a number may also be sent as text.
        read_only: Whether only responses have it.
        min_length: Minimum length of a text.
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
    """The schema of a body.

    Attributes:
        name: Its name in the contract.
        properties: The fields by key.
        required: Keys of required fields, in the order of the contract.
        variants: For a union, the schema for each value of `tag`.
        tag: The key whose value selects a variant.
    """

    name: str
    properties: Mapping[str, SchemaField]
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
        body: The schema of the request body, or None.
    """

    id: str
    method: str
    path: str
    query: frozenset[str]
    body: Schema | None


OWN_OPERATIONS: Final[Mapping[str, Operation]] = {
    operation.id: operation
    for operation in (
        Operation("getVersionsOfModels", "GET", "/versions_of_models", _LISTS, None),
        Operation("getArtifactsOfVersions", "GET", "/artifacts_of_versions", _LISTS | {"artifactType"}, None),
        Operation("countVersionsOfModels", "GET", "/version_counts", frozenset({"ids"}), None),
    )
}
"""Operations that this registry has besides those of the contract, on several lists at once."""


class Contract:
    """The operations, schemas and enumerations of the contract, by name.

    >>> load_contract().operations["getRegisteredModel"].path
    '/registered_models/{registered_model_id}'
    """

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._document: dict[str, Any] = msgspec.json.decode(text)
        self._schemas: dict[str, Schema] = {}
        self.operations: Mapping[str, Operation] = {one.id: one for one in self._read_operations()}

    def schema(self, name: str) -> Schema:
        """Return the schema with a name, including the fields of the schemas that it extends."""
        if name not in self._schemas:
            self._schemas[name] = self._read_schema(name)
        return self._schemas[name]

    def enum(self, name: str) -> tuple[str, ...]:
        """Return the values of the enumeration with a name."""
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
        properties: dict[str, SchemaField] = {}
        required: dict[str, None] = {}
        for part in self._parts(node):
            properties |= {
                key: self._read_property(key, one) for key, one in part.get("properties", {}).items()
            }
            required |= dict.fromkeys(part.get("required", ()))
        return Schema(name, properties, tuple(required), {})

    def _read_property(self, key: str, node: dict[str, Any]) -> SchemaField:
        facts: dict[str, Any] = {}
        enum_name = ""
        for part in self._parts(node):
            facts |= part
        for ref in [node, *node.get("allOf", [])]:
            enum_name = _name_of(ref) or enum_name
        enum = facts.get("enum")
        return SchemaField(
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
        """Yield the node and all schemas that it is composed of, the most general first."""
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
    """Return the contract that this package implements. It is read once."""
    return Contract((resources.files("model_registry.server") / "contract.json").read_bytes())
