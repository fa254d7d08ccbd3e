"""Answers of other servers and of servers to come: what is new is kept or passed over, nothing breaks."""

import pytest

from model_registry.exceptions import TypeNotFound, UnexpectedResponseError, UnsupportedType
from model_registry.types import (
    Artifact,
    ArtifactState,
    DataSet,
    InferenceService,
    ListOptions,
    Metric,
    ModelArtifact,
    ModelVersion,
    Pager,
    Parameter,
    RegisteredModel,
    RegisteredModelState,
)
from tests.support.servers import Reply

BARE = {"name": "m"}


def listed(*items, **other):
    return {"items": list(items), "nextPageToken": "", "pageSize": 20, "size": len(items), **other}


async def test_the_least_that_an_answer_can_hold(canned, canned_client):
    canned.reply = Reply(BARE)
    model = await canned_client.get_registered_model_by_id("1")
    assert model == RegisteredModel("m")
    assert model.state is RegisteredModelState.LIVE
    assert model.create_time is None
    canned.reply = Reply({"name": "v", "registeredModelId": "1"})
    version = await canned_client.get_model_version_by_id("1")
    assert version == ModelVersion("v", registered_model_id="1")
    canned.reply = Reply({"artifactType": "model-artifact"})
    assert await canned_client.get_model_artifact_by_id("1") == ModelArtifact()
    canned.reply = Reply({"registeredModelId": "1", "servingEnvironmentId": "2"})
    service = await canned_client.get_inference_service_by_id("1")
    assert service == InferenceService(registered_model_id="1", serving_environment_id="2")


async def test_null_is_the_same_as_nothing(canned, canned_client):
    fields = (
        "id description externalId createTimeSinceEpoch lastUpdateTimeSinceEpoch customProperties owner "
        "state readme maturity language tasks provider logo license licenseLink libraryName"
    )
    canned.reply = Reply({**BARE, **dict.fromkeys(fields.split())})
    assert await canned_client.get_registered_model_by_id("1") == RegisteredModel("m")
    fields = "id name uri digest schema state description externalId customProperties"
    canned.reply = Reply({"artifactType": "dataset-artifact", **dict.fromkeys(fields.split())})
    assert await canned_client.get_artifact_by_id("1") == DataSet()
    canned.reply = Reply(
        {"artifactType": "metric", "value": 1, **dict.fromkeys(["timestamp", "step", "state"])}
    )
    assert await canned_client.get_artifact_by_id("1") == Metric(value=1.0)
    canned.reply = Reply({"artifactType": "parameter", "value": None, "parameterType": None})
    parameter = await canned_client.get_artifact_by_id("1")
    assert (parameter.value, parameter.parameter_type.value) == (None, "string")


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"items": None}, "items"),
        ({"nextPageToken": None}, "nextPageToken"),
        ({"items": [{}]}, "items.0.name"),
        ({"items": [None]}, "items.0"),
    ],
)
async def test_what_every_answer_must_hold_is_missed_by_name(canned, canned_client, wrong, where):
    canned.reply = Reply(listed(**wrong))
    with pytest.raises(UnexpectedResponseError, match=rf"no RegisteredModelList: {where}: "):
        await canned_client.get_registered_models()


async def test_fields_to_come_are_passed_over_and_never_sent_back(canned, canned_client):
    canned.reply = Reply({**BARE, "id": "1", "future": {"a": [1]}, "tags": None})
    model = await canned_client.get_registered_model_by_id("1")
    model.owner = "ann"
    await canned_client.upsert_registered_model(model)
    assert canned.requests[-1].json == {"owner": "ann", "state": None}


async def test_states_to_come_are_kept(canned, canned_client):
    canned.reply = Reply({**BARE, "id": "1", "state": "FROZEN"})
    model = await canned_client.get_registered_model_by_id("1")
    assert model.state.value == "FROZEN"
    assert model.state not in list(RegisteredModelState)
    assert model == await canned_client.get_registered_model_by_id("1")
    model.owner = "ann"
    await canned_client.upsert_registered_model(model)
    assert canned.requests[-1].json == {"owner": "ann", "state": None}
    canned.reply = Reply({"artifactType": "parameter", "value": "x", "parameterType": "vector"})
    parameter = await canned_client.get_artifact_by_id("1")
    assert (parameter.value, parameter.parameter_type.value) == ("x", "vector")


UNKNOWN = {
    "artifactType": "prompt-template",
    "id": "7",
    "name": "p",
    "description": "d",
    "externalId": "x",
    "createTimeSinceEpoch": "1700000000000",
    "state": "LIVE",
    "template": "Say {hello}",
    "customProperties": {"a": {"metadataType": "MetadataIntValue", "int_value": "1"}},
}


