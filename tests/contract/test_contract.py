"""The contract is valid, says what API v1 is, and describes everything in words."""

from pathlib import Path

import pytest
from openapi_spec_validator import validate

from tests.support.contract import CONTRACT, OPERATIONS, SCHEMAS, name_of, parameters_of, resolve, schema_of

PREFIX = "/api/model_registry/v1"
LIST = ["filterQuery", "pageSize", "orderBy", "sortOrder", "nextPageToken"]


def read_facts() -> dict[str, list[str]]:
    text = Path(__file__).with_name("facts.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            sections[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            sections[list(sections)[-1]].append(line)
    return sections


FACTS = read_facts()


def type_of(node: dict) -> str:
    """Writes the type of a field as the facts do."""
    if "$ref" in node:
        return name_of(node)
    if "allOf" in node:
        [only] = node["allOf"]
        return name_of(only)
    if "enum" in node:
        [only] = node["enum"]
        return f"'{only}'"
    if node["type"] == "array":
        return f"[{type_of(node['items'])}]"
    if node["type"] == "object":
        return f"{{{type_of(node['additionalProperties'])}}}"
    return node["type"] + (f"({node['format']})" if "format" in node else "")


def own_part(schema: dict) -> dict:
    """The fields that a schema adds to those it builds on."""
    return next((part for part in schema.get("allOf", [schema]) if "$ref" not in part), {})


def describe_schema(name: str) -> str:
    schema = SCHEMAS[name]
    line = name
    if bases := [name_of(part) for part in schema.get("allOf", []) if "$ref" in part]:
        line += " = " + " ".join(bases)
    line += ":"
    own = own_part(schema)
    for field, node in own.get("properties", {}).items():
        line += f" {field}:{type_of(node)}"
        line += "*" if field in own.get("required", []) else ""
        line += "+" if node.get("minLength") == 1 else ""
        line += "!" if node.get("readOnly") else ""
        line += "?" if node.get("nullable") else ""
    return line


def test_is_valid():
    validate(CONTRACT)


@pytest.mark.parametrize("fact", FACTS["operations"], ids=lambda fact: fact.split()[2])
def test_operation(fact):
    signature, query, body, answers = (part.split() for part in fact.split("|"))
    method, path, operation_id = signature
    assert OPERATIONS[operation_id][:2] == (method.lower(), PREFIX + path)
    operation = OPERATIONS[operation_id][3]

    parameters = parameters_of(operation_id)
    wanted = [name for word in query for name in (LIST if word == "LIST" else [word]) if word != "-"]
    assert {one["name"] for one in parameters if one["in"] == "query"} == set(wanted)
    in_path = [one["name"] for one in parameters if one["in"] == "path"]
    assert [f"{{{name}}}" for name in in_path] == [part for part in path.split("/") if part.startswith("{")]

    assert ([schema_of(operation["requestBody"])] if "requestBody" in operation else ["-"]) == body
    declared = {code: schema_of(answer) for code, answer in operation["responses"].items()}
    assert [f"{code}:{name}" for code, name in declared.items() if code < "300"] == answers[
        : answers.index("400") if "400" in answers else -1
    ]
    failures = {code for code in declared if code >= "300"}
    assert failures >= {code for code in answers if code.isdigit()} | {"401", "500", "503"}
    assert {declared[code] for code in failures} == {"Error"}
    assert operation["tags"] == ["ModelRegistryService"]


def test_there_are_no_other_operations():
    assert set(OPERATIONS) == {fact.split()[2] for fact in FACTS["operations"]}
    assert len(OPERATIONS) == 40


@pytest.mark.parametrize("fact", FACTS["enums"], ids=lambda fact: fact.partition(":")[0])
def test_enum(fact):
    name, _, values = fact.partition(": ")
    assert SCHEMAS[name]["type"] == "string"
    assert SCHEMAS[name]["enum"] == values.split()


@pytest.mark.parametrize("fact", FACTS["unions"], ids=lambda fact: fact.split()[0])
def test_union(fact):
    head, _, kinds = fact.partition(": ")
    name, _, tag = head.split()
    mapping = dict(kind.split("=") for kind in kinds.split())
    assert [name_of(ref) for ref in SCHEMAS[name]["oneOf"]] == list(mapping.values())
    discriminator = SCHEMAS[name]["discriminator"]
    assert discriminator["propertyName"] == tag
    assert {kind: name_of({"$ref": ref}) for kind, ref in discriminator["mapping"].items()} == mapping


@pytest.mark.parametrize("fact", FACTS["schemas"], ids=lambda fact: fact.split()[0].rstrip(":"))
def test_schema(fact):
    name, bases_and_fields = fact.split(maxsplit=1) if " " in fact else (fact, "")
    found = describe_schema(name.rstrip(":"))
    assert sorted(found.split()) == sorted(f"{name} {bases_and_fields}".split())


def test_there_are_no_other_schemas():
    known = {
        line.replace(":", " ").split()[0] for part in ("enums", "unions", "schemas") for line in FACTS[part]
    }
    assert set(SCHEMAS) == known
    assert len(SCHEMAS) == 64


def test_nothing_has_a_default_that_a_change_would_send():
    """A default of a field in an update would overwrite what is stored whenever another field changes."""

    def defaults(node, seen=()):
        if isinstance(node, dict):
            if "$ref" in node:
                return [] if node["$ref"] in seen else defaults(resolve(node), (*seen, node["$ref"]))
            return [*([node] if "default" in node else []), *defaults(list(node.values()), seen)]
        return [one for part in node for one in defaults(part, seen)] if isinstance(node, list) else []

    assert {name: defaults(SCHEMAS[name]) for name in SCHEMAS if name.endswith("Update")} == {
        name: [] for name in SCHEMAS if name.endswith("Update")
    }


def test_numbers_as_text_have_no_limit_of_digits():
    assert "pattern" not in str(CONTRACT)


def test_bearer_token_is_the_one_security_scheme():
    assert CONTRACT["security"] == [{"Bearer": []}]
    [scheme] = CONTRACT["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")


def test_everything_is_described_in_words():
    components = CONTRACT["components"]
    described = {name: operation for name, (_, _, _, operation) in OPERATIONS.items()}
    described |= {f"{name} summary": {"description": one["summary"]} for name, one in described.items()}
    described |= {f"schema {name}": schema for name, schema in SCHEMAS.items()}
    for name, schema in SCHEMAS.items():
        fields = own_part(schema).get("properties", {})
        described |= {f"field {name}.{field}": node for field, node in fields.items()}
    for kind in ("parameters", "responses", "securitySchemes"):
        described |= {f"{kind} {name}": node for name, node in components[kind].items()}
    for name, (_, _, _, operation) in OPERATIONS.items():
        described |= {f"{name} {code}": resolve(node) for code, node in operation["responses"].items()}
        if "requestBody" in operation:
            described[f"{name} body"] = operation["requestBody"]
    assert [name for name, node in described.items() if " " not in node.get("description", "")] == []
