"""A registry full of models, versions and metrics, with values that few or many have, for tests of access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_registry.server.filters.plan import plan
from model_registry.server.filters.query import parse
from model_registry.server.kinds import METRIC, MODEL_VERSION, REGISTERED_MODEL
from model_registry.server.queries.selection import Selection
from model_registry.server.rows import property_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.server.kinds import Kind

FIRST_TIME = 1700000000000
Row = tuple[str, tuple[Any, ...]]
"""A table, and the values of its columns."""


def crowd(count: int) -> Iterator[Row]:
    """The rows of so many models; all versions are the first model's, all metrics the first version's."""
    for number in range(1, count + 1):
        model = {"state": "LIVE" if number % 3 else "ARCHIVED", "owner": f"owner {number}"}
        properties = {
            "team": {"metadataType": "MetadataStringValue", "string_value": f"team {number % 10}"},
            "run": {"metadataType": "MetadataStringValue", "string_value": f"run {number}"},
            "accuracy": {"metadataType": "MetadataDoubleValue", "double_value": number * 7 % count / count},
            "epochs": {"metadataType": "MetadataIntValue", "int_value": str(number * 7 % count)},
            "good": {"metadataType": "MetadataBoolValue", "bool_value": number % 50 == 0},
        }
        yield from _resource(3 * number, REGISTERED_MODEL, 0, model | {"customProperties": properties})
        yield from _resource(3 * number + 1, MODEL_VERSION, 3, {"customProperties": {}})
        yield from _resource(3 * number + 2, METRIC, 4, {"value": number / count, "customProperties": {}})
        yield "attribution", (4, 3 * number + 2, f"name {number}")


def families(count: int) -> Iterator[Row]:
    """The rows of a model with so many versions, and of as many versions of models with ten each."""
    large, parents = 1, range(2, 2 + count // 10)
    for parent_id in (large, *parents):
        yield from _resource(parent_id, REGISTERED_MODEL, 0, {"customProperties": {}})
    for number in range(2 * count):
        properties = {
            "team": {"metadataType": "MetadataStringValue", "string_value": f"team {number * 7 % 19}"},
            "run": {"metadataType": "MetadataStringValue", "string_value": f"run {number}"},
            "score": {"metadataType": "MetadataDoubleValue", "double_value": number * 7919 % 1000 / 1000},
            "number": {"metadataType": "MetadataIntValue", "int_value": str(number)},
        }
        parent_id = large if number % 2 else parents[number // 2 % len(parents)]
        body = {"state": "LIVE", "customProperties": properties}
        yield from _resource(parents.stop + number, MODEL_VERSION, parent_id, body)


def filtered(text: str, kinds: tuple[Kind, ...] = (REGISTERED_MODEL,)) -> Selection:
    """All of the kinds that a filter finds."""
    expression = parse(text)
    assert expression is not None
    return Selection(kinds, filter=plan(expression, kinds))


def _resource(id: int, kind: Kind, parent_id: int, body: dict[str, Any]) -> Iterator[Row]:
    time = FIRST_TIME + id // 7
    yield (
        "resource",
        (id, kind.code, int(kind.family), parent_id, f"name {id}", f"external {id}", time, time + 5, "{}"),
    )
    for (is_custom, name), values in property_rows(kind, body):
        yield "property", (id, is_custom, name, kind.code, *values)
