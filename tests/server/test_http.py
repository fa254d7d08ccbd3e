"""Paths, methods, queries and what stands around the operations."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from model_registry.server.contract import OWN_OPERATIONS, load_contract
from model_registry.server.errors import ApiError
from model_registry.server.http.routing import Router
from model_registry.server.rules.operations import RULES
from tests.support.backends import API, Client

if TYPE_CHECKING:
    from tests.support.backends import SyncBackend


def test_every_operation_has_a_rule_and_no_rule_is_left_over() -> None:
    assert {*load_contract().operations, *OWN_OPERATIONS} == set(RULES)


def test_every_operation_is_found_by_its_path() -> None:
    router = Router(load_contract())
    for operation in (*load_contract().operations.values(), *OWN_OPERATIONS.values()):
        path = operation.path.replace("{", "1").replace("}", "")
        for prefix in (API, f"{API}alpha3"):
            assert router.match(operation.method, prefix + path).route.operation is operation


@pytest.mark.parametrize(
    "path",
    [
        "/api/model_registry",
        "/api/model_registry/v2",
        "/api/model_registry/v2/registered_models",
        f"{API}/registered_models/",
        f"{API}//registered_models",
        f"{API}/registered_models/1/",
        f"{API}/registered_models/1/versions/",
        f"{API}/registered_models/1/versions/2",
        f"{API}/registered_models//versions",
        f"{API}/registered_models/../model_versions",
        f"{API}/Registered_Models",
        f"{API}/experiments",
        f"{API}alpha3/experiment_runs/metric_history",
    ],
)
def test_other_paths_are_not_found(registry: SyncBackend, path: str) -> None:
    answer = registry.send("GET", path)
    assert answer.status == 404
    assert answer.data.startswith(b"404 page not found")
    assert answer.headers["content-type"].startswith("text/plain"), (
        "a client tells it from a missing resource"
    )


@pytest.mark.parametrize(
    "id", ["1%2Fversions", "%2E%2E", "1.5", "0x1", "1_0", "%D9%A1", "2147483648", "-2147483649", "%00"]
)
def test_an_id_is_a_number(registry: SyncBackend, id: str) -> None:
    answer = registry.send("GET", f"{API}/registered_models/{id}")
    assert answer.status == 400
    assert answer.message.startswith("invalid registered model ID: ")


@pytest.mark.parametrize("id", ["0", "-1", "999999999", "2147483647"])
def test_a_number_without_a_resource_is_not_found(client: Client, id: str) -> None:
    answer = client.get(f"/registered_models/{id}")
    assert (answer.status, answer.message) == (404, f"no registered model found for id {id}: not found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", f"{API}/registered_models/1", "GET, PATCH, HEAD"),
        ("PUT", f"{API}/registered_models", "GET, POST, HEAD"),
        ("POST", f"{API}/registered_model", "GET, HEAD"),
        ("POST", "/readyz/health", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_other_methods_are_told_which_there_are(
    registry: SyncBackend, method: str, path: str, allowed: str
) -> None:
    answer = registry.send(method, path)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert answer.json["code"] == "Method Not Allowed"


@pytest.mark.parametrize("query", ["name=%zz", "name=%", "name=a;b=c", "name=%00", "name=%ff"])
def test_a_query_has_to_be_well_formed(registry: SyncBackend, query: str) -> None:
    assert registry.send("GET", f"{API}/registered_model?{query}").status == 400


def test_of_a_repeated_parameter_the_first_counts_and_unknown_ones_do_not(client: Client) -> None:
    name = uuid.uuid4().hex
    client.make("/registered_models", name=name)
    assert client.get("/registered_model", name=[name, "other"], unknown="x").json["name"] == name


def test_an_artifact_that_is_no_model_is_told_as_such(client: Client) -> None:
    external_id = uuid.uuid4().hex
    made = client.make("/artifacts", artifactType="doc-artifact", externalId=external_id)
    found = client.get("/model_artifact", externalId=external_id)
    named = f"name=, parentResourceId=, externalId={external_id}"
    assert (found.status, found.message) == (404, f"artifact with {named} is not a model artifact: not found")
    found = client.get(f"/model_artifacts/{made['id']}")
    assert found.message == f"artifact with id {made['id']} is not a model artifact: not found"


def test_both_prefixes_answer_alike(registry: SyncBackend) -> None:
    made = Client(registry).make("/registered_models", name=uuid.uuid4().hex)
    path = f"/registered_models/{made['id']}"
    assert Client(registry).get(path).data == Client(registry, f"{API}alpha3").get(path).data


def test_the_form_of_an_answer(registry: SyncBackend) -> None:
    name = uuid.uuid4().hex
    answer = Client(registry).post("/registered_models", {"owner": "<é&>", "name": name})
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.data.endswith(b"}\n")
    assert (
        answer.data
        == json.dumps(answer.json, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    )


@pytest.mark.parametrize("path", ["/readyz/isDirty", "/readyz/health", f"{API}/readyz/health"])
def test_readiness(registry: SyncBackend, path: str) -> None:
    answer = registry.send("GET", path)
    assert (answer.status, answer.data) == (200, b"OK")
    detailed = registry.send("GET", f"{path}?format=json").json
    assert detailed["status"] == "pass"
    assert detailed["checks"]["database"]["Status"] == "pass"


def test_the_contract_can_be_read(registry: SyncBackend) -> None:
    answer = registry.send("GET", "/openapi.json")
    assert len(answer.json["paths"]) == 24


def test_an_error_is_an_error_of_the_contract() -> None:
    assert json.loads(ApiError(409, "taken").body()) == {"code": "Conflict", "message": "taken"}
