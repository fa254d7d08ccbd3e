"""Getting one thing, by id or by what one knows of it."""

import pytest

from model_registry.exceptions import InvalidArgumentError, UnexpectedResponseError
from model_registry.types import DocArtifact, ModelArtifact, ModelVersion, RegisteredModel
from tests.support.clients import connect

NOBODY = "999999999"


async def test_model_by_id_and_by_params(client, unique):
    made = await client.upsert_registered_model(RegisteredModel(f"{unique}m", external_id=f"{unique}x"))
    assert await client.get_registered_model_by_id(made.id) == made
    assert await client.get_registered_model_by_params(f"{unique}m") == made
    assert await client.get_registered_model_by_params(name=f"{unique}m") == made
    assert await client.get_registered_model_by_params(external_id=f"{unique}x") == made


async def test_version_by_id_and_by_params(client, model, unique):
    made = await client.upsert_model_version(ModelVersion("1.0", external_id=f"{unique}x"), model.id)
    assert await client.get_model_version_by_id(made.id) == made
    assert await client.get_model_version_by_params(model.id, "1.0") == made
    assert await client.get_model_version_by_params(registered_model_id=model.id, name="1.0") == made
    assert await client.get_model_version_by_params(registered_model_id=model.id, version="1.0") == made
    assert await client.get_model_version_by_params(model.id, version="1.0") == made
    assert await client.get_model_version_by_params(external_id=f"{unique}x") == made


async def test_model_artifact_by_id_and_by_params(client, version, unique):
    given = ModelArtifact(name="a", uri="s3://1", external_id=f"{unique}x")
    made = await client.upsert_model_artifact(given, version.id)
    assert await client.get_model_artifact_by_id(made.id) == made
    assert await client.get_model_artifact_by_params("a", version.id) == made
    assert await client.get_model_artifact_by_params(name="a", model_version_id=version.id) == made
    assert await client.get_model_artifact_by_params(external_id=f"{unique}x") == made


async def test_any_artifact_by_id_and_by_params(client, version, unique):
    given = DocArtifact(name="a", uri="s3://1", external_id=f"{unique}x")
    made = await client.upsert_model_version_artifact(given, version.id)
    assert await client.get_artifact_by_id(made.id) == made
    assert await client.get_artifact_by_params("a", version.id) == made
    assert await client.get_artifact_by_params(external_id=f"{unique}x") == made


@pytest.mark.parametrize(
    "name",
    ["a b", "a/b", "100%", "a&b=c", "a+b", "a?b#c", "a_b", "it's", 'say "x"', "ü 世界 🎉", "a:b", "\\", ".."],
)
async def test_names_of_any_text_are_found(client, unique, name):
    made = await client.upsert_registered_model(RegisteredModel(unique + name, external_id=unique + name))
    twin = await client.upsert_registered_model(RegisteredModel(unique + name.replace("_", "x") + "2"))
    version = await client.upsert_model_version(ModelVersion(name), made.id)
    assert await client.get_registered_model_by_params(unique + name) == made
    assert await client.get_registered_model_by_params(external_id=unique + name) == made
    assert await client.get_model_version_by_params(made.id, name) == version
    assert await client.get_model_version_by_params(twin.id, name) is None


async def test_what_is_not_there_is_none(client, model, unique):
    assert await client.get_registered_model_by_id(NOBODY) is None
    assert await client.get_registered_model_by_params(f"{unique}nobody") is None
    assert await client.get_registered_model_by_params(external_id=f"{unique}nobody") is None
    assert await client.get_model_version_by_id(NOBODY) is None
    assert await client.get_model_version_by_id(model.id) is None
    assert await client.get_model_version_by_params(model.id, "nobody") is None
    assert await client.get_model_version_by_params(NOBODY, "nobody") is None
    assert await client.get_model_version_by_params(external_id=f"{unique}nobody") is None
    assert await client.get_model_artifact_by_id(NOBODY) is None
    assert await client.get_model_artifact_by_params("nobody", NOBODY) is None
    assert await client.get_model_artifact_by_params(external_id=f"{unique}nobody") is None
    assert await client.get_artifact_by_id(NOBODY) is None
    assert await client.get_artifact_by_params("nobody", NOBODY) is None
    assert await client.get_artifact_by_params(external_id=f"{unique}nobody") is None


