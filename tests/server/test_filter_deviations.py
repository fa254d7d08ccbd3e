"""Filters as a client sends them, where the registry does better than the reference server.

A test for each row about filters of `docs/reference/deviations.md`, named by its number.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.backends import Client


def text(value: str) -> dict[str, str]:
    return {"metadataType": "MetadataStringValue", "string_value": value}


def integer(value: int) -> dict[str, str]:
    return {"metadataType": "MetadataIntValue", "int_value": str(value)}


def double(value: float) -> dict[str, Any]:
    return {"metadataType": "MetadataDoubleValue", "double_value": value}


class Models:
    """Models of one test, and what filters find among them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._mark = uuid.uuid4().hex

    def make(self, name: str, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self._client.make("/registered_models", name=f"{self._mark}-{name}", **fields)
        return made

    def find(self, condition: str) -> list[str]:
        answer = self._client.get(
            "/registered_models", filterQuery=f"({condition}) AND name LIKE '{self._mark}-%'"
        )
        assert answer.status == 200, answer
        return [model["name"].removeprefix(f"{self._mark}-") for model in answer.json["items"]]


@pytest.fixture
def models(client: Client) -> Models:
    return Models(client)


@pytest.fixture
def version(client: Client, models: Models) -> dict[str, Any]:
    """The first of two versions, `v1` and `other`, of a model."""
    model = models.make("m")
    made = [
        client.make("/model_versions", name=name, registeredModelId=model["id"]) for name in ("v1", "other")
    ]
    return made[0]


def names(client: Client, path: str, **query: str) -> list[str]:
    answer = client.get(path, **query)
    assert answer.status == 200, answer
    return [item["name"] for item in answer.json["items"]]


@pytest.mark.parametrize("operator", ["<>", "!="])
def test_31_unequal(models: Models, operator: str) -> None:
    models.make("a", owner="ann")
    models.make("b", owner="bob")
    assert models.find(f"owner {operator} 'ann'") == ["b"]


def test_32_keywords_and_booleans_in_any_case(models: Models) -> None:
    models.make(
        "a", owner="ann", customProperties={"ok": {"metadataType": "MetadataBoolValue", "bool_value": True}}
    )
    models.make("b", owner="bob")
    assert models.find("owner like 'a%' and ok = True Or owner In ('bob')") == ["a", "b"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = 'v1'", ["v1"]),
        ("name != 'v1'", ["other"]),
        ("name IN ('v1')", ["v1"]),
        ("name ILIKE 'V1'", ["v1"]),
        ("name LIKE 'v%'", ["v1"]),
        ("name > 'p'", ["v1"]),
        ("name = '1'", []),
    ],
)
def test_33_names_are_plain(
    client: Client, version: dict[str, Any], condition: str, expected: list[str]
) -> None:
    versions = f"/registered_models/{version['registeredModelId']}/versions"
    assert names(client, versions, filterQuery=condition) == expected
    everywhere = f"{condition} AND registeredModelId = {version['registeredModelId']}"
    assert names(client, "/model_versions", filterQuery=everywhere) == expected


def test_34_numbers_are_numbers(models: Models) -> None:
    models.make("one", customProperties={"n": integer(1)})
    models.make("half", customProperties={"n": double(0.5)})
    models.make("text", customProperties={"n": text("1")})
    assert models.find("n >= 0.5") == ["one", "half"]
    assert models.find("n = 1.0") == ["one"]
    assert models.find("n IN (1, 0.5)") == ["one", "half"]
    assert models.find("n IN (0.5, '1')") == ["half", "text"]


def test_35_fields_are_compared_as_what_they_are(client: Client, version: dict[str, Any]) -> None:
    artifacts = f"/model_versions/{version['id']}/artifacts"
    client.make(artifacts, artifactType="parameter", name="rate", value="0.1", parameterType="number")
    client.make(artifacts, artifactType="metric", name="loss", value=0.1, timestamp="1700000000000")
    assert names(client, artifacts, artifactType="parameter", filterQuery="value = '0.1'") == ["rate"]
    assert names(client, artifacts, artifactType="parameter", filterQuery="value.string_value = '0.1'") == [
        "rate"
    ]
    assert names(client, artifacts, artifactType="metric", filterQuery="timestamp = '1700000000000'") == [
        "loss"
    ]
    assert names(client, artifacts, artifactType="metric", filterQuery="value < 1") == ["loss"]
    assert names(client, artifacts, filterQuery="value = 0.1") == ["loss"]
    assert names(client, artifacts, filterQuery="value = 0.1 OR parameterType = 'number'") == ["rate", "loss"]


def test_36_a_field_hides_a_custom_property_of_its_name(models: Models) -> None:
    models.make("both", owner="bob", customProperties={"owner": text("bob")})
    models.make("custom", owner="ann", customProperties={"owner": text("bob")})
    assert models.find("owner = 'bob'") == ["both"]
    assert models.find("owner.string_value = 'bob'") == ["both", "custom"]


@pytest.mark.parametrize(
    "path", ["/registered_models", "/model_versions", "/artifacts", "/model_artifacts", "own"]
)
@pytest.mark.parametrize(
    "condition", ["id = 'abc'", "name = 5", "id LIKE '1%'", "state = true", "id = 1e400"]
)
def test_37_what_makes_no_sense_is_refused(
    client: Client, version: dict[str, Any], path: str, condition: str
) -> None:
    path = path if path != "own" else f"/model_versions/{version['id']}/artifacts"
    answer = client.get(path, filterQuery=condition)
    assert answer.status == 400
    told = "invalid filter query syntax: " if "1e400" in condition else "error listing "
    assert answer.message.startswith(told)
    assert "invalid filter query" in answer.message


def test_37_states_of_artifacts_can_stand_in_a_list(client: Client, version: dict[str, Any]) -> None:
    artifacts = f"/model_versions/{version['id']}/artifacts"
    for state in ("LIVE", "PENDING", "DELETED"):
        client.make(artifacts, artifactType="model-artifact", name=state.lower(), state=state)
    assert names(client, artifacts, filterQuery="state IN ('LIVE', 'PENDING')") == ["live", "pending"]
    assert names(client, artifacts, filterQuery="state LIKE '%E%ED'") == ["deleted"]


@pytest.mark.parametrize("name", ["it's", "back\\", '"quoted"', "100%", "a_b", "x' OR '1'='1"])
def test_38_a_name_is_a_value(client: Client, version: dict[str, Any], name: str) -> None:
    versions = f"/registered_models/{version['registeredModelId']}/versions"
    client.make("/model_versions", name=name, registeredModelId=version["registeredModelId"])
    assert names(client, versions, name=name) == [name]
    assert names(client, versions, name=name, filterQuery="state = 'LIVE'") == [name]


@pytest.mark.parametrize("owner", ['say "hi"', "'twas", '"\'"', "'"])
def test_41_a_text_keeps_quotes_at_its_ends(models: Models, owner: str) -> None:
    models.make("quoted", owner=owner)
    models.make("plain", owner=owner.strip("'\""))
    escaped = owner.replace("'", "\\'")
    assert models.find(f"owner = '{escaped}'") == ["quoted"]
