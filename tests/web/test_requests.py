"""How many requests to the registry each page makes."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.connection import Connection
from model_registry.core import ModelRegistryAPIClient
from model_registry.server import create_app
from model_registry.server.http.asgi import call_application
from model_registry.transport.http_backend import HTTPBackend
from model_registry.types import ModelVersion
from model_registry.web.application import create_application
from model_registry.web.backend import ApplicationBackend
from model_registry.web.sessions import Sessions, new_key
from model_registry.web.site import Site
from tests.support.asgi import started
from tests.support.reference.serving import ReferenceServer
from tests.web.conftest import fill_registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from model_registry.transport.backend import Backend, Request, Response

MODELS = 30
VERSIONS = 30


class CountingBackend:
    """Counts requests."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.targets: list[str] = []

    async def send(self, request: Request) -> Response:
        self.targets.append(request.target)
        return await self._backend.send(request)

    async def close(self) -> None:
        await self._backend.close()


class Pages:
    """The pages of a registry, with the requests that each one makes."""

    def __init__(self, backend: Backend) -> None:
        self._backend = CountingBackend(backend)
        core = ModelRegistryAPIClient.over(self._backend, "the registry")
        self.registry = AsyncModelRegistry.over(core, author="ann")
        self._app = create_application(Site(self.registry, Sessions(new_key()), "registry"))

    async def get(self, target: str) -> tuple[str, int]:
        """Return the text of a page, and the number of its requests."""
        self._backend.targets.clear()
        status, _, body = await call_application(self._app, "GET", target, {}, None)
        assert status == 200, body
        return body.decode(), len(self._backend.targets)

    async def json(self, target: str) -> Any:
        return json.loads((await self.get(target))[0])


@pytest.fixture(scope="module")
def registry_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with more than a page of models and versions."""
    path = tmp_path_factory.mktemp("registry") / "registry.db"
    with ModelRegistry.local(path, author="ann") as registry:
        _fill(registry)
    return path


def _fill(registry: ModelRegistry) -> None:
    fill_registry(registry)
    for number in range(MODELS):
        registry.register(f"small-{number}", "1.0", "s3://b/m")
    registry.register("long", "0", "s3://b/m", metrics={"auc": 0.5})
    for number in range(1, VERSIONS):
        registry.register("long", str(number), "s3://b/m", metrics={"auc": 0.5 + number / 100})


@asynccontextmanager
async def own(path: Path) -> AsyncIterator[Pages]:
    app = create_app(str(path))
    async with started(app):
        pages = Pages(ApplicationBackend(app))
        await pages.get("/")  # shows which server it is
        yield pages
        await pages.registry.close()


@asynccontextmanager
async def foreign(reference: ReferenceServer) -> AsyncIterator[Pages]:
    pages = Pages(HTTPBackend(Connection.to(reference.url)))
    await pages.get("/serving")
    yield pages
    await pages.registry.close()


async def _targets(pages: Pages) -> dict[str, str]:
    fraud, long = [await pages.registry.get_model(name) for name in ("fraud", "long")]
    versions = [each.id async for each in pages.registry.list_versions(long, page_size=6, descending=True)][
        :6
    ]
    shown = await pages.registry.get_version("fraud", "1.2")
    return {
        "models": "/",
        "search": "/?q=card",
        "filter": "/?filter=owner%20%3D%20%27payments%27",
        "model": f"/models/{fraud.id}",
        "long model": f"/models/{long.id}",
        "lineage": f"/models/{long.id}/lineage",
        "version": f"/versions/{shown.id}",
        "aliases": f"/models/{fraud.id}/aliases",
        "compare": "/compare?" + "&".join(f"v={each}" for each in versions),
        "serving": "/serving",
    }


async def test_at_most_five_requests_for_each_page(registry_file: Path) -> None:
    async with own(registry_file) as pages:
        targets = await _targets(pages)
        counts = {name: (await pages.get(target))[1] for name, target in targets.items()}
        listed = await pages.json("/models.json")
    assert {each["name"]: each["versions"] for each in listed["models"]}["long"] == str(VERSIONS)
    assert counts == {
        "models": 3,
        "search": 3,
        "filter": 3,
        "model": 5,
        "long model": 5,
        "lineage": 5,
        "version": 5,
        "aliases": 2,
        "compare": 3,
        "serving": 4,
    }


async def test_other_registries_get_a_request_for_each_version_that_has_metrics_on_the_page() -> None:
    with ReferenceServer(0) as reference:
        with ModelRegistry(reference.url, author="ann") as registry:
            _fill(registry)
        async with foreign(reference) as pages:
            targets = await _targets(pages)
            await pages.get(targets["model"])  # shows whether the registry obeys filters on services
            counts = {name: (await pages.get(target))[1] for name, target in targets.items()}
            models = await pages.json("/models.json")
            text, _ = await pages.get("/?sort=updated")
            long = await pages.json(f"{targets['long model']}.json")
    assert "By name" not in text
    assert "Last changed first" not in text
    assert len(models["models"]) == 25
    # A look-up that finds nothing asks this server, too, whether its database is away.
    assert counts == {
        "models": 2,
        "search": 2,
        "filter": 2,
        "model": 5 + 4,
        "long model": 4 + 25,
        "lineage": 4 + 25,
        "version": 6,
        "aliases": 2,
        "compare": 2 + 6,
        "serving": 4,
    }
    assert {each["name"]: each["versions"] for each in models["models"]}["long"] == str(VERSIONS)
    assert [each["numbers"]["auc"] > 0.5 for each in long["versions"]] == [True] * 25


async def test_models_with_many_versions_do_not_hide_the_latest_of_others() -> None:
    with ReferenceServer(0) as reference:
        async with foreign(reference) as pages:
            await pages.registry.register("first", "1", "s3://b/m")
            long = (await pages.registry.register("long", "0", "s3://b/m")).model
            for number in range(1, 250):
                await pages.registry.core.upsert_model_version(
                    ModelVersion(name=str(number), author="ann"), long.id or ""
                )
            listed = {each["name"]: each for each in (await pages.json("/models.json"))["models"]}
            _, requests = await pages.get("/")
    assert requests == 3, "one for the models, and two for their versions"
    assert listed["first"]["versions"] == "1"
    assert listed["first"]["latest"]["name"] == "1"
    assert listed["long"]["versions"] == "200+"
    assert listed["long"]["latest"]["name"] == "249"
