"""Lists in the order of names, custom properties and metrics."""

from __future__ import annotations

import base64
import itertools
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.backends import Client, open_backend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Resource = dict[str, Any]
KEY = "top-1 `acc`\\ü.x"
QUOTED = "customProperties.`top-1 \\`acc\\`\\\\ü.x`"
BIG = 2**53
LONG = "x" * 255
NUMBERS = st.one_of(
    st.sampled_from(
        [0, 1, 1.0, 0.5, -1, BIG, BIG + 1, float(BIG), BIG + 3, 2**63 - 1, -(2**63), 1e300, -1e300]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
)
TEXTS = st.sampled_from(["", "a", "B", "é", "\uffff", "\U0001f600", "10", LONG + "b", LONG + "a"])
OTHERS = st.sampled_from([True, None])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fresh_client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    if request.param == "postgresql":
        db = request.getfixturevalue("postgresql_server").new_database()
    else:
        db = f"sqlite:///{tmp_path_factory.mktemp('orders') / 'registry.db'}"
    with open_backend("inprocess", db) as backend:
        yield Client(backend)


def stored(value: object) -> Resource:
    if isinstance(value, bool):
        return {"metadataType": "MetadataBoolValue", "bool_value": value}
    if isinstance(value, int):
        return {"metadataType": "MetadataIntValue", "int_value": str(value)}
    if isinstance(value, float):
        return {"metadataType": "MetadataDoubleValue", "double_value": value}
    return {"metadataType": "MetadataStringValue", "string_value": value}


def in_order(resources: list[Resource], values: Mapping[str, object], *, descending: bool) -> list[str]:
    """The ids in the order that the documentation promises."""
    numbers: list[Any] = []
    texts: list[Any] = []
    rest: list[Any] = []
    for one in resources:
        number, value = int(one["id"]), values.get(one["id"])
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            numbers.append((value, number))
        elif isinstance(value, str):
            texts.append((value[:255], number))
        else:
            rest.append((0, number))
    groups: Any = (texts, numbers, rest) if descending else (numbers, texts, rest)
    return [str(number) for group in groups for _, number in sorted(group, reverse=descending)]


def walk(client: Client, path: str, size: int, **query: str) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    token = ""
    while True:
        page = client.get(path, **query, pageSize=str(size), nextPageToken=token)
        assert page.status == 200, page.message
        ids += [one["id"] for one in page.json["items"]]
        token = page.json["nextPageToken"]
        if not token:
            return ids
        assert len(page.json["items"]) == size


def check(
    client: Client, path: str, order: str, resources: list[Resource], values: Mapping[str, object]
) -> None:
    for descending, size in itertools.product((False, True), (1, 3, 100)):
        query = {"orderBy": order, "sortOrder": "DESC" if descending else "ASC"}
        assert walk(client, path, size, **query) == in_order(resources, values, descending=descending)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(NUMBERS | TEXTS | OTHERS, min_size=1, max_size=14))
def test_15_12_any_values_are_listed_in_order(fresh_client: Client, values: list[object]) -> None:
    key = uuid.uuid4().hex
    named = uuid.uuid4().hex
    client = fresh_client
    order = f"customProperties.{key}"
    model = client.make("/registered_models", name=named)
    in_parent: list[Resource] = []
    of: dict[str, object] = {}
    for number, value in enumerate(values):
        properties = {"mine": stored(named)} | ({} if value is None else {key: stored(value)})
        made = client.make(
            "/model_versions", name=str(number), registeredModelId=model["id"], customProperties=properties
        )
        in_parent.append(made)
        of[made["id"]] = value
    below = f"/registered_models/{model['id']}/versions"
    check(client, below, order, in_parent, of)
    everything = client.get("/model_versions").json["items"]
    for descending, size in ((False, 4), (True, 4), (False, 1000), (True, 1000)):
        query = {"orderBy": order, "sortOrder": "DESC" if descending else "ASC"}
        if size == 1000 or len(everything) < 60:
            assert walk(client, "/model_versions", size, **query) == in_order(
                everything, of, descending=descending
            )
        for text in (f"mine = '{named}'", f"mine LIKE '%{named[1:]}%'", "name != '0'"):
            found = in_parent if "mine" in text else [one for one in everything if one["name"] != "0"]
            listed = walk(client, "/model_versions", size * 10, filterQuery=text, **query)
            assert listed == in_order(found, of, descending=descending)


@pytest.fixture
def model(client: Client) -> Resource:
    return client.make("/registered_models", name=uuid.uuid4().hex)


def versions(client: Client, model: Resource, names: list[str], **body: Any) -> list[Resource]:
    return [
        client.make("/model_versions", name=name, registeredModelId=model["id"], **body) for name in names
    ]


def test_18_models_are_listed_by_name(client: Client) -> None:
    own = uuid.uuid4().hex
    made = [
        client.make("/registered_models", name=f"{own}-{name}") for name in ("b", "Z", "é", "a", "10", "9")
    ]
    everything = client.get("/registered_models").json["items"]
    names = {one["id"]: one["name"] for one in everything}
    for descending in (False, True):
        query = {"orderBy": "NAME", "sortOrder": "DESC" if descending else "ASC"}
        assert walk(client, "/registered_models", 1000, **query) == in_order(
            everything, names, descending=descending
        )
        for text in (f"name LIKE '{own}%'", f"name LIKE '%{own[1:]}%'"):
            found = walk(client, "/registered_models", 4, filterQuery=text, **query)
            assert found == in_order(made, names, descending=descending)
        assert [one["id"] for one in client.get("/registered_models", **query).json["items"]] == in_order(
            everything, names, descending=descending
        )


