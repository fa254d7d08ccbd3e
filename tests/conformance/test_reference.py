"""The stand-in for the reference server responds as the server did when the scenarios were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.backends import API, SyncHTTPBackend
from tests.support.reference import ReferenceServer
from tests.support.replay import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.backends import Response

HERE = Path(__file__).parent
V1, ALPHA = API, f"{API}alpha3"
RECORDED = sorted((HERE / "reference").glob("*.json"))
OF_BOTH = sorted((HERE / "scenarios").glob("*.json"))


@pytest.fixture(scope="module")
def server() -> Iterator[ReferenceServer]:
    with ReferenceServer(sunset="Wed, 30 Jun 2027 00:00:00 GMT") as running:
        yield running


@pytest.fixture
def backend(server: ReferenceServer) -> Iterator[SyncHTTPBackend]:
    connection = SyncHTTPBackend(server.url)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def recorded() -> Iterator[SyncHTTPBackend]:
    """A server that these scenarios alone use: some need older resources, some break lists of everything."""
    with ReferenceServer() as running:
        connection = SyncHTTPBackend(running.url)
        for path in ("/registered_models", "/serving_environments"):
            create(connection, path, name="older")
        yield connection
        connection.close()


@pytest.fixture
def broken(server: ReferenceServer) -> Iterator[ReferenceServer]:
    """The server, whose database a test takes away."""
    yield server
    server.database = "up"


def prefixes(file: Path) -> list[str]:
    if "v1alpha3" in file.stem:
        return [ALPHA]
    return [V1] if file.stem.startswith("R-v1-") else [V1, ALPHA]


@pytest.mark.parametrize(
    ("file", "prefix"),
    [
        pytest.param(file, prefix, id=f"{file.stem}-{prefix.rpartition('/')[2]}")
        for file in RECORDED
        for prefix in prefixes(file)
    ],
)
def test_recorded_scenario(recorded: SyncHTTPBackend, file: Path, prefix: str) -> None:
    scenario = Scenario(file.read_text())
    for time in ("first", "second"):
        assert scenario.play(recorded, prefix) == [], f"{time} time on this database"


@pytest.mark.parametrize("file", OF_BOTH, ids=lambda file: file.stem)
def test_scenario_of_both_servers(backend: SyncHTTPBackend, file: Path) -> None:
    assert Scenario(file.read_text()).play(backend, V1) == []


def test_there_are_scenarios() -> None:
    assert RECORDED
    assert OF_BOTH


def create(backend: SyncHTTPBackend, path: str, **body: object) -> str:
    response = backend.send("POST", V1 + path, json.dumps(body).encode())
    assert response.status in (200, 201), response.data
    number: str = response.json["id"]
    return number


def get(backend: SyncHTTPBackend, path: str) -> Response:
    return backend.send("GET", V1 + path)


def test_deviation_13_a_nameless_serve_of_a_taken_external_id_gets_no_response(
    server: ReferenceServer,
) -> None:
    connection = SyncHTTPBackend(server.url)
    model = create(connection, "/registered_models", name="d13")
    version = create(connection, "/model_versions", name="1", registeredModelId=model)
    environment = create(connection, "/serving_environments", name="d13")
    ids = {"registeredModelId": model, "servingEnvironmentId": environment}
    service = create(connection, "/inference_services", name="s", **ids)
    serve = {"modelVersionId": version, "externalId": "d13"}
    create(connection, f"/inference_services/{service}/serves", **serve)
    with pytest.raises(ConnectionError):
        create(connection, f"/inference_services/{service}/serves", **serve)
    connection.close()


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_deviation_27_pages_by_time_lose_and_repeat_rows_of_one_time(
    backend: SyncHTTPBackend, server: ReferenceServer, order: str
) -> None:
    model = create(backend, "/registered_models", name=f"d27-{order}")
    numbers = [create(backend, "/model_versions", name=str(one), registeredModelId=model) for one in range(6)]
    rows = server.application.core.store.rows["context"]
    for number in numbers:
        rows[int(number)].created = 1700000000000
    seen: list[str] = []
    token = ""
    while token or not seen:
        path = f"/registered_models/{model}/versions?orderBy=CREATE_TIME&sortOrder={order}&pageSize=2"
        page = get(backend, f"{path}&nextPageToken={token}").json
        seen += [item["id"] for item in page["items"]]
        token = page["nextPageToken"]
    assert set(seen) < set(numbers)
    assert len(seen) > len(set(seen))


@pytest.mark.parametrize(
    ("state", "status", "message"),
    [
        ("refused", 500, "error listing registered models: failed to connect to "),
        ("stopping", 400, "error listing registered models: invalid filter query, type mismatch"),
    ],
)
def test_trap_17_database_away(
    backend: SyncHTTPBackend, broken: ReferenceServer, state: str, status: int, message: str
) -> None:
    model = create(backend, "/registered_models", name=f"f17-{state}")
    broken.database = state
    for path in ("/registered_models", "/registered_model?name=x"):
        response = get(backend, path)
        assert (response.status, response.message.startswith(message)) == (status, True)
    for path in ("/artifacts", "/artifact?externalId=x"):
        response = get(backend, path)
        assert response.status == 500
        assert response.message.startswith("error listing artifacts: failed to connect to ")
    by_id = get(backend, f"/registered_models/{model}")
    assert (by_id.status, by_id.message) == (404, f"no registered model found for id {model}: not found")
    created = backend.send("POST", f"{V1}/registered_models", b'{"name": "never"}')
    assert (created.status, created.message.startswith("failed to connect to ")) == (500, True)
    ready = backend.send("GET", "/readyz/isDirty")
    assert ready.status == 503
    assert ready.data.startswith(b"schema_migrations query error: failed to connect to ")


def test_the_database_is_switched_by_a_request(backend: SyncHTTPBackend, broken: ReferenceServer) -> None:
    assert backend.send("POST", "/reference/database?state=refused").status == 200
    assert backend.send("GET", "/readyz/isDirty").status == 503
    assert backend.send("POST", "/reference/database?state=up").status == 200
    assert backend.send("GET", "/readyz/isDirty").data == b"OK"
    assert backend.send("POST", "/reference/database?state=gone").status == 400
    assert broken.database == "up"


def test_trap_20_a_name_that_a_backslash_ends_breaks_the_list_of_artifacts(backend: SyncHTTPBackend) -> None:
    model = create(backend, "/registered_models", name="f20")
    version = create(backend, "/model_versions", name="1", registeredModelId=model)
    create(backend, f"/model_versions/{version}/artifacts", artifactType="doc-artifact", name="c:\\")
    response = get(backend, f"/artifact?name=c%3A%5C&parentResourceId={version}")
    assert response.status == 500
    assert "LIKE pattern must not end with escape character" in response.message


def test_trap_20_a_metric_whose_name_a_backslash_ends_is_not_stored(backend: SyncHTTPBackend) -> None:
    model = create(backend, "/registered_models", name="f20-metric")
    version = create(backend, "/model_versions", name="1", registeredModelId=model)
    path = f"/model_versions/{version}/artifacts"
    create(backend, path, artifactType="metric", name="c:x", value=1)
    metric = {"artifactType": "metric", "name": "c:\\", "value": 1}
    response = backend.send("POST", V1 + path, json.dumps(metric).encode())
    assert response.status == 500
    assert "LIKE pattern must not end with escape character" in response.message


def test_trap_23_v1alpha3_names_its_end(backend: SyncHTTPBackend) -> None:
    for path in ("/registered_models", "/nothing"):
        headers = backend.send("GET", ALPHA + path).headers
        assert headers["deprecation"] == "true"
        assert headers["sunset"] == "Wed, 30 Jun 2027 00:00:00 GMT"
        assert headers["link"] == '</api/model_registry/v1/>; rel="successor-version"'
        assert "sunset" not in backend.send("GET", V1 + path).headers
