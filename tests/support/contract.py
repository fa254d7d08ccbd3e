"""The contract, as tests look things up in it."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
CONTRACT = yaml.safe_load((ROOT / "api" / "model-registry.yaml").read_text(encoding="utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: (method, path, item, operation)
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}


def resolve(node):
    """What a node refers to, or the node itself."""
    if "$ref" not in node:
        return node
    target = CONTRACT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return target


def name_of(ref):
    """The name of the schema that is referred to."""
    return ref["$ref"].rpartition("/")[2]


def schema_of(message):
    """The name of the schema of a request or an answer."""
    return name_of(resolve(message)["content"]["application/json"]["schema"])


def parameters_of(operation_id):
    """The parameters of an operation, those of its path first."""
    _, _, item, operation = OPERATIONS[operation_id]
    return [resolve(one) for one in [*item.get("parameters", []), *operation.get("parameters", [])]]
