"""Bodies that cannot be right are refused with a clear message, and nothing is stored."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_registry.server.contract import load_contract
from model_registry.server.http.application import BODY_LIMIT
from model_registry.server.http.bodies import read_body_now

if TYPE_CHECKING:
    from tests.support.backends import Client, Response

STRING = {"metadataType": "MetadataStringValue", "string_value": "x"}


@pytest.fixture
def name() -> str:
    return "n" + uuid.uuid4().hex


def post_raw(client: Client, raw: bytes) -> Response:
    return client.backend.send("POST", f"{client.prefix}/registered_models", raw)


@pytest.mark.parametrize(
    ("raw", "status", "said"),
    [
        (b"", 400, "no body"),
        (b"{", 400, "unexpected EOF: request body is not valid JSON"),
        (b'{"name": "x"', 400, "unexpected EOF: request body is not valid JSON"),
        (b"{'name': 'x'}", 400, "not valid JSON"),
        (b'{"name": "x"}{}', 400, "not valid JSON"),
        (b'{"name": "x"\xff}', 400, "not valid JSON"),
        (b'{"name": "\\ud8"x}', 400, "not valid JSON"),
        (b'{"name": "\\udc\xff0"}', 400, "not valid JSON"),
        (b'\xef\xbb\xbf{"name": "x"}', 400, "not valid JSON"),
        (b'{"name": NaN}', 400, "not valid JSON"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b'{"customProperties":' * 100_000, 400, "nested too deeply"),
        (b"[]", 400, "must be a JSON object, not a list"),
        (b'"x"', 400, "must be a JSON object, not a text"),
        (b"5", 400, "must be a JSON object, not a number"),
        (b"null", 422, "required field 'name'"),
        (b'{"name": "a\\u0000b"}', 400, "null bytes"),
        (b'{"name": "a\x00b"}', 400, "null bytes"),
    ],
)
def test_what_is_no_object_is_refused(client: Client, raw: bytes, status: int, said: str) -> None:
    answer = post_raw(client, raw)
    assert answer.status == status
    assert said in answer.message


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nope": 1}, 'json: unknown field "nope"'),
        ({"id": "5"}, 'unknown field "id"'),
        ({"createTimeSinceEpoch": "5"}, 'unknown field "createTimeSinceEpoch"'),
        ({"owner": 5}, "RegisteredModelCreate.owner must be a text, not a number (5)"),
        ({"owner": ["x"]}, "RegisteredModelCreate.owner must be a text, not a list"),
        ({"owner": {}}, "RegisteredModelCreate.owner must be a text, not an object"),
        ({"owner": True}, "RegisteredModelCreate.owner must be a text, not a boolean"),
        ({"language": "en"}, "RegisteredModelCreate.language must be a list of texts, not a text"),
        ({"language": ["en", 5]}, "must be a list of texts, not a list with a number (5)"),
        ({"language": ["en", None]}, "must be a list of texts, not a list with null"),
        ({"state": "live"}, "live is not a valid RegisteredModelState"),
        ({"state": ""}, " is not a valid RegisteredModelState"),
        ({"customProperties": []}, "customProperties must be an object"),
        ({"customProperties": {"k": "x"}}, "custom property 'k' must be an object"),
        (
            {"customProperties": dict.fromkeys(map(str, range(10_001)), STRING)},
            "has 10001 entries: at most 10000",
        ),
        ({"customProperties": {"k": None}}, "custom property 'k' must be an object"),
        ({"customProperties": {"k": {"string_value": "x"}}}, "metadataType not found for k"),
        ({"customProperties": {"k": {**STRING, "metadataType": ["x"]}}}, "metadataType not found for k"),
        ({"customProperties": {"k": {**STRING, "string_value": 5}}}, "string_value of custom property 'k'"),
        (
            {"customProperties": {"k": {"metadataType": "MetadataBoolValue", "bool_value": 1}}},
            "bool_value of custom property 'k' must be a boolean, not 1",
        ),
        (
            {"customProperties": {"k": {"metadataType": "MetadataDoubleValue", "double_value": True}}},
            "double_value of custom property 'k' must be a number",
        ),
        (
            {"customProperties": {"k": {"metadataType": "MetadataIntValue", "int_value": "1_0"}}},
            "int_value of custom property 'k' must be a 64-bit integer",
        ),
        (
            {"customProperties": {"k": {"metadataType": "MetadataStructValue", "struct_value": "WzFd"}}},
            "struct_value of custom property 'k' must be a JSON object",
        ),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_stored(
    client: Client, name: str, fields: dict[str, Any], said: str
) -> None:
    answer = client.post("/registered_models", {"name": name, **fields})
    assert answer.status == 400
    assert said in answer.message
    assert client.get("/registered_model", name=name).status == 404


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [("POST", "/registered_models", {"nope": 1}), ("PATCH", "/registered_models/{id}", {"name": "other"})],
)
def test_an_unknown_field_gets_the_message_of_the_reference_server(
    client: Client, method: str, path: str, fields: dict[str, Any]
) -> None:
    model = client.make("/registered_models", name=uuid.uuid4().hex)
    send = client.post if method == "POST" else client.patch
    response = send(path.format(id=model["id"]), fields)
    unknown = next(iter(fields))
    assert response.status == 400
    assert response.json == {"code": "Bad Request", "message": f'json: unknown field "{unknown}"'}


def test_a_missing_field_gets_the_code_of_the_reference_server(client: Client) -> None:
    response = client.post("/registered_models", {})
    assert response.status == 422
    assert response.json == {"code": "Bad Request", "message": "required field 'name' is zero value."}


@pytest.mark.parametrize(("fields", "found"), [({"artifactType": "metric"}, "metric"), ({}, "unknown")])
def test_the_type_of_an_artifact_cannot_be_changed(
    client: Client, fields: dict[str, Any], found: str
) -> None:
    artifact = client.make("/artifacts", artifactType="doc-artifact", name=uuid.uuid4().hex)
    response = client.patch(f"/artifacts/{artifact['id']}", fields)
    message = f"cannot change artifact type from 'doc-artifact' to '{found}': artifact type is immutable"
    assert response.status == 400
    assert response.json == {"code": "Bad Request", "message": message}


TEXT_PIECES = st.sampled_from(
    [
        *[b"a", b" ", b"\\\\", b"\\n", b'\\"', "é".encode(), "\U0001f600".encode(), b"\xef\xbf\xbd"],
        *[b"\\ud800", b"\\uD83D", b"\\udBff", b"\\uDE00", b"\\udfFF", b"\\u0041", b"ud800"],
        *[b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"?", b"\xe2\x82", b"\xc0\x80"],
    ]
)


@given(st.lists(TEXT_PIECES, max_size=8).map(b"".join))
@example(b"\\ud800\\ud83d\\ude00")
@example(b"\\\\ud800\xff")
def test_what_is_no_character_is_replaced(piece: bytes) -> None:
    schema = load_contract().schema("RegisteredModelCreate")
    body = read_body_now(schema, b'{"name": "x", "description": "%s"}' % piece)
    # Python's own reading joins the halves of a pair, and keeps what is left over.
    characters = piece.decode(errors="surrogateescape")
    sent = json.loads(
        '"' + "".join("\ufffd" if "\udc80" <= one <= "\udcff" else one for one in characters) + '"'
    )
    assert body["description"] == "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in sent)


def test_what_is_no_character_is_replaced_wherever_it_stands(client: Client, name: str) -> None:
    value = b'{"metadataType": "MetadataStringValue", "string_value": "\\udc00\xff"}'
    raw = b'{"name": "%s\xe2\x82", "customProperties": {"\\ud800": %s}}' % (name.encode(), value)
    answer = post_raw(client, raw)
    assert answer.status == 201
    assert answer.json["name"] == name + "\ufffd\ufffd"
    assert answer.json["customProperties"] == {"\ufffd": {**STRING, "string_value": "\ufffd\ufffd"}}
    assert client.get("/registered_model", name=name + "\ufffd\ufffd").json == answer.json


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e400"])
def test_numbers_beyond_a_double_are_refused(client: Client, name: str, number: str) -> None:
    value = f'{{"metadataType":"MetadataDoubleValue","double_value":{number}}}'
    answer = post_raw(client, f'{{"name":"{name}","customProperties":{{"k":{value}}}}}'.encode())
    assert answer.status == 400
    assert client.get("/registered_model", name=name).status == 404


def test_a_patch_that_is_refused_changes_nothing(client: Client, name: str) -> None:
    made = client.make("/registered_models", name=name, owner="ann")
    path = f"/registered_models/{made['id']}"
    for fields in ({"name": "other"}, {"owner": "bob", "state": "NO"}, {"owner": "bob", "nope": 1}):
        assert client.patch(path, fields).status == 400
    assert client.get(path).json == made


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "invalid artifact type"),
        ({"artifactType": "folder"}, 400, "invalid artifact type"),
        ({"artifactType": 5}, 400, "invalid artifact type"),
        ({"artifactType": "metric"}, 400, "metric value is required"),
        ({"artifactType": "metric", "value": "0.5"}, 400, "MetricCreate.value must be a number, not a text"),
        ({"artifactType": "parameter", "value": 5}, 400, "ParameterCreate.value must be a text"),
        ({"artifactType": "parameter", "parameterType": "int"}, 400, "int is not a valid ParameterType"),
        (
            {"artifactType": "doc-artifact", "state": "NO"},
            400,
            "failed to unmarshal ArtifactCreate as DocArtifactCreate: NO is not a valid ArtifactState",
        ),
    ],
)
def test_wrong_artifacts_are_refused(client: Client, body: dict[str, Any], status: int, said: str) -> None:
    answer = client.post("/artifacts", body)
    assert (answer.status, said in answer.message) == (status, True), answer


def test_the_kind_of_an_artifact_stays(client: Client) -> None:
    made = client.make("/artifacts", artifactType="doc-artifact")
    path = f"/artifacts/{made['id']}"
    for body, shown in (
        ({"artifactType": "metric", "value": 1}, "metric"),
        ({"artifactType": "folder", "uri": 5}, "unknown"),
        ({"uri": "u"}, "unknown"),
        (None, "unknown"),
    ):
        answer = client.patch(path, body)
        assert answer.status == 400
        assert answer.message.startswith(f"cannot change artifact type from 'doc-artifact' to '{shown}'")
    assert client.get(path).json == made


@pytest.mark.parametrize("said", ["doc-artifact", "folder", "", None])
def test_an_artifact_type_that_the_path_tells_is_ignored(client: Client, said: str | None) -> None:
    made = client.make("/model_artifacts", artifactType=said)
    changed = client.patch(f"/model_artifacts/{made['id']}", {"artifactType": said, "uri": "u"})
    assert (changed.status, changed.json["uri"]) == (200, "u")
    assert made["artifactType"] == changed.json["artifactType"] == "model-artifact"
    assert client.post("/model_artifacts", {"artifactType": 5}).status == 400


def test_times_below_a_model_are_ignored_but_have_to_be_numbers(client: Client, name: str) -> None:
    model = client.make("/registered_models", name=name)
    path = f"/registered_models/{model['id']}/versions"
    body = {"name": "v", "registeredModelId": model["id"], "createTimeSinceEpoch": "abc"}
    assert client.post(path, body).status == 400
    made = client.make(path, **body | {"createTimeSinceEpoch": "1"})
    assert made["createTimeSinceEpoch"] != "1"


def test_a_body_that_is_too_long_is_refused(client: Client, name: str) -> None:
    body = {"name": name, "description": "x" * BODY_LIMIT}
    answer = client.backend.send("POST", f"{client.prefix}/registered_models", json.dumps(body).encode())
    assert (answer.status, answer.json["code"]) == (413, "Content Too Large")


def test_long_texts_are_kept_and_found(client: Client, name: str) -> None:
    text = "long " * 20_000 + name
    made = client.make("/registered_models", name=name, description=text)
    assert client.get("/registered_models", filterQuery=f"description LIKE '%{name}'").json["items"] == [made]


def test_an_empty_name_below_a_parent_is_the_parents_id(client: Client, name: str) -> None:
    model = client.make("/registered_models", name=name)["id"]
    version = client.make("/model_versions", name="1", registeredModelId=model)["id"]
    environment = client.make("/serving_environments", name=name)["id"]
    service = {"name": "", "registeredModelId": model, "servingEnvironmentId": environment}
    made = client.make("/inference_services", **service)
    assert made["name"] == environment
    assert client.post("/inference_services", service).status == 409
    serves, artifacts = f"/inference_services/{made['id']}/serves", f"/model_versions/{version}/artifacts"
    assert client.make(serves, name="", modelVersionId=version)["name"] == made["id"]
    for kind in ("model-artifact", "doc-artifact", "metric", "parameter"):
        body = {"name": "", "artifactType": kind, "value": 1 if kind == "metric" else None}
        if kind in {"model-artifact", "doc-artifact"}:
            del body["value"]
        assert client.make(artifacts, **body)["name"] == version
        assert client.post(artifacts, body).status == 409
    data_set = {"name": "", "artifactType": "dataset-artifact"}
    names = {client.make(artifacts, **data_set)["name"] for _ in range(2)}
    assert len(names) == 2
    assert version not in names