async def test_another_kind_of_artifact_is_none(client, version):
    card = await client.upsert_model_version_artifact(DocArtifact(name="card"), version.id)
    assert await client.get_model_artifact_by_id(card.id) is None
    assert await client.get_model_artifact_by_params("card", version.id) is None


MODEL_FORMS = r"give \(name\) or \(external_id\), got "
VERSION_FORMS = (
    r"give \(registered_model_id, name\) or \(registered_model_id, version\) or \(external_id\), got "
)
ARTIFACT_FORMS = r"give \(name, model_version_id\) or \(external_id\), got "


@pytest.mark.parametrize(
    ("method", "arguments", "said"),
    [
        ("get_registered_model_by_params", {}, MODEL_FORMS + r"\(nothing\)"),
        ("get_registered_model_by_params", {"name": "a", "external_id": "b"}, MODEL_FORMS + r"\(name, ext"),
        ("get_model_version_by_params", {}, VERSION_FORMS),
        ("get_model_version_by_params", {"name": "a"}, VERSION_FORMS + r"\(name\)"),
        ("get_model_version_by_params", {"version": "a"}, VERSION_FORMS + r"\(version\)"),
        ("get_model_version_by_params", {"registered_model_id": "1"}, VERSION_FORMS),
        ("get_model_version_by_params", {"registered_model_id": "1", "external_id": "x"}, VERSION_FORMS),
        (
            "get_model_version_by_params",
            {"registered_model_id": "1", "name": "a", "version": "a"},
            VERSION_FORMS,
        ),
        ("get_model_artifact_by_params", {}, ARTIFACT_FORMS),
        ("get_model_artifact_by_params", {"name": "a"}, ARTIFACT_FORMS),
        ("get_model_artifact_by_params", {"model_version_id": "1"}, ARTIFACT_FORMS),
        (
            "get_model_artifact_by_params",
            {"name": "a", "model_version_id": "1", "external_id": "x"},
            ARTIFACT_FORMS,
        ),
        ("get_artifact_by_params", {"name": "a", "external_id": "x"}, ARTIFACT_FORMS),
        ("get_serving_environment_by_params", {}, MODEL_FORMS),
        (
            "get_inference_service_by_params",
            {"name": "a"},
            r"give \(serving_environment_id, name\) or \(external_id\)",
        ),
    ],
)
async def test_forms_that_do_not_exist_are_refused_with_those_that_do(
    canned, canned_client, method, arguments, said
):
    with pytest.raises(InvalidArgumentError, match=said):
        await getattr(canned_client, method)(**arguments)
    assert canned.requests == []


@pytest.mark.parametrize(
    ("method", "arguments", "said"),
    [
        ("get_registered_model_by_id", (None,), "id must be an id"),
        ("get_registered_model_by_id", (1,), "id must be an id"),
        ("get_registered_model_by_id", ("",), "id must be an id"),
        ("get_registered_model_by_id", ("..",), "id must be an id"),
        ("get_registered_model_by_id", ("1/versions",), "id must be an id"),
        ("get_registered_model_by_id", ("٣",), "id must be an id"),
        ("get_model_version_by_id", ("-1",), "model_version_id must be an id"),
        ("get_model_artifact_by_id", ("1.5",), "id must be an id"),
        ("get_artifact_by_id", ("x",), "id must be an id"),
        ("get_registered_model_by_params", ("",), "name must be a text"),
        ("get_registered_model_by_params", (5,), "name must be a text"),
        ("get_registered_model_by_params", ("\ud800",), "name"),
        ("get_model_version_by_params", ("x", "1.0"), "registered_model_id must be an id"),
        ("get_model_version_by_params", (1, "1.0"), "registered_model_id must be an id"),
        ("get_model_artifact_by_params", ("a", "x"), "model_version_id must be an id"),
    ],
)
async def test_arguments_that_cannot_be_right_are_refused(canned, canned_client, method, arguments, said):
    with pytest.raises(InvalidArgumentError, match=said):
        await getattr(canned_client, method)(*arguments)
    assert canned.requests == []


@pytest.mark.parametrize("path", ["/elsewhere", "/api", "/api/model_registry/v1"])
async def test_a_wrong_base_path_is_an_error_and_not_none(served, path):
    async with connect(served, path) as client:
        with pytest.raises(UnexpectedResponseError, match="base path"):
            await client.get_registered_model_by_id("1")
        with pytest.raises(UnexpectedResponseError, match="base path"):
            await client.get_registered_models()
