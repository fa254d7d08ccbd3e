"""What the parameters of a list take and what they refuse, as the reference server does it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

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


def test_empty_parameters_are_none(client: Client, path: str) -> None:
    query = dict.fromkeys(["pageSize", "orderBy", "sortOrder", "nextPageToken", "filterQuery"], "")
    assert client.get(path, **query).json == client.get(path).json


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
