"""Of several things that are wrong with a request, the one is told that the reference server tells."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.support.backends import Client

MISSING = "999999999"
GATED = {"hf_gated": {"metadataType": "MetadataStringValue", "string_value": "manual"}}


class Things(NamedTuple):
    model: str
    version: str
    gated: str
    environment: str
    service: str


@pytest.fixture
def things(client: Client) -> Things:
    model = client.make("/registered_models", name=uuid.uuid4().hex)["id"]
    version = client.make("/model_versions", name="v", registeredModelId=model)["id"]
    gated = client.make("/model_versions", name="g", registeredModelId=model, customProperties=GATED)["id"]
    environment = client.make("/serving_environments", name=uuid.uuid4().hex)["id"]
    service = client.make("/inference_services", registeredModelId=model, servingEnvironmentId=environment)
    return Things(model, version, gated, environment, service["id"])


def told(client: Client, path: str, body: Any) -> tuple[int, str]:
    answer = client.post(path, body)
    return answer.status, answer.message


@pytest.mark.parametrize("body", [{}, None, {"artifactType": "folder"}, {"artifactType": "metric"}])
def test_a_version_that_is_not_there_comes_before_the_kind_and_value_of_an_artifact(
    client: Client, things: Things, body: Any
) -> None:
    missing = (404, f"no model version found for id {MISSING}: not found")
    assert told(client, f"/model_versions/{MISSING}/artifacts", body) == missing
    assert client.post(f"/model_versions/{things.version}/artifacts", body).status == 400


def test_a_field_that_is_wrong_comes_before_a_version_that_is_not_there(client: Client) -> None:
    body = {"artifactType": "doc-artifact", "state": "NO"}
    assert told(client, f"/model_versions/{MISSING}/artifacts", body) == (
        400,
        "failed to unmarshal Artifact as DocArtifact: NO is not a valid ArtifactState",
    )


@pytest.mark.parametrize("body", [{}, {"artifactType": "folder"}, {"artifactType": "metric"}])
def test_an_artifact_that_is_not_there_comes_before_a_kind_that_is_another(client: Client, body: Any) -> None:
    answer = client.patch(f"/artifacts/{MISSING}", body)
    assert (answer.status, answer.message) == (404, f"no artifact found for id {MISSING}: not found")
    assert client.patch("/artifacts/abc", body).message.startswith("invalid artifact ID")


@pytest.mark.parametrize("environment", [MISSING, "abc", "2147483648"])
def test_an_environment_that_is_not_there_comes_first(
    client: Client, things: Things, environment: str
) -> None:
    missing = (404, f"no serving environment found for id {environment}: not found")
    for model in (things.model, "abc", MISSING):
        body = {"registeredModelId": model, "servingEnvironmentId": environment}
        assert told(client, "/inference_services", body) == missing
        for named in (environment, things.environment):
            body = {"registeredModelId": model, "servingEnvironmentId": named}
            assert told(client, f"/serving_environments/{environment}/inference_services", body) == missing


def test_a_parent_in_the_path_that_is_not_there_comes_before_another_in_the_body(
    client: Client, things: Things
) -> None:
    body = {"name": "n", "registeredModelId": things.model}
    missing = (404, f"no registered model found for id {MISSING}: not found")
    assert told(client, f"/registered_models/{MISSING}/versions", body) == missing
    assert client.post("/registered_models/abc/versions", body).status == 400


@pytest.mark.parametrize("service", ["", MISSING, "abc"])
def test_a_version_that_cannot_be_served_comes_before_the_service(
    client: Client, things: Things, service: str
) -> None:
    path = f"/inference_services/{service or things.service}/serves"
    assert told(client, path, {"modelVersionId": MISSING}) == (
        404,
        f"no model version found for id {MISSING}: not found",
    )
    status, message = told(client, path, {"modelVersionId": things.gated})
    assert (status, message.partition(":")[0]) == (400, "cannot deploy gated HuggingFace model")
