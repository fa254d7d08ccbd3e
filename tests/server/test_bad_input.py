"""Whatever cannot be right gets a 4xx in the error's form, short and with a reason, and changes nothing."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import pytest

from model_registry.server.contract import PREFIX, Schema, load_contract
from tests.support.backends import API, SECONDS, Client, Server, SyncInProcessBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.backends import Response

WRITING: Final = [one for one in load_contract().operations.values() if one.body is not None]
READING: Final = [one for one in load_contract().operations.values() if one.method == "GET"]
LISTS: Final = [
    "/registered_models",
    "/model_versions",
    "/serving_environments",
    "/inference_services",
    "/inference_services/{}/serves",
    "/artifacts",
]
LONGEST_MESSAGE: Final = 2000
NESTED: Final = b"[" * 100_000
WRONG: Final[dict[str, bytes]] = {
    "string": b"5",
    "number": b'"five"',
    "integer": b"1.5",
    "array": b'["x", 5]',
    "object": b'"x"',
}
"""A value of a wrong type for each type of the contract."""


class Registry(Client):
    """A registry that has something of everything; `ids` says what, by parameter of a path."""

    def __init__(self, backend: SyncInProcessBackend) -> None:
        super().__init__(backend)
        model = self.make("/registered_models", name="m")["id"]
        version = self.make("/model_versions", name="v", registeredModelId=model)["id"]
        environment = self.make("/serving_environments", name="e")["id"]
        self.parents = {"registeredModelId": model, "servingEnvironmentId": environment}
        service = self.make("/inference_services", name="s", **self.parents)["id"]
        self.serves = LISTS[4].format(service)
        self.make(self.serves, name="s", modelVersionId=version)
        artifact = self.make(f"/model_versions/{version}/artifacts", artifactType="model-artifact")["id"]
        self.ids = {
            "registered_model_id": model,
            "model_version_id": version,
            "serving_environment_id": environment,
            "inference_service_id": service,
            "model_artifact_id": artifact,
            "id": artifact,
        }
        self.fields: dict[str, str] = {
            "name": "new",
            "modelVersionId": version,
            **self.parents,
        }

    def everything(self) -> list[bytes]:
        return [self.get(path.format(self.ids["inference_service_id"])).data for path in LISTS]

    def right(self, schema: Schema) -> dict[str, Any]:
        """A body that could be accepted."""
        if schema.variants:
            tag, schema = next(iter(schema.variants.items()))
            return {schema_tag(): tag, **self.right(schema)}
        return {name: value for name, value in self.fields.items() if name in schema.required}


def schema_tag() -> str:
    return "artifactType"


@pytest.fixture
def registry(any_db: str) -> Iterator[Registry]:
    with contextlib.closing(SyncInProcessBackend(any_db)) as backend:
        yield Registry(backend)


def refused(answer: Response, *statuses: int) -> str:
    assert answer.status in statuses, answer
    assert answer.headers["content-type"].startswith("application/json")
    assert set(answer.json) == {"code", "message"}
    assert 0 < len(answer.message) <= LONGEST_MESSAGE
    return answer.message


def with_field(body: dict[str, Any], name: str, value: bytes) -> bytes:
    """A body with one more field, which may be no JSON."""
    start = json.dumps({key: one for key, one in body.items() if key != name}).encode()[:-1]
    return start + (b", " if len(start) > 1 else b"") + json.dumps(name).encode() + b": " + value + b"}"


def custom(kind: str, value: bytes, key: bytes = b"k") -> bytes:
    name = {"Struct": b"struct_value", "Int": b"int_value", "Double": b"double_value"}.get(
        kind, b"string_value"
    )
    return b'{"%s": {"metadataType": "Metadata%sValue", "%s": %s}}' % (key, kind.encode(), name, value)


def wrong_bodies(right: dict[str, Any], schema: Schema) -> Iterator[bytes]:
    whole = json.dumps(right | {"description": "d"}).encode()
    yield from (b"", whole[:-1], whole + b"x", whole + whole, b"\xef\xbb\xbf" + whole, b"\x00" + whole)
    yield from (b"[]", b'"x"', b"1", b"true", b"{]", b"{'description': 'd'}", NESTED, b'{"a":' * 100_000)
    text = b'"a\\u0000b"', b'"a\x00b"', b'"\n"', b'"\\x"', b'"'
    for value in (*text, b"NaN", b"-Infinity", b"01", b"1e999", b"1" * 5000, NESTED, b"[" * 970 + b"]" * 970):
        yield with_field(right, "description", value)
    yield with_field(right, "externalId", b'"%s"' % (b"x" * 256))
    for value in (
        *(custom("String", value) for value in (*text, b"5", NESTED, b"[" * 900 + b"]" * 900)),
        *(
            custom("Int", value)
            for value in (b"5", b'"1.5"', b'"9223372036854775808"', b'"%s"' % (b"9" * 9999))
        ),
        *(custom("Double", value) for value in (b'"1"', b"1e999", b"1" + b"0" * 400, b"true")),
        *(custom("Struct", value) for value in (b'"x"', b'"WzFd"', b'"%s"' % base64.b64encode(NESTED))),
        custom("String", b'"x"', b"k" * 256),
        custom("Other", b'"x"'),
        b'{"k": null}',
        b'{"k": %s}' % (b'"%s"' % (b"x" * 99_999)),
    ):
        yield with_field(right, "customProperties", value)
    for variant in [schema, *list(schema.variants.values())[:1]]:
        for one in variant.properties.values():
            if one.name != "artifactType":
                yield with_field(
                    right, one.name, b"{}" if one.enum or one.format == "int64" else WRONG[one.type]
                )
    if not schema.variants:
        yield with_field(right, "noSuchField" * 9_999, b"1")


@pytest.mark.parametrize("operation", WRITING, ids=lambda one: one.id)
def test_bodies_that_cannot_be_right_change_nothing(registry: Registry, operation: Any) -> None:
    path = operation.path.format(**registry.ids)
    before = registry.everything()
    for raw in wrong_bodies(registry.right(operation.body), operation.body):
        refused(registry.backend.send(operation.method, API + path, raw), 400)
    assert registry.everything() == before


def test_of_two_fields_of_one_name_the_last_counts(registry: Registry) -> None:
    path = f"{API}/registered_models"
    before = registry.everything()
    refused(registry.backend.send("POST", path, b'{"name": "a", "name": 5}'), 400)
    refused(registry.backend.send("POST", path, b'{"name": "a", "name": null}'), 422)
    assert registry.everything() == before
    assert registry.backend.send("POST", path, b'{"name": "a", "name": "b"}').json["name"] == "b"


@pytest.mark.parametrize(
    "id", ["..", "%31", "%2e%2e", "%2E%2E%2F", "1%2F..", "%00", "1%00", "%201", "1%0A", "%EF%BC%91", "%ff"]
)
def test_paths_with_tricks_lead_nowhere(registry: Registry, id: str) -> None:
    for operation in READING:
        if "{" in operation.path:
            path = operation.path.format(**dict.fromkeys(registry.ids, quote(id, safe="%")))
            refused(registry.backend.send("GET", API + path), 400)
    for path in (f"/{id}", f"/registered_models/1/{id}", f"/{id}/registered_models"):
        answer = registry.backend.send("GET", API + quote(path, safe="/%"))
        assert answer.status == 404


@pytest.mark.parametrize("id", ["9" * 5000, str(2**31), "-2147483649", str(2**63), "1.0", "1e0", "0x1", "{}"])
def test_ids_that_are_none(registry: Registry, id: str) -> None:
    for operation in READING:
        if "{" in operation.path:
            path = operation.path.format(**dict.fromkeys(registry.ids, id))
            refused(registry.backend.send("GET", API + path), 400)
        if "parentResourceId" in operation.query:
            refused(registry.get(operation.path, name="m", parentResourceId=id), 400)
    for field in ("registeredModelId", "servingEnvironmentId"):
        body = {"name": "new", **registry.parents, field: id}
        refused(registry.post("/inference_services", body), 400, 404)


def test_queries_that_cannot_be_right(registry: Registry) -> None:
    queries = ["pageSize=" + "9" * 5000, "orderBy=" + "x" * 5000, "nextPageToken=" + "x" * 5000]
    queries += ["filterQuery=" + "(" * 5000, "filterQuery=" + "x%3D1%20AND%20" * 5000 + "x%3D1"]
    queries += [f"filterQuery=name%3D%27{bad}%27" for bad in ("%00", "%ff", "%ED%A0%80")]
    for operation in READING:
        if "pageSize" in operation.query:
            path = API + operation.path.format(**registry.ids)
            for query in queries:
                refused(registry.backend.send("GET", f"{path}?{query}"), 400)


def test_what_is_not_encoded_in_a_query_is_utf8(registry: Registry) -> None:
    registry.make("/registered_models", name="é")
    assert registry.backend.send("GET", f"{API}/registered_model?name=é").json["name"] == "é"


@pytest.mark.parametrize("order", ["ID", "CREATE_TIME"])
def test_tokens_that_were_changed(registry: Registry, order: str) -> None:
    registry.make("/registered_models", name="another")
    query = {"pageSize": "1", "orderBy": order}
    token = registry.get("/registered_models", **query).json["nextPageToken"]
    fingerprint, key, last = json.loads(base64.urlsafe_b64decode(token))
    for changed in (
        [fingerprint, 2**63, last],
        [fingerprint, key, 2**63],
        [fingerprint, -(2**70), last],
        [fingerprint, 10**400, last],
        [fingerprint, 1.5, last],
        [fingerprint, str(key), last],
        [fingerprint, None, last],
        [fingerprint, key],
        ["0" * 16, key, last],
        {},
    ):
        wrong = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode()
        refused(registry.get("/registered_models", **query, nextPageToken=wrong), 400)


def test_a_body_in_pieces_has_the_same_limit(tmp_path: Path) -> None:
    server = Server(str(tmp_path / "registry.db"), "--body-limit", "1000")
    address = urlsplit(server.url).netloc
    with contextlib.closing(http.client.HTTPConnection(address, timeout=SECONDS)) as connection:
        pieces = (b'{"name": "' if number == 0 else b"x" * 100 for number in range(12))
        connection.request(
            "POST", f"{PREFIX}/registered_models", pieces, {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["code"] == "Content Too Large"
    with contextlib.closing(http.client.HTTPConnection(address, timeout=SECONDS)) as connection:
        connection.request("GET", f"{PREFIX}/registered_models")
        assert json.loads(connection.getresponse().read())["size"] == 0
    assert server.stop() == 0
