"""What requests about each kind of resource are made of, and what the rules say of the kind."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

Resource = dict[str, Any]

UNKNOWN: Final = "987654321"
NAMES: Final = st.sampled_from(
    ["a", "b", "A", "a_b", "axb", "%", "1:a", "it's", "\\", "é", "e\u0301", "日本\U0001f4a9"]
)
EXTERNAL_IDS: Final = st.sampled_from(["x", "y", "X", "", "_", "z" * 255])
TEXT: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
TEXTS: Final = st.lists(TEXT, max_size=3)
INTEGERS: Final = st.integers(-(2**63), 2**63 - 1)
DOUBLES: Final = st.floats(allow_nan=False, allow_infinity=False)
LIVE: Final = st.sampled_from(["LIVE", "ARCHIVED"])
STATES: Final = st.sampled_from(["UNKNOWN", "LIVE", "DELETED"])
STRUCTS: Final = st.dictionaries(TEXT, TEXT | st.none(), max_size=2).map(
    lambda value: base64.b64encode(json.dumps(value).encode()).decode()
)


def values(kind: str, **fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"metadataType": st.just(f"Metadata{kind}Value"), **fields})


KEYS: Final = ["k", "owner", "state", "experiment_id", "a b", "k" * 255, ""]
PROPERTIES: Final = st.dictionaries(
    st.just("k") | st.sampled_from(KEYS),
    values("String", string_value=st.sampled_from(["s", "t" * 300]) | TEXT)
    | values("Int", int_value=INTEGERS.map(str) | st.just("1"))
    | values("Double", double_value=DOUBLES | st.just(1.0))
    | values("Bool", bool_value=st.booleans())
    | values("Struct", struct_value=STRUCTS)
    | values("Proto", type=TEXT, proto_value=TEXT),
    max_size=3,
)


@dataclass(frozen=True)
class Kind:
    """What the rules say of a kind."""

    path: str
    family: str
    fields: dict[str, SearchStrategy[Any]]
    defaults: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    """Kinds of what fields name."""
    parent: str = ""
    """The field that names what its name is unique within."""
    required: tuple[str, ...] = ()
    artifact_type: str = ""


MODEL_FIELDS: Final = [
    "owner",
    "readme",
    "maturity",
    "provider",
    "logo",
    "license",
    "licenseLink",
    "libraryName",
]
STORED_AT: Final = ["modelFormatName", "storageKey", "storagePath", "modelSourceId"]
ARTIFACT: Final = {"description": TEXT, "uri": TEXT, "state": STATES}
KINDS: Final = {
    "model": Kind(
        "/registered_models",
        "context",
        {"state": LIVE, "language": TEXTS, "tasks": TEXTS}
        | dict.fromkeys(["description", *MODEL_FIELDS], TEXT),
        {"state": "LIVE"},
        required=("name",),
    ),
    "version": Kind(
        "/model_versions",
        "context",
        {"description": TEXT, "state": LIVE, "author": TEXT},
        {"state": "LIVE"},
        {"registeredModelId": "model"},
        "registeredModelId",
        ("name", "registeredModelId"),
    ),
    "environment": Kind("/serving_environments", "context", {"description": TEXT}, required=("name",)),
    "service": Kind(
        "/inference_services",
        "context",
        {"description": TEXT, "runtime": TEXT, "desiredState": st.sampled_from(["DEPLOYED", "UNDEPLOYED"])},
        {"desiredState": "DEPLOYED"},
        {"registeredModelId": "model", "servingEnvironmentId": "environment", "modelVersionId": "version"},
        "servingEnvironmentId",
        ("registeredModelId", "servingEnvironmentId"),
    ),
    "serve": Kind(
        "/serves",
        "execution",
        {"description": TEXT, "lastKnownState": st.sampled_from(["UNKNOWN", "RUNNING", "FAILED"])},
        {"lastKnownState": "UNKNOWN"},
        {"modelVersionId": "version"},
        required=("modelVersionId",),
    ),
    "model-artifact": Kind(
        "/artifacts", "artifact", ARTIFACT | dict.fromkeys(STORED_AT, TEXT), artifact_type="model-artifact"
    ),
    "doc-artifact": Kind("/artifacts", "artifact", ARTIFACT, artifact_type="doc-artifact"),
    "dataset-artifact": Kind(
        "/artifacts",
        "artifact",
        ARTIFACT | dict.fromkeys(["digest", "sourceType", "source", "schema", "profile"], TEXT),
        artifact_type="dataset-artifact",
    ),
    "metric": Kind(
        "/artifacts",
        "artifact",
        {"description": TEXT, "state": STATES, "value": DOUBLES, "step": INTEGERS, "timestamp": TEXT},
        artifact_type="metric",
        required=("value",),
    ),
    "parameter": Kind(
        "/artifacts",
        "artifact",
        {"description": TEXT, "state": STATES, "value": TEXT},
        artifact_type="parameter",
    ),
}
ARTIFACTS: Final = [name for name, kind in KINDS.items() if kind.artifact_type]
PARENTS: Final = {"version": "model", "service": "environment"}
IMMUTABLE: Final = {"registeredModelId", "servingEnvironmentId"}
ORDERS: Final = {
    "ID": "id",
    "CREATE_TIME": "createTimeSinceEpoch",
    "LAST_UPDATE_TIME": "lastUpdateTimeSinceEpoch",
}


def fields_of(kind: Kind) -> SearchStrategy[Resource]:
    """Some of the fields that a kind has, some of them null."""
    common = {"description": TEXT, "customProperties": PROPERTIES, "externalId": EXTERNAL_IDS}
    optional = {name: one | st.none() for name, one in {**common, **kind.fields}.items()}
    few = st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)
    some = few.flatmap(lambda names: st.fixed_dictionaries({name: optional[name] for name in names}))
    return some | st.fixed_dictionaries({"customProperties": PROPERTIES})


def order_key(order: str) -> Any:
    return lambda one: (int(one[ORDERS[order]]), int(one["id"]))


def custom(one: Resource, kind: str, key: str = "k") -> Any:
    """A custom property's value when it is of that kind."""
    found = one["customProperties"].get(key, {})
    return found.get(kind)


def is_one(one: Resource) -> bool:
    return custom(one, "int_value") == "1" or custom(one, "double_value") == 1


FILTERS: Final[dict[str, Callable[[Resource], bool]]] = {
    "k = 's'": lambda one: custom(one, "string_value") == "s",
    "k = 1": is_one,
    "k = true": lambda one: custom(one, "bool_value") is True,
    "k != 's'": lambda one: custom(one, "string_value") not in {"s", None},
    "`a b` = 's' OR name = 'a'": lambda one: custom(one, "string_value", "a b") == "s" or one["name"] == "a",
    "name LIKE 'a%' AND description = ''": lambda one: one["name"][0] == "a" and one.get("description") == "",
    "externalId = '' OR name = 'é'": lambda one: one.get("externalId") == "" or one["name"] == "é",
}
