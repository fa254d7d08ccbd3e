"""Several lists in one response, which this registry has besides the contract."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.backends import Client


@pytest.fixture
def models(client: Client) -> list[str]:
    """Two models: one with three versions, and one without."""
    ids = [client.make("/registered_models", name=uuid.uuid4().hex)["id"] for _ in range(2)]
    for name in ("a", "b", "c"):
        client.make("/model_versions", name=name, registeredModelId=ids[0])
    return ids


@pytest.mark.parametrize("query", [{"pageSize": "2", "sortOrder": "DESC"}, {"orderBy": "CREATE_TIME"}, {}])
def test_each_list_is_the_one_below_its_parent(
    client: Client, models: list[str], query: dict[str, str]
) -> None:
    several = client.get("/versions_of_models", ids=",".join(models), **query).json
    single = [
        client.get(f"/registered_models/{id_}/versions", **{"pageSize": "10", **query}).json for id_ in models
    ]
    assert several == single
    assert [each["size"] for each in several] == [int(query.get("pageSize", "3")), 0]


def test_the_token_of_a_list_continues_the_one_below_its_parent(client: Client, models: list[str]) -> None:
    first = client.get("/versions_of_models", ids=",".join(models), pageSize="2").json[0]
    token = first["nextPageToken"]
    rest = client.get(f"/registered_models/{models[0]}/versions", pageSize="2", nextPageToken=token).json
    assert [each["name"] for each in (*first["items"], *rest["items"])] == ["a", "b", "c"]


def test_artifacts_of_versions_of_one_type(client: Client, models: list[str]) -> None:
    versions = client.get(f"/registered_models/{models[0]}/versions").json["items"]
    ids = [each["id"] for each in versions]
    for number, id_ in enumerate(ids):
        for body in (
            {"artifactType": "metric", "name": "auc", "value": number},
            {"artifactType": "parameter", "name": "depth", "value": "4"},
        ):
            client.make(f"/model_versions/{id_}/artifacts", **body)
    lists = client.get("/artifacts_of_versions", ids=",".join(ids), artifactType="metric").json
    assert [[each["value"] for each in one["items"]] for one in lists] == [[0], [1], [2]]
    assert client.get("/artifacts_of_versions", ids=ids[0], artifactType="no").status == 400


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({}, 400, "ids must be 1 to 100 ids with commas between them"),
        ({"ids": ""}, 400, "ids must be 1 to 100 ids"),
        ({"ids": "1,x"}, 400, '"x" is not a 32-bit integer'),
        ({"ids": "999999999"}, 404, "no registered model found for id 999999999"),
        ({"ids": ",".join(["1"] * 101)}, 400, "1 to 100 ids"),
        ({"ids": "1", "pageSize": "101"}, 400, "pageSize 101 is too large: at most 100 are allowed"),
        ({"ids": "1", "pageSize": "0"}, 400, "is not positive"),
        ({"ids": "1", "orderBy": "COLOUR"}, 400, "is not a valid OrderByField"),
    ],
)
def test_what_is_refused(
    client: Client, models: list[str], query: dict[str, str], status: int, message: str
) -> None:
    if query.get("ids", "").startswith("1"):
        query = {**query, "ids": query["ids"].replace("1", models[0])} if "x" not in query["ids"] else query
    found = client.get("/versions_of_models", **query)
    assert found.status == status, found
    assert message in found.message


def test_an_empty_parameter_is_none(client: Client, models: list[str]) -> None:
    empty = client.get("/versions_of_models", ids=models[0], pageSize="", orderBy="", sortOrder="").json
    assert empty == client.get("/versions_of_models", ids=models[0]).json


def test_many_lists(client: Client, models: list[str]) -> None:
    lists = client.get("/versions_of_models", ids=",".join(models * 50)).json
    assert [each["size"] for each in lists] == [3, 0] * 50


def test_counts_of_versions(client: Client, models: list[str]) -> None:
    assert client.get("/version_counts", ids=",".join([*models, models[0]])).json == [3, 0, 3]
    assert client.get("/version_counts", ids="999999999").status == 404
    assert client.get("/version_counts").status == 400
