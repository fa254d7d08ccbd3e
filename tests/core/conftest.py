"""One suite for a registry over HTTP, one in this process, and the stand-in for the reference server.

All tests share the registries, so each gives its things names of its own.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.transport import retry
from model_registry.types import ModelVersion, RegisteredModel
from tests.support.backends import Server
from tests.support.clients import connect
from tests.support.reference import ReferenceServer
from tests.support.servers import CannedServer, Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failed requests be repeated at once."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a registry that runs for the whole session."""
    server = Server(str(tmp_path_factory.mktemp("served") / "registry.db"))
    yield server.url
    assert server.stop() == 0


@pytest.fixture(scope="session")
def in_process() -> Iterator[ModelRegistryAPIClient]:
    """A registry in memory, used from the event loops of all tests."""
    client = ModelRegistryAPIClient.local()
    yield client
    asyncio.run(client.close())


@pytest.fixture(scope="session")
def reference_url() -> Iterator[str]:
    """Address of the stand-in for the reference server."""
    with ReferenceServer() as server:
        yield server.url


@pytest.fixture(params=["http", "in-process", "reference"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[ModelRegistryAPIClient]:
    """A client of a registry, by either way."""
    if request.param == "in-process":
        yield request.getfixturevalue("in_process")
        return
    url = request.getfixturevalue("served" if request.param == "http" else "reference_url")
    async with connect(url) as client:
        yield client


@pytest.fixture
def unique() -> str:
    """A prefix for names and external ids that no other test has."""
    return f"test{next(_NUMBERS)}-"


@pytest.fixture
async def model(client: ModelRegistryAPIClient, unique: str) -> RegisteredModel:
    """A registered model."""
    return await client.upsert_registered_model(RegisteredModel(f"{unique}model", owner="ann"))


@pytest.fixture
async def version(client: ModelRegistryAPIClient, model: RegisteredModel) -> ModelVersion:
    """A version of the model."""
    return await client.upsert_model_version(ModelVersion("1.0", author="ann"), model.id)


@pytest.fixture
def proxy(served: str) -> Iterator[Proxy]:
    """A proxy before the served registry, which counts connections and remembers requests."""
    with Proxy(served) as proxy:
        yield proxy


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    """A server that answers as it is told, in the place of `model-registry serve`."""
    with CannedServer() as server:
        server.headers = {"X-Model-Registry": "python"}
        yield server


@pytest.fixture
async def canned_client(canned: CannedServer) -> AsyncIterator[ModelRegistryAPIClient]:
    """A client of that server."""
    async with connect(canned.url) as client:
        yield client


@pytest.fixture
async def recorded(proxy: Proxy) -> AsyncIterator[ModelRegistryAPIClient]:
    """A client of the served registry whose requests `proxy` remembers."""
    async with connect(proxy.url) as client:
        yield client
