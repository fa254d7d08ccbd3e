"""MLflow's store on a local file, on a server, and on the stand-in for the reference server."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.backends import Server
from tests.support.reference import ReferenceServer

pytest.importorskip("mlflow")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry import ModelRegistry

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session", params=["file", "server", "reference"])
def registry_uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The registry URI of a registry that the tests share."""
    folder = tmp_path_factory.mktemp("mlflow")
    if request.param == "file":
        yield f"model-registry://{folder / 'registry.db'}"
    elif request.param == "server":
        server = Server(str(folder / "registry.db"))
        yield f"model-registry+{server.url}"
        assert server.stop() == 0
    else:
        with ReferenceServer() as reference:
            yield f"model-registry+{reference.url}"


@pytest.fixture(scope="session")
def tracking_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URI of a tracking store that the tests share."""
    return f"sqlite:///{tmp_path_factory.mktemp('tracking') / 'mlflow.db'}"


@pytest.fixture
def mlflow_client(registry_uri: str, tracking_uri: str) -> Any:
    """MLflow's client."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=tracking_uri, registry_uri=registry_uri)


@pytest.fixture
def registry_client(registry_uri: str) -> Iterator[ModelRegistry]:
    """The client of this package, on the same registry."""
    from model_registry.mlflow.uris import open_registry

    with open_registry(registry_uri) as client:
        yield client


@pytest.fixture
def unique() -> str:
    """A prefix for names that no other test has."""
    return f"test{next(_NUMBERS)}-"