def test_15_12_versions_and_artifacts_are_listed_by_name(client: Client, model: Resource) -> None:
    below = f"/registered_models/{model['id']}/versions"
    made = versions(client, model, ["b", "a", "c", "B"])
    check(client, below, "NAME", made, {one["id"]: one["name"] for one in made})
    path = f"/model_versions/{made[0]['id']}/artifacts"
    artifacts = [
        client.make(path, artifactType=kind, name=name, customProperties={KEY: stored(value)}, **fields)
        for kind, name, value, fields in (
            ("metric", "m", 3, {"value": 1}),
            ("model-artifact", "b", "text", {}),
            ("parameter", "m", 1.5, {"value": "1"}),
            ("doc-artifact", "a", True, {}),
        )
    ]
    check(client, path, "NAME", artifacts, {one["id"]: one["name"] for one in artifacts})
    values = dict(zip((one["id"] for one in artifacts), (3, "text", 1.5, None), strict=True))
    check(client, path, QUOTED, artifacts, values)
    ordered = walk(client, "/artifacts", 1000, orderBy=QUOTED)
    assert [one for one in ordered if one in values] == in_order(artifacts, values, descending=False)
    named = client.get("/model_versions", name="B", orderBy="NAME").json["items"]
    assert made[3]["id"] in [one["id"] for one in named]


def test_15_12_versions_are_listed_by_metric(client: Client, model: Resource) -> None:
    made = versions(client, model, [str(number) for number in range(6)])
    values: dict[str, object] = {}
    for one, value in zip(made, (0.5, None, -1, 1e300, 0.5, 0), strict=True):
        path = f"/model_versions/{one['id']}/artifacts"
        client.make(path, artifactType="parameter", name=KEY, value="7")
        client.make(path, artifactType="metric", name="another", value=9)
        if value is not None:
            values[one["id"]] = client.make(path, artifactType="metric", name=KEY, value=value)["value"]
    below = f"/registered_models/{model['id']}/versions"
    for order in (f"metrics.{KEY}", QUOTED.replace("customProperties", "metrics")):
        check(client, below, order, made, values)
    everything = client.get("/model_versions").json["items"]
    listed = walk(client, "/model_versions", 1000, orderBy=f"metrics.{KEY}", sortOrder="DESC")
    assert [one for one in listed if one in values] == in_order(made, values, descending=True)[:5]
    assert len(listed) == len(everything)
    for one, given_value in zip(made[:3], ("text", 0.25, 7), strict=True):
        client.patch(f"/model_versions/{one['id']}", {"customProperties": {KEY: stored(given_value)}})
    either = {**dict(zip((one["id"] for one in made), (None, 0.25), strict=False)), **values}
    check(client, below, f"values.{KEY}", made, either)
    few = walk(client, below, 2, orderBy=f"metrics.{KEY}", filterQuery="name > '2'")
    assert few == in_order(made[3:], values, descending=False)


@pytest.mark.parametrize("path", ["/registered_models", "/artifacts", "/serving_environments"])
def test_15_12_only_versions_have_metrics(client: Client, path: str) -> None:
    for order in ("metrics.auc", "values.auc"):
        refused = client.get(path, orderBy=order)
        assert refused.status == 400
        assert "only versions have metrics" in refused.message


@pytest.mark.parametrize(
    "order", ["customProperties", "customProperties.", "customProperties.``", "x.y", "name"]
)
def test_15_12_orders_without_a_key_are_refused(client: Client, order: str) -> None:
    refused = client.get("/model_versions", orderBy=order)
    assert refused.status == 400
    assert "orderBy" in refused.message or "customProperties.KEY" in refused.message


def test_15_12_tokens_that_were_changed(client: Client, model: Resource) -> None:
    below = f"/registered_models/{model['id']}/versions"
    versions(client, model, ["1", "2"], customProperties={"k": stored("x" * 300)})
    query = {"orderBy": "customProperties.k", "pageSize": "1"}
    token = client.get(below, **query).json["nextPageToken"]
    fingerprint, rank, number, whole, text, last = json.loads(base64.urlsafe_b64decode(token))
    assert (rank, number, whole, text) == (1, 0, 0, "x" * 255)
    for changed in (
        [fingerprint, rank, "7", whole, text, last],
        [fingerprint, rank, number, 2**63, text, last],
        [fingerprint, rank, number, whole, "x\0", last],
        [fingerprint, rank, number, whole, "x" * 256, last],
        [fingerprint, rank, number, whole, 7, last],
        [fingerprint, 3, number, whole, text, last],
        [fingerprint, 2**70, number, whole, text, last],
        [fingerprint, rank, last],
    ):
        wrong = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode()
        assert client.get(below, **query, nextPageToken=wrong).status == 400
    for broken in ('"\\ud800"', "1e400", "-1e400", "NaN"):
        body = json.dumps([fingerprint, rank, "?", whole, text, last]).replace('"?"', broken)
        wrong = base64.urlsafe_b64encode(body.encode()).decode()
        assert client.get(below, **query, nextPageToken=wrong).status == 400
    for order in ("customProperties.j", "NAME", "metrics.k"):
        again = {**query, "orderBy": order, "nextPageToken": token}
        assert client.get(below, **again).status == 400
    for odd in ([2, 1e308, -5, "", last], [-1, 0.5, 7, "", last], [0, -1e308, 2**63 - 1, "x", last]):
        for path in (below, "/model_versions"):
            own = client.get(path, **query).json["nextPageToken"]
            changed = [json.loads(base64.urlsafe_b64decode(own))[0], *odd]
            token = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode()
            assert client.get(path, **query, nextPageToken=token).status == 200
