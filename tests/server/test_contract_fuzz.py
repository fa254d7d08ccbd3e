"""Whatever a request looks like, the answer is one that the contract allows.

schemathesis makes requests from the contract, some right and some wrong, and checks the answers: no server
error, only declared statuses, content types and bodies, wrong requests refused and right ones accepted.
"""

from __future__ import annotations

import base64
import contextlib
import json
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from model_registry.server.contract import load_contract
from tests.support.backends import Server

pytestmark = pytest.mark.slow

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis needs Python 3.11 or newer")

from schemathesis import GenerationMode  # noqa: E402  # after it is known to be there
from schemathesis.checks import CHECKS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import BaseSchema, Case, CheckContext, Response

TOKEN = "not-a-secret-of-anybody"
EXAMPLES = 4
"""Right ones, and wrong ones, for each operation on each database."""

# What is right, but not together with what the rest of the request says or with what the registry holds.
ZERO_WHEN_MISSING = ["MetadataBoolValue", "MetadataDoubleValue", "MetadataProtoValue", "MetadataStringValue"]

AGAINST_A_RULE = (
    'unknown field "',
    "metric value is required",
    "invalid artifact type",
    "invalid parameters call, supply either",
    "the registry assigns the id of a new",
    "in the body but",
    "artifact type is immutable",
    "is not a ",
    "is not a 32-bit integer",
)


def numbers(first: int, last: int) -> st.SearchStrategy[str]:
    return st.integers(first, last).map(str)


def structs() -> st.SearchStrategy[str]:
    texts = st.text(string.ascii_letters, max_size=5)
    return st.dictionaries(texts, texts | st.integers(-9, 9) | st.none(), max_size=3).map(
        lambda value: base64.b64encode(json.dumps(value).encode()).decode()
    )


schemathesis.openapi.format("int32", numbers(1, 2**31 - 1))
schemathesis.openapi.format("int64", numbers(1, 60) | numbers(-(2**63), 2**63 - 1))
schemathesis.openapi.format("struct", structs())
schemathesis.openapi.format(
    "filter",
    st.sampled_from(
        ["name = 'x'", "id > 3 AND x.int_value IN (1, 2)", "`a b` LIKE '%é' OR (state != 'LIVE')", ""]
    ),
)
schemathesis.openapi.format("token", st.just(""))


def precise(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract, with what it says in words, or leaves to the registry, in a form that a machine reads."""
    components = contract["components"]
    schemas: dict[str, dict[str, Any]] = components["schemas"]
    for name, form in {"filterQuery": "filter", "nextPageToken": "token"}.items():
        components["parameters"][name]["schema"]["format"] = form
    for parameter in components["parameters"].values():
        if parameter.get("allowEmptyValue") and "$ref" in parameter["schema"]:
            schemas[parameter["schema"]["$ref"].rpartition("/")[2]]["enum"].append("")
    schemas["OrderByField"]["enum"].append("id")  # as existing clients write it
    schemas["MetadataStructValue"]["properties"]["struct_value"]["format"] = "struct"
    for name, schema in schemas.items():
        if name in ZERO_WHEN_MISSING:
            schema["required"] = ["metadataType"]
        for part in [schema, *schema.get("allOf", [])]:
            for field, one in part.get("properties", {}).items():
                one |= details(name, field, is_required=field in part.get("required", []))
    return contract


def details(schema: str, field: str, *, is_required: bool) -> dict[str, Any]:
    """What the contract says of a field in words."""
    details: dict[str, Any] = {"maxLength": 255} if field in ("name", "externalId") else {}
    if is_required and schema.endswith("Create"):
        details["minLength"] = 1
    if not is_required and not schema.endswith("List"):
        details["nullable"] = True  # null is the same as nothing
    return details


@pytest.fixture(scope="module")
def fuzzed() -> BaseSchema:
    schema = schemathesis.openapi.from_dict(precise(json.loads(load_contract().text)))
    schema.config.generation.update(allow_x00=False, with_security_parameters=False)
    return schema


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        db = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'registry.db'}"
    else:
        db = request.getfixturevalue("postgresql_server").new_database()
    token_file = tmp_path_factory.mktemp("token") / "token"
    token_file.write_text(TOKEN)
    server = Server(db, "--token-file", str(token_file))
    yield server.url
    assert server.stop() == 0


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", load_contract().operations)
def test_answers_are_those_of_the_contract(
    fuzzed: BaseSchema, url: str, operation: str, mode: GenerationMode
) -> None:
    cases = fuzzed.find_operation_by_id(operation).as_strategy(mode)

    @given(cases)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def fuzz(case: Case) -> None:
        check(case, url)

    with contextlib.suppress(Unsatisfiable):  # an operation that takes nothing has no wrong requests
        fuzz()


def check(case: Case, url: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    response = case.call(base_url=url, headers=headers)
    ruled = response.status_code == 400 and any(rule in response.json()["message"] for rule in AGAINST_A_RULE)
    excluded = ["positive_data_acceptance"] * ruled + ["negative_data_rejection"] * is_tolerated(case)
    case.validate_response(
        response, additional_checks=[no_nulls], excluded_checks=CHECKS.get_by_names(excluded)
    )


def is_tolerated(case: Case) -> bool:
    """Whether a body may be accepted that is not as the contract says."""
    if case.body is None:  # null is the same as an empty object
        return True
    if "/model_artifacts" not in case.path or not isinstance(case.body, dict):
        return False
    return isinstance(case.body.get("artifactType"), str)  # any, as the path tells the kind


def no_nulls(_: CheckContext, response: Response, __: Case) -> None:
    """Answers leave out what has no value."""
    assert b":null" not in response.content
