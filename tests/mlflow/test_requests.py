"""How many requests MLflow's searches make: a number that does not grow with the results."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from model_registry.mlflow.lists import MOST_LISTS
from model_registry.transport.backend import Response
from model_registry.transport.http_backend import HTTPBackend
from model_registry.transport.in_process_backend import InProcessBackend

mlflow = pytest.importorskip("mlflow")
from mlflow.entities.model_registry import ModelVersion, RegisteredModel  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry import ModelRegistry
    from model_registry.transport.backend import Request

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")

MODELS = 12
VERSIONS = 3


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets of the requests to the registry."""
    targets: list[str] = []

    def counting(backend: type[HTTPBackend | InProcessBackend]) -> Callable[..., Any]:
        send = backend.send

        async def counted(self: Any, request: Request) -> Response:
            targets.append(request.target)
            return await send(self, request)

        return counted

    for backend in (HTTPBackend, InProcessBackend):
        monkeypatch.setattr(backend, "send", counting(backend))
    return targets


@pytest.fixture
def is_reference(request: pytest.FixtureRequest) -> bool:
    """Whether the registry is the stand-in for the reference server."""
    return bool(request.node.callspec.params["registry_uri"] == "reference")


@pytest.fixture
def foreign_models(registry_client: ModelRegistry, unique: str) -> str:
    """Models with versions that another program registered."""
    for model in range(MODELS):
        for number in range(VERSIONS):
            name, version = f"{unique}{model:02}", f"v{number}"
            registry_client.register(name, version, f"s3://bucket/{name}/{version}")
    return unique


def names_of(unique: str) -> str:
    return f"name LIKE '{unique}%'"


def test_19_a_page_of_versions_of_other_programs(
    mlflow_client: Any, foreign_models: str, requests: list[str]
) -> None:
    mlflow_client.search_model_versions(names_of(foreign_models), max_results=1)
    requests.clear()
    found = mlflow_client.search_model_versions(names_of(foreign_models))
    assert len(found) == MODELS * VERSIONS
    assert len(requests) <= 3
    assert {each.source for each in found} == {f"s3://bucket/{each.name}/{each.version}" for each in found}


def test_19_sources_of_a_page_are_read_together(
    mlflow_client: Any, is_reference: bool, foreign_models: str, requests: list[str]
) -> None:
    found = mlflow_client.search_model_versions(names_of(foreign_models))
    requests.clear()
    assert found[3].source == f"s3://bucket/{found[3].name}/{found[3].version}"
    assert len(requests) == 1
    _ = [each.source for each in found]
    assert len(requests) == (MODELS * VERSIONS if is_reference else 2)  # 3 to the end, and 0 to 2


def test_19_a_page_of_models(
    mlflow_client: Any, is_reference: bool, foreign_models: str, requests: list[str]
) -> None:
    mlflow_client.search_registered_models(names_of(foreign_models), max_results=1)
    requests.clear()
    found = mlflow_client.search_registered_models(names_of(foreign_models))
    assert len(found) == MODELS
    assert len(requests) == 1
    latest = [[each.version for each in model.latest_versions] for model in found]
    assert latest == [[f"v{VERSIONS - 1}"]] * MODELS
    assert len(requests) == 1 + (2 * MODELS if is_reference else 2)
    assert MODELS <= MOST_LISTS


def test_latest_versions_behind_archived_ones(
    mlflow_client: Any, registry_client: ModelRegistry, unique: str
) -> None:
    for number in range(8):
        registry_client.register(f"{unique}fraud", f"v{number}", "s3://bucket/model")
    for number in range(1, 8):
        registry_client.archive(registry_client.get_version(f"{unique}fraud", f"v{number}"))
    (model,) = mlflow_client.search_registered_models(names_of(unique))
    assert [each.version for each in model.latest_versions] == ["v0"]


def test_lazy_entities_are_ordinary_ones(
    mlflow_client: Any, registry_client: ModelRegistry, unique: str
) -> None:
    registry_client.register(f"{unique}fraud", "v1", "s3://bucket/model")

    def search() -> tuple[Any, Any]:
        (version,) = mlflow_client.search_model_versions(names_of(unique))
        (model,) = mlflow_client.search_registered_models(names_of(unique))
        return version, model

    version, model = search()
    for use in (copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))):
        for entity in search():
            copied = use(entity)
            assert type(copied) is type(entity) in (ModelVersion, RegisteredModel)
            assert copied == entity
    assert repr(search()[0]) == repr(mlflow_client.get_model_version(f"{unique}fraud", "v1"))
    assert "latest_versions=[<ModelVersion: " in repr(search()[1])
    assert dict(version)["source"] == version.to_proto().source == "s3://bucket/model"
    assert model.to_proto().latest_versions[0].source == "s3://bucket/model"
    other = search()[1]
    other.latest_versions = []
    assert (other.latest_versions, type(other)) == ([], RegisteredModel)


def test_errors_of_lazy_entities_are_those_of_mlflow(
    mlflow_client: Any, registry_client: ModelRegistry, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry_client.register(f"{unique}fraud", "v1", "s3://bucket/model")
    (version,) = mlflow_client.search_model_versions(names_of(unique))

    async def refuse(_self: Any, request: Request) -> Response:
        return Response(request, "the registry", 403, {}, b"{}")

    with monkeypatch.context() as refused:
        for backend in (HTTPBackend, InProcessBackend):
            refused.setattr(backend, "send", refuse)
        with pytest.raises(MlflowException) as raised:
            _ = version.source
    assert raised.value.error_code == "PERMISSION_DENIED"
    assert version.source == "s3://bucket/model"
