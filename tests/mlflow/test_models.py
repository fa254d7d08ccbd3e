"""The functions of MLflow that training code calls: log, register and load a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

mlflow = pytest.importorskip("mlflow")
pytest.importorskip("mlflow.pyfunc", exc_type=ImportError)

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # those of MLflow, which are not about the registry
]


@pytest.fixture
def _mlflow_uris(registry_uri: str, tracking_uri: str) -> Iterator[None]:
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(registry_uri)
    yield
    mlflow.set_registry_uri(None)
    mlflow.set_tracking_uri(None)


def double(model_input: list[str]) -> list[str]:
    return [each * 2 for each in model_input]


@pytest.mark.usefixtures("_mlflow_uris")
def test_log_register_and_load(unique: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"{unique}double"
    experiment = mlflow.create_experiment(
        f"{unique}experiment", artifact_location=(tmp_path / "runs").as_uri()
    )
    with mlflow.start_run(experiment_id=experiment) as run:
        logged = mlflow.pyfunc.log_model(
            "model", python_model=double, registered_model_name=name, pip_requirements=[]
        )
    client = mlflow.MlflowClient()
    first = client.get_model_version(name, 1)
    assert first.run_id == run.info.run_id
    second = mlflow.register_model(logged.model_uri, name)
    assert second.version == 2
    client.set_registered_model_alias(name, "champion", 2)
    for uri in (f"models:/{name}/1", f"models:/{name}@champion", f"models:/{name}/latest"):
        assert mlflow.pyfunc.load_model(uri).predict(["ab"]) == ["abab"]
