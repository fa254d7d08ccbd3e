"""Import of models from MLflow's stores: databases, folders and servers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import (
    CopyInterruptedError,
    InvalidArgumentError,
    NotFoundError,
    StoreError,
)
from model_registry.types import Metric, ModelArtifact, Parameter
from tests.cli.conftest import Cli
from tests.support.reference import ReferenceServer
from tests.support.servers import unused_port

pytest.importorskip("mlflow")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),  # MLflow's store
    pytest.mark.filterwarnings("ignore:The filesystem .* backend:FutureWarning"),  # MLflow 3.8 to 3.12
]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Filled(NamedTuple):
    """A store of MLflow with models.

    Attributes:
        uri: Its URI.
        client: MLflow's client of it.
        run_id: The run of the first version.
    """

    uri: str
    client: Any
    run_id: str


def fill(uri: str) -> Filled:
    """Create a model with three versions, and one without any."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    run = client.create_run(client.create_experiment("scoring"))
    run_id = run.info.run_id
    client.log_metric(run_id, "accuracy", 0.9, timestamp=1_700_000_000_000, step=1)
    client.log_metric(run_id, "accuracy", 0.93, timestamp=1_700_000_001_000, step=2)
    client.log_metric(run_id, "loss", float("nan"))
    client.log_param(run_id, "depth", 6)
    client.create_registered_model("fraud", tags={"team": "risk"}, description="Finds fraud")
    client.create_model_version(
        "fraud", "s3://models/fraud/1", run_id=run_id, tags={"a": "b"}, description="The first"
    )
    client.create_model_version("fraud", "/models/fraud/2", run_link="https://mlflow.example.org/runs/7")
    client.create_model_version("fraud", "s3://models/fraud/3", run_id="0" * 32)
    client.set_registered_model_alias("fraud", "champion", "1")
    client.set_registered_model_alias("fraud", "2024", "2")
    client.create_registered_model("it's empty")
    return Filled(uri, client, run_id)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return fill(f"sqlite:///{tmp_path_factory.mktemp('database') / 'mlflow.db'}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        return fill((tmp_path_factory.mktemp("folder") / "mlruns").as_uri())


@pytest.fixture(scope="module")
def server(database: Filled) -> Iterator[Filled]:
    pytest.importorskip("flask", reason="MLflow's server needs Flask")
    from werkzeug.serving import make_server

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_MLFLOW_SERVER_FILE_STORE", database.uri)
        from mlflow.server import app

        running = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield database._replace(uri=f"http://127.0.0.1:{running.port}")
        running.shutdown()
        thread.join()
        running.server_close()


@pytest.fixture(params=["database", "folder", "server"])
def store(request: pytest.FixtureRequest) -> Filled:
    return request.getfixturevalue(request.param)


@pytest.fixture
def registry() -> Iterator[ModelRegistry]:
    with ModelRegistry.local(author="ann") as registry:
        yield registry


def test_15_19_models_versions_and_what_belongs_to_them(store: Filled, registry: ModelRegistry) -> None:
    report = registry.import_mlflow(store.uri)

    assert {key: number for key, number in report.counts.items() if key[1] != "created"} == {
        ("Alias", "skipped"): 1
    }
    model = registry.get_model("fraud")
    assert model.description == "Finds fraud"
    assert model.custom_properties["team"] == "risk"
    assert registry.find_model("it's empty") is not None
    assert [each.name for each in registry.list_versions("fraud")] == ["1", "2", "3"]
    assert registry.list_aliases("fraud") == {"champion": "1"}

    first = registry.get_version("fraud", "1")
    assert first.description == "The first"
    entity = store.client.get_model_version("fraud", "1")
    expected = {
        "a": "b",
        "mlflow_version": 1,
        "mlflow_run_id": store.run_id,
        "mlflow_source": "s3://models/fraud/1",
        "origin.create_time": str(entity.creation_timestamp),
    }
    assert expected.items() <= first.custom_properties.items()
    artifact = registry.get_artifact(first, "fraud", kind=ModelArtifact)
    assert (artifact.uri, artifact.model_source_kind, artifact.model_source_id) == (
        "s3://models/fraud/1",
        "mlflow",
        store.run_id,
    )
    metrics = registry.list_artifacts(first, kind=Metric).to_list()
    assert [(each.name, each.value, each.step, each.timestamp) for each in metrics] == [
        ("accuracy", 0.93, 2, "1700000001000")
    ]
    params = registry.list_artifacts(first, kind=Parameter).to_list()
    assert [(each.name, each.value) for each in params] == [("depth", "6")]

    second = registry.get_version("fraud", "2")
    assert second.custom_properties["mlflow_run_link"] == "https://mlflow.example.org/runs/7"
    assert registry.get_artifact(second, "fraud", kind=ModelArtifact).uri == "file:///models/fraud/2"


def test_15_19_the_report_says_what_was_left_out(database: Filled, registry: ModelRegistry) -> None:
    notes = registry.import_mlflow(database.uri).notes
    assert notes == [
        "version fraud/1: the metric 'loss' was left out, because it is nan",
        f"version fraud/3: its run {'0' * 32} is not in MLflow's store, so it has no metrics and parameters",
        "model 'fraud': the alias '2024' was left out: an alias begins with a letter and has at most 64 "
        "letters, digits, '.', '_' and '-', such as 'champion'; got '2024'",
    ]


def test_15_19_it_can_be_repeated(store: Filled, registry: ModelRegistry) -> None:
    registry.import_mlflow(store.uri)
    again = registry.import_mlflow(store.uri)
    assert {outcome for _, outcome in again.counts} == {"unchanged", "skipped"}
    assert again.total("unchanged") == 11


def test_15_19_chosen_models(database: Filled, registry: ModelRegistry) -> None:
    assert registry.import_mlflow(database.uri, models="it's empty").total() == 1
    assert [each.name for each in registry.list_models()] == ["it's empty"]
    registry.import_mlflow(database.uri, models=iter(["fraud"]))
    with pytest.raises(NotFoundError, match="no model 'fruad': did you mean 'fraud'"):
        registry.import_mlflow(database.uri, models=["fraud", "fruad"])
    for wrong in (7, [7]):
        with pytest.raises(InvalidArgumentError, match="models must be names of models, got 7"):
            registry.import_mlflow(database.uri, models=wrong)  # type: ignore[arg-type]


def test_15_19_a_dry_run_writes_nothing(database: Filled, registry: ModelRegistry) -> None:
    planned = registry.dry_run().import_mlflow(database.uri)
    assert registry.list_models().to_list() == []
    assert planned.counts == registry.import_mlflow(database.uri).counts


def test_15_19_what_differs(tmp_path: Path, registry: ModelRegistry) -> None:
    store = fill(f"sqlite:///{tmp_path / 'mlflow.db'}")
    registry.import_mlflow(store.uri)
    store.client.update_registered_model("fraud", description="Finds most fraud")
    store.client.log_metric(store.run_id, "accuracy", 0.95, timestamp=1_700_000_002_000, step=3)
    store.client.set_registered_model_alias("fraud", "champion", "3")

    with pytest.raises(CopyInterruptedError, match="description is 'Finds fraud' in the registry") as caught:
        registry.import_mlflow(store.uri)
    assert caught.value.report is not None
    kept = registry.import_mlflow(store.uri, if_different="keep")
    assert {kind for kind, outcome in kept.counts if outcome == "kept"} == {
        "RegisteredModel",
        "Metric",
        "Alias",
    }
    assert registry.list_aliases("fraud") == {"champion": "1"}
    updated = registry.import_mlflow(store.uri, if_different="update")
    assert updated.total("updated") == 3
    assert registry.get_model("fraud").description == "Finds most fraud"
    assert registry.best("fraud", "accuracy").name == "1"
    assert registry.list_aliases("fraud") == {"champion": "3"}
    registry.import_mlflow(store.uri)  # nothing differs

    store.client.set_registered_model_alias("fraud", "champion", "2")
    with pytest.raises(
        CopyInterruptedError, match="alias 'champion' is at version '3' in the registry and at '2'"
    ):
        registry.import_mlflow(store.uri)


def test_15_19_mlflow_finds_what_was_imported(database: Filled, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    with ModelRegistry.local(tmp_path / "registry.db") as registry:
        registry.import_mlflow(database.uri)
    client = MlflowClient(
        tracking_uri=database.uri, registry_uri=f"model-registry://{tmp_path / 'registry.db'}"
    )
    before = database.client.get_model_version("fraud", "1")
    after = client.get_model_version_by_alias("fraud", "champion")
    for name in ("version", "source", "run_id", "description", "current_stage"):
        assert getattr(after, name) == getattr(before, name)
    assert before.tags.items() <= after.tags.items()


async def test_15_19_into_the_reference_server(database: Filled) -> None:
    with ReferenceServer() as reference:
        async with AsyncModelRegistry(reference.url, author="ann") as registry:
            assert (await registry.import_mlflow(database.uri)).total("created") == 11
            assert (await registry.import_mlflow(database.uri)).total("unchanged") == 11
            assert await registry.list_aliases("fraud") == {"champion": "1"}


def test_15_19_runs_in_another_store(database: Filled, tmp_path: Path, registry: ModelRegistry) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path / 'models.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.create_registered_model("fraud")
    client.create_model_version("fraud", "s3://models/fraud/1", run_id=database.run_id)
    assert registry.import_mlflow(uri).total("created") == 3
    assert registry.import_mlflow(uri, tracking=database.uri).counts["Metric", "created"] == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.db", "source: there is no file or folder 'nowhere.db'; give MLflow's database such as"),
        ("sqlite:///nowhere.db", "there is no SQLite file 'nowhere.db'"),
        ("sqlite://", "there is no SQLite file None"),
        ("other.db", "has no tables of MLflow"),
        ("text.txt", "cannot be opened: .*file is not a database"),
        ("folder", "is no folder of MLflow"),
        ("model-registry://localhost", "source is a model registry, not MLflow's store: use copy"),
        ("", "source must be a path or a URI, got ''"),
        (7, "source must be a path or a URI, got 7"),
    ],
)
def test_15_19_what_is_no_store(
    source: Any, message: str, tmp_path: Path, registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("no database " * 100)
    with ModelRegistry.local("other.db") as other:
        other.list_models().to_list()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StoreError, match=message):
        registry.import_mlflow(source)
    assert sorted(tmp_path.rglob("*")) == before


