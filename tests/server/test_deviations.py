"""Where the registry does better than the reference server on purpose.

A test for each row of `docs/reference/deviations.md`, named by its number; the rows about filters are tested
with the filters.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.backends import Client


def fresh(prefix: str = "n") -> str:
    return prefix + uuid.uuid4().hex[:12]


@pytest.fixture
def model(client: Client) -> dict[str, Any]:
    return client.make("/registered_models", name=fresh())


@pytest.fixture
def version(client: Client, model: dict[str, Any]) -> dict[str, Any]:
    return client.make("/model_versions", name="v1", registeredModelId=model["id"])


@pytest.fixture
def environment(client: Client) -> dict[str, Any]:
    return client.make("/serving_environments", name=fresh())


@pytest.fixture
def service(client: Client, model: dict[str, Any], environment: dict[str, Any]) -> dict[str, Any]:
    return client.make(
        "/inference_services",
        name="is",
        registeredModelId=model["id"],
        servingEnvironmentId=environment["id"],
    )


def test_1_patch_keeps_a_state_that_is_not_sent(
    client: Client, model: dict[str, Any], version: dict[str, Any], service: dict[str, Any]
) -> None:
    artifact = client.make("/model_artifacts", name=fresh(), state="LIVE")
    for path, field, value in (
        (f"/registered_models/{model['id']}", "state", "ARCHIVED"),
        (f"/model_versions/{version['id']}", "state", "ARCHIVED"),
        (f"/inference_services/{service['id']}", "desiredState", "UNDEPLOYED"),
        (f"/model_artifacts/{artifact['id']}", "state", "PENDING"),
    ):
        assert client.patch(path, {field: value}).json[field] == value
        assert client.patch(path, {"description": "d"}).json[field] == value
        assert client.get(path).json[field] == value


def test_2_null_keeps_and_empty_is_a_value(client: Client) -> None:
    made = client.make("/registered_models", name=fresh(), owner="ann", state="ARCHIVED")
    path = f"/registered_models/{made['id']}"
    kept = client.patch(path, {"owner": None, "state": None, "customProperties": None}).json
    assert (kept["owner"], kept["state"]) == ("ann", "ARCHIVED")
    assert client.patch(path, {"owner": ""}).json["owner"] == ""


def struct(value: Any) -> dict[str, str]:
    encoded = base64.b64encode(json.dumps(value).encode()).decode()
    return {"metadataType": "MetadataStructValue", "struct_value": encoded}


def test_3_structs_come_back_as_sent_and_can_be_written_back(client: Client) -> None:
    sent = struct({"b": [1, {"c": None}], "a": "ü"})
    plain = {"metadataType": "MetadataStructValue", "struct_value": '{"b": 1}'}
    made = client.make("/registered_models", name=fresh(), customProperties={"s": sent, "p": plain})
    assert made["customProperties"]["s"] == sent
    assert base64.b64decode(made["customProperties"]["p"]["struct_value"]) == b'{"b": 1}'
    path = f"/registered_models/{made['id']}"
    again = client.patch(path, {"customProperties": made["customProperties"]})
    assert again.json["customProperties"] == made["customProperties"]


def test_4_what_has_a_struct_can_be_changed(client: Client) -> None:
    made = client.make("/registered_models", name=fresh(), customProperties={"s": struct({"a": 1})})
    changed = client.patch(f"/registered_models/{made['id']}", {"description": "new"})
    assert changed.status == 200
    assert changed.json["customProperties"] == made["customProperties"]


def test_5_protos_are_kept_as_they_are(client: Client) -> None:
    proto = {"metadataType": "MetadataProtoValue", "type": "a.B", "proto_value": "CAE="}
    made = client.make("/registered_models", name=fresh(), customProperties={"p": proto})
    assert made["customProperties"] == {"p": proto}


@pytest.mark.parametrize("number", ["2147483648", "9223372036854775807", "-9223372036854775808"])
def test_6_integers_have_64_bits(client: Client, number: str) -> None:
    value = {"metadataType": "MetadataIntValue", "int_value": number}
    made = client.make("/registered_models", name=fresh(), customProperties={"n": value})
    assert made["customProperties"] == {"n": value}
    found = client.get("/registered_models", filterQuery=f"n = {number} AND name = '{made['name']}'")
    assert [one["id"] for one in found.json["items"]] == [made["id"]]


def test_6_integers_beyond_64_bits_are_refused(client: Client) -> None:
    value = {"metadataType": "MetadataIntValue", "int_value": "9223372036854775808"}
    assert (
        client.post("/registered_models", {"name": fresh(), "customProperties": {"n": value}}).status == 400
    )


def test_7_a_text_is_a_text(client: Client) -> None:
    value = {"metadataType": "MetadataStringValue", "string_value": "mlmd-struct::nonsense"}
    made = client.make("/registered_models", name=fresh(), customProperties={"s": value})
    assert client.get(f"/registered_models/{made['id']}").json["customProperties"] == {"s": value}


def test_8_every_key_comes_back(client: Client, version: dict[str, Any]) -> None:
    keys = ["experiment_id", "experiment_run_id"]
    values = {key: {"metadataType": "MetadataIntValue", "int_value": "7"} for key in keys}
    made = client.make(
        f"/model_versions/{version['id']}/artifacts", artifactType="doc-artifact", customProperties=values
    )
    path = f"/artifacts/{made['id']}"
    assert client.get(path).json["customProperties"] == values
    changed = client.patch(path, {"artifactType": "doc-artifact", "uri": "u"})
    assert changed.json["customProperties"] == values


def test_9_a_key_that_is_too_long_is_refused_by_name(client: Client) -> None:
    value = {"metadataType": "MetadataStringValue", "string_value": "x"}
    longest = {"k" * 255: value}
    assert (
        client.make("/registered_models", name=fresh(), customProperties=longest)["customProperties"]
        == longest
    )
    refused = client.post("/registered_models", {"name": fresh(), "customProperties": {"k" * 256: value}})
    assert refused.status == 400
    assert "kkkk" in refused.message


def test_10_names_have_255_characters_of_their_own(client: Client, model: dict[str, Any]) -> None:
    name = fresh("é").ljust(255, "é")
    made = client.make("/model_versions", name=name, registeredModelId=model["id"], externalId=fresh())
    assert made["name"] == name
    for field in ("name", "externalId"):
        body = {"name": fresh(), "registeredModelId": model["id"], field: "x" * 256}
        refused = client.post("/model_versions", body)
        assert (refused.status, refused.message) == (400, f"{field} is longer than 255 characters")
    refused = client.patch(f"/model_versions/{made['id']}", {"externalId": "x" * 256})
    assert refused.status == 400


def test_11_a_conflict_names_its_cause(client: Client) -> None:
    external_id = fresh("x")
    client.make("/registered_models", name=fresh(), externalId=external_id)
    refused = client.post("/registered_models", {"name": fresh(), "externalId": external_id})
    assert refused.status == 409
    assert refused.message == f"registered model with externalId {external_id} already exists: conflict"


def test_12_a_conflict_shows_the_name_as_sent(client: Client, service: dict[str, Any]) -> None:
    body = {key: service[key] for key in ("name", "registeredModelId", "servingEnvironmentId")}
    refused = client.post("/inference_services", body)
    assert refused.status == 409
    assert refused.message == "inference service with name is already exists: conflict"


def test_13_a_nameless_serve_model_can_be_in_conflict(
    client: Client, service: dict[str, Any], version: dict[str, Any]
) -> None:
    path, body = f"/inference_services/{service['id']}/serves", {"modelVersionId": version["id"]}
    external_id = fresh("x")
    assert client.post(path, {**body, "externalId": external_id}).status == 201
    assert client.post(path, {**body, "externalId": external_id}).status == 409


def test_14_external_ids_are_unique_within_a_family(
    client: Client, service: dict[str, Any], version: dict[str, Any]
) -> None:
    external_id = fresh("x")
    client.make("/registered_models", name=fresh(), externalId=external_id)
    client.make("/model_artifacts", name=fresh(), externalId=external_id)
    client.make(
        f"/inference_services/{service['id']}/serves",
        modelVersionId=version["id"],
        externalId=external_id,
    )


def test_15_what_a_body_names_has_to_be_there(
    client: Client, model: dict[str, Any], environment: dict[str, Any], service: dict[str, Any]
) -> None:
    for missing in ("999999999", "-1", environment["id"]):
        refused = client.post("/model_versions", {"name": fresh(), "registeredModelId": missing})
        assert refused.status == 404
        assert refused.message == f"no registered model found for id {missing}: not found"
    good = {"registeredModelId": model["id"], "servingEnvironmentId": environment["id"]}
    for bad in ({"registeredModelId": "999999999"}, {"modelVersionId": "999999999"}):
        assert client.post("/inference_services", {"name": fresh(), **good, **bad}).status == 404
    refused = client.patch(f"/inference_services/{service['id']}", {"modelVersionId": "999999999"})
    assert refused.status == 404


def test_16_an_id_is_a_number_however_it_is_written(client: Client, model: dict[str, Any]) -> None:
    client.make("/model_versions", name="v", registeredModelId=model["id"])
    other = client.post("/model_versions", {"name": "v", "registeredModelId": "0" + model["id"]})
    assert other.status == 409
    made = client.make("/model_versions", name="w", registeredModelId="0" + model["id"])
    assert made["registeredModelId"] == model["id"]


@pytest.mark.parametrize(
    "path",
    [
        "/registered_models/{}/versions",
        "/model_versions/{}/artifacts",
        "/serving_environments/{}/inference_services",
        "/inference_services/{}/serves",
    ],
)
def test_17_nothing_is_listed_below_what_is_not_there(client: Client, path: str) -> None:
    assert client.get(path.format("999999999")).status == 404
    assert client.get(path.format("abc")).status == 400


def test_17_the_parent_is_of_the_right_kind(client: Client, model: dict[str, Any]) -> None:
    assert client.get(f"/model_versions/{model['id']}/artifacts").status == 404


def test_18_posting_below_a_model_makes_a_version(client: Client, version: dict[str, Any]) -> None:
    other = client.make("/registered_models", name=fresh())
    path = f"/registered_models/{other['id']}/versions"
    body = {"id": version["id"], "name": "moved", "registeredModelId": other["id"]}
    refused = client.post(path, body)
    assert refused.status == 400
    assert "leave out id" in refused.message
    assert client.get(path).json["items"] == []
    assert client.get(f"/model_versions/{version['id']}").json == version


def test_19_path_and_body_name_the_same_parent(
    client: Client, model: dict[str, Any], environment: dict[str, Any]
) -> None:
    other = client.make("/registered_models", name=fresh())
    refused = client.post(
        f"/registered_models/{model['id']}/versions", {"name": "v", "registeredModelId": other["id"]}
    )
    assert refused.status == 400
    body = {"name": "i", "registeredModelId": model["id"], "servingEnvironmentId": other["id"]}
    refused = client.post(f"/serving_environments/{environment['id']}/inference_services", body)
    assert refused.status == 400


def test_20_names_are_found_exactly(client: Client, model: dict[str, Any]) -> None:
    base = fresh()
    names = [f"{base}_1", f"{base}x1", f"{base}%", f"{base}\\", f"a:{base}_1"]
    ids = {name: client.make("/registered_models", name=name)["id"] for name in names}
    versions = {
        name: client.make("/model_versions", name=name, registeredModelId=model["id"])["id"] for name in names
    }
    for name in names:
        assert client.get("/registered_model", name=name).json["id"] == ids[name]
        found = client.get("/model_version", name=name, parentResourceId=model["id"])
        assert found.json["id"] == versions[name]


def test_21_a_metric_is_renewed_by_its_exact_name(client: Client, version: dict[str, Any]) -> None:
    path = f"/model_versions/{version['id']}/artifacts"
    names = ["f1_score", "f1xscore", "x:f1_score"]
    ids = {name: client.make(path, artifactType="metric", name=name, value=1)["id"] for name in names}
    assert len(set(ids.values())) == 3
    assert client.make(path, artifactType="metric", name="f1_score", value=2)["id"] == ids["f1_score"]
    assert [one["value"] for one in client.get(path).json["items"]] == [2, 1, 1]


def test_22_metrics_and_parameters_do_not_mind_one_another(client: Client, version: dict[str, Any]) -> None:
    path = f"/model_versions/{version['id']}/artifacts"
    metric = client.make(path, artifactType="metric", name="same", value=1)
    parameter = client.make(path, artifactType="parameter", name="same", value="1")
    for body in ({"artifactType": "metric", "value": 2}, {"artifactType": "parameter", "value": "2"}):
        assert client.post(path, {"name": "same", **body}).status == 200
    found = client.get("/artifact", name="same", parentResourceId=version["id"]).json
    assert (found["id"], found["value"]) == (metric["id"], 2)
    assert client.get(f"/artifacts/{parameter['id']}").json["value"] == "2"


def test_23_all_criteria_of_a_find_count(client: Client) -> None:
    made = client.make("/registered_models", name=fresh(), externalId=fresh("x"))
    other = client.make("/registered_models", name=fresh(), externalId=fresh("x"))
    both = {"name": made["name"], "externalId": made["externalId"]}
    assert client.get("/registered_model", **both).json["id"] == made["id"]
    assert client.get("/registered_model", **both | {"externalId": other["externalId"]}).status == 404


def test_23_all_criteria_of_a_list_count(client: Client, version: dict[str, Any]) -> None:
    path = f"/model_versions/{version['id']}/artifacts"
    made = client.make(path, artifactType="doc-artifact", name="d", externalId=fresh("x"))
    both = {"name": "d", "externalId": made["externalId"]}
    assert client.get(path, **both).json["items"] == [made]
    assert client.get(path, **both | {"externalId": fresh("x")}).json["items"] == []


def test_24_datasets_have_names_of_their_own(client: Client, version: dict[str, Any]) -> None:
    path = f"/model_versions/{version['id']}/artifacts"
    body = {"artifactType": "dataset-artifact", "name": "d"}
    assert client.post(path, body).status == 201
    refused = client.post(path, body)
    assert (refused.status, refused.message) == (409, "dataset artifact with name d already exists: conflict")


@pytest.mark.parametrize(
    "body",
    [
        {"artifactType": "model-artifact"},
        {"artifactType": "doc-artifact"},
        {"artifactType": "dataset-artifact"},
        {"artifactType": "metric", "value": 1},
        {"artifactType": "parameter", "value": "1"},
    ],
    ids=lambda body: body["artifactType"],
)
def test_25_what_was_made_is_201_and_what_was_changed_is_200(
    client: Client, version: dict[str, Any], body: dict[str, Any]
) -> None:
    path = f"/model_versions/{version['id']}/artifacts"
    made = client.post(path, {**body, "name": "a"})
    assert made.status == 201
    assert client.post(path, {**body, "id": made.json["id"]}).status == 200


def test_26_an_artifact_to_change_has_to_be_there(client: Client, version: dict[str, Any]) -> None:
    path = f"/model_versions/{version['id']}/artifacts"
    made = client.make(path, artifactType="doc-artifact", name="d")
    unknown = client.post(path, {"artifactType": "model-artifact", "id": "999999999"})
    assert (unknown.status, unknown.message) == (404, "no artifact found for id 999999999: not found")
    other = client.post(path, {"artifactType": "model-artifact", "id": made["id"]})
    assert other.status == 400
    assert other.message == f"artifact with id {made['id']} is not a model artifact: bad request"


@pytest.mark.parametrize("order", ["ID", "CREATE_TIME", "LAST_UPDATE_TIME"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_27_pages_hold_each_row_once(
    client: Client, model: dict[str, Any], order: str, direction: str
) -> None:
    ids = [
        client.make("/model_versions", name=str(n), registeredModelId=model["id"])["id"] for n in range(23)
    ]
    seen: list[str] = []
    token = ""
    while True:
        page = client.get(
            f"/registered_models/{model['id']}/versions",
            orderBy=order,
            sortOrder=direction,
            pageSize="5",
            nextPageToken=token,
        ).json
        seen += [one["id"] for one in page["items"]]
        token = page["nextPageToken"]
        if not token:
            break
    assert seen == (ids if direction == "ASC" else ids[::-1])


@pytest.mark.parametrize("query", [{"orderBy": "Name"}, {"orderBy": "Id"}, {"sortOrder": "desc"}])
def test_28_an_order_that_does_not_exist_is_refused(client: Client, query: dict[str, str]) -> None:
    refused = client.get("/registered_models", **query)
    assert refused.status == 400
    assert " is not a valid " in refused.message


def test_28_a_token_of_another_list_is_refused(client: Client, model: dict[str, Any]) -> None:
    client.make("/registered_models", name=fresh())
    token = client.get("/registered_models", pageSize="1").json["nextPageToken"]
    again = {"pageSize": "1", "nextPageToken": token}
    assert client.get("/registered_models", **again).status == 200
    for query in ({"orderBy": "CREATE_TIME"}, {"sortOrder": "DESC"}, {"filterQuery": "state = 'LIVE'"}):
        assert client.get("/registered_models", **again, **query).status == 400
    assert client.get("/model_versions", **again).status == 400
    assert client.get(f"/registered_models/{model['id']}/versions", **again).status == 400


@pytest.mark.parametrize("size", ["0", "-1", "2147483648", "1e3", "\uff11"])
def test_29_a_page_has_a_positive_size(client: Client, size: str) -> None:
    assert client.get("/registered_models", pageSize=size).status == 400


def test_29_without_a_size_everything_is_listed(client: Client, model: dict[str, Any]) -> None:
    names = [str(n) for n in range(150)]
    for name in names:
        client.make("/model_versions", name=name, registeredModelId=model["id"])
    listed = client.get(f"/registered_models/{model['id']}/versions").json
    assert [one["name"] for one in listed["items"]] == names
    assert (listed["size"], listed["pageSize"], listed["nextPageToken"]) == (150, 0, "")


def test_30_every_list_honours_what_it_declares(
    client: Client, service: dict[str, Any], version: dict[str, Any], environment: dict[str, Any]
) -> None:
    artifact = client.make("/model_artifacts", name=fresh())
    client.make(f"/inference_services/{service['id']}/serves", modelVersionId=version["id"], name="s")
    lists = {
        "/inference_services": service["id"],
        "/serving_environments": environment["id"],
        f"/serving_environments/{environment['id']}/inference_services": service["id"],
        "/model_artifacts": artifact["id"],
    }
    for path, wanted in lists.items():
        found = client.get(path, filterQuery=f"id = {wanted}").json["items"]
        assert [one["id"] for one in found] == [wanted]
        assert client.get(path, filterQuery="id = ").status == 400
    below = f"/serving_environments/{environment['id']}/inference_services"
    serves = f"/inference_services/{service['id']}/serves"
    for path, name in ((below, "is"), (serves, "s")):
        assert client.get(path, name=name).json["size"] == 1
        assert client.get(path, name="other").json["size"] == 0
        assert client.get(path, externalId="other").json["size"] == 0


def test_38_a_name_is_a_value(client: Client, model: dict[str, Any]) -> None:
    for name in ("it's", "a\\", '"quoted"', "x' OR '1'='1"):
        client.make("/model_versions", name=name, registeredModelId=model["id"])
        found = client.get(f"/registered_models/{model['id']}/versions", name=name)
        assert [one["name"] for one in found.json["items"]] == [name]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [(5, 5), ("5", 5), (3000000000, 3000000000), ("-9007199254740993", -9007199254740993)],
)
def test_39_steps_are_read_as_number_and_text(
    client: Client, version: dict[str, Any], sent: Any, answered: int
) -> None:
    made = client.make(
        f"/model_versions/{version['id']}/artifacts", artifactType="metric", value=1, step=sent
    )
    assert made["step"] == answered


@pytest.mark.parametrize("step", [1.5, "x", True, 2**63])
def test_39_steps_are_whole_numbers_of_64_bits(client: Client, version: dict[str, Any], step: Any) -> None:
    body = {"artifactType": "metric", "value": 1, "step": step}
    assert client.post(f"/model_versions/{version['id']}/artifacts", body).status == 400


def test_40_bodies_are_read_strictly(client: Client, version: dict[str, Any]) -> None:
    path = client.prefix + "/registered_models"
    assert client.post("/registered_models", {"name": fresh(), "Owner": "ann"}).status == 400
    assert client.backend.send("POST", path, f'{{"name":"{fresh()}"}} and more'.encode()).status == 400
    assert client.post("/registered_models", {"name": fresh(), "language": ["en", None]}).status == 400
    extra = {"artifactType": "doc-artifact", "name": "d", "somethingElse": 1}
    assert client.post(f"/model_versions/{version['id']}/artifacts", extra).status == 201


def test_40_an_unsupported_method_is_refused_with_those_that_are_supported(client: Client) -> None:
    refused = client.backend.send("DELETE", f"{client.prefix}/registered_models/1")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, PATCH, HEAD")
    assert refused.message == "method DELETE is not allowed here: use GET, PATCH, HEAD"


def test_40_head_is_get_without_the_body(client: Client, model: dict[str, Any]) -> None:
    path = f"{client.prefix}/registered_models/{model['id']}"
    got, head = client.backend.send("GET", path), client.backend.send("HEAD", path)
    assert (head.status, head.data) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.data))
