"""What the parameters of a list take and what they refuse, as the reference server does it."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from model_registry.server.contract import load_contract

if TYPE_CHECKING:
    from tests.support.backends import Client


@pytest.fixture
def path(client: Client) -> str:
    model = client.make("/registered_models", name=uuid.uuid4().hex)["id"]
    for name in ("b", "c", "a"):
        client.make("/model_versions", name=name, registeredModelId=model)
    return f"/registered_models/{model}/versions"


def names(answer: dict[str, Any]) -> list[str]:
    return [one["name"] for one in answer["items"]]


def test_id_may_be_written_in_small_letters(client: Client, path: str) -> None:
    first = client.get(path, orderBy="id", sortOrder="DESC", pageSize="2").json
    assert names(first) == ["a", "c"]
    for order in ("id", "ID", ""):
        query = {"orderBy": order, "sortOrder": "DESC", "nextPageToken": first["nextPageToken"]}
        assert names(client.get(path, **query).json) == ["b"]


def test_13_9_empty_parameters_are_none_as_the_contract_says(client: Client, path: str) -> None:
    components = json.loads(load_contract().text)["components"]
    allowed = [one["name"] for one in components["parameters"].values() if one.get("allowEmptyValue")]
    queried = [one["name"] for one in components["parameters"].values() if one["in"] == "query"]
    assert allowed == queried
    for listed in (path, "/artifacts"):
        assert client.get(listed, **dict.fromkeys(allowed, "")).json == client.get(listed).json


@pytest.mark.parametrize("field", ["logo", "licenseLink"])
def test_13_9_the_contract_promises_no_uri_where_an_empty_text_is_stored(client: Client, field: str) -> None:
    made = client.make("/registered_models", name=uuid.uuid4().hex, **{field: ""})
    assert made[field] == ""
    schemas = json.loads(load_contract().text)["components"]["schemas"]
    assert not re.search(r'"format": ?"uri"', json.dumps(schemas))


@pytest.mark.parametrize("size", ["+2", "02"])
def test_a_size_may_be_written_in_several_ways(client: Client, path: str, size: str) -> None:
    answer = client.get(path, pageSize=size).json
    assert (answer["pageSize"], answer["size"]) == (2, 2)


@pytest.mark.parametrize("size", ["abc", "1.5", " 1", "2147483648"])
def test_a_size_is_a_number_of_32_bits(client: Client, path: str, size: str) -> None:
    refused = client.get(path, pageSize=size)
    assert refused.status == 400
    assert refused.message.startswith("invalid numeric string: ")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("bogus", "invalid artifact type bogus"),
        ("null", "invalid artifact type: empty or null value provided"),
    ],
)
def test_a_kind_that_does_not_exist_is_refused(client: Client, kind: str, said: str) -> None:
    refused = client.get("/artifacts", artifactType=kind)
    assert (refused.status, refused.message) == (400, f"{said}: bad request")


def test_a_state_of_artifacts_may_be_told_by_its_number(client: Client) -> None:
    name = uuid.uuid4().hex
    made = client.make("/model_artifacts", name=name, state="LIVE")
    for state, found in (
        ("= 2", True),
        ("!= 2", False),
        ("= 1", False),
        ("= 99", False),
        ("IN (0, 2)", True),
    ):
        answer = client.get("/artifacts", filterQuery=f"name = '{name}' AND state {state}")
        assert answer.json["items"] == ([made] if found else [])