async def test_artifacts_of_kinds_to_come_can_be_read_but_not_written(canned, canned_client):
    canned.reply = Reply(UNKNOWN)
    artifact = await canned_client.get_artifact_by_id("7")
    assert isinstance(artifact, Artifact)
    assert (artifact.id, artifact.name, artifact.description) == ("7", "p", "d")
    assert (artifact.external_id, artifact.state) == ("x", ArtifactState.LIVE)
    assert artifact.custom_properties == {"a": 1}
    assert artifact.wire == UNKNOWN
    sent = len(canned.requests)
    with pytest.raises(TypeNotFound, match="prompt-template"):
        await canned_client.upsert_artifact(artifact)
    with pytest.raises(TypeNotFound, match="prompt-template"):
        await canned_client.upsert_model_version_artifact(artifact, "1")
    assert len(canned.requests) == sent


async def test_a_list_with_an_artifact_of_a_kind_to_come(canned, canned_client):
    canned.reply = Reply(listed(UNKNOWN, {"artifactType": "metric", "value": 1}))
    unknown, metric = await canned_client.get_model_version_artifacts("1")
    assert unknown.name == "p"
    assert metric == Metric(value=1.0)


@pytest.mark.parametrize("wrong", [{"id": 7}, {"state": {}}, {"name": []}, {"customProperties": 5}], ids=repr)
async def test_artifacts_of_kinds_to_come_whose_fields_are_others(canned, canned_client, wrong):
    canned.reply = Reply({**UNKNOWN, **wrong})
    with pytest.raises(UnexpectedResponseError):
        await canned_client.get_artifact_by_id("7")


async def test_another_kind_of_artifact_than_was_asked_for(canned, canned_client):
    canned.reply = Reply({"artifactType": "doc-artifact", "id": "1"})
    with pytest.raises(TypeNotFound, match="DocArtifact"):
        await canned_client.upsert_model_version_artifact(ModelArtifact(), "1")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0.5", "number", 0.5),
        ("12", "number", 12),
        ("12", "string", "12"),
        ("true", "boolean", True),
        ("False", "boolean", False),
        ('{"a": 1}', "object", {"a": 1}),
        ("many", "number", "many"),
        ("[1]", "object", [1]),
        ("9" * 5000, "number", "9" * 5000),
        ("", "boolean", ""),
    ],
)
async def test_parameters_are_read_as_their_type_says(canned, canned_client, text, kind, value):
    canned.reply = Reply({"artifactType": "parameter", "value": text, "parameterType": kind})
    parameter = await canned_client.get_artifact_by_id("1")
    assert isinstance(parameter, Parameter)
    assert (parameter.value, type(parameter.value)) == (value, type(value))


@pytest.mark.parametrize("step", [3, "3", 3_000_000_000, "-1"])
async def test_steps_are_numbers_or_texts(canned, canned_client, step):
    canned.reply = Reply({"artifactType": "metric", "value": 0.5, "step": step})
    assert (await canned_client.get_artifact_by_id("1")).step == int(step)


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_of_a_write_is_one(canned, canned_client, status):
    canned.reply = Reply({**BARE, "id": "1"}, status)
    assert (await canned_client.upsert_registered_model(RegisteredModel("m"))).id == "1"
    canned.reply = Reply({"artifactType": "metric", "value": 1, "id": "1"}, status)
    assert (await canned_client.upsert_model_version_artifact(Metric(value=1), "1")).id == "1"


async def test_a_repeated_token_is_no_endless_walk(canned, canned_client):
    canned.reply = Reply(listed(BARE, nextPageToken="same"))
    with pytest.raises(UnexpectedResponseError, match="does not end"):
        async for _ in Pager(canned_client.get_registered_models, ListOptions(limit=1)):
            pass


async def test_a_time_that_is_none(canned, canned_client):
    canned.reply = Reply({**BARE, "createTimeSinceEpoch": "yesterday"})
    model = await canned_client.get_registered_model_by_id("1")
    assert model.create_time_since_epoch == "yesterday"
    assert model.create_time is None


@pytest.mark.parametrize("value", [{"a": b"x"}, float("nan"), float("inf"), {"a": {1, 2}}], ids=repr)
async def test_a_parameter_that_json_cannot_hold_is_refused(canned, canned_client, value):
    with pytest.raises(UnsupportedType, match="'p' holds what JSON cannot"):
        await canned_client.upsert_artifact(Parameter(name="p", value=value))
    assert canned.requests == []