def test_15_19_a_server_that_does_not_run(registry: ModelRegistry) -> None:
    with pytest.raises(StoreError, match=r"there is no MLflow server at 'http://127\.0\.0\.1") as caught:
        registry.import_mlflow(f"http://ann:secret@127.0.0.1:{unused_port()}")
    assert "secret" not in str(caught.value)


def test_15_19_in_the_terminal(database: Filled, tmp_path: Path) -> None:
    cli = Cli(tmp_path, {"MODEL_REGISTRY_REGISTRY": str(tmp_path / "registry.db")})
    assert cli.json("import-mlflow", database.uri, "--dry-run")["changes"]
    assert not (tmp_path / "registry.db").exists()
    report = cli.json("import-mlflow", database.uri, "--model", "fraud")
    assert report["counts"]["ModelVersion"] == {"created": 3}
    assert cli.ok("models", "ls", "-o", "name") == "fraud\n"
    assert "3 model versions unchanged" in cli.ok("import-mlflow", database.uri, "--model", "fraud")
    missing = cli("import-mlflow", database.uri, "--model", "frau")
    assert missing.returncode == 3
    assert "no model 'frau'" in missing.stderr.splitlines()[-1]  # some releases of MLflow log above it
    assert "there is no file or folder" in cli.fails(2, "import-mlflow", "missing")
