"""One suite for the public client in all the variants that `tests/support/variants.py` lists.

Tests share the registries, so each gives its things names of its own: `unique` begins them.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.transport import retry
from tests.support.backends import Server
from tests.support.reference import ReferenceServer
from tests.support.variants import VARIANTS, Awaitable, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failed requests be repeated at once."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a registry on SQLite that runs for the whole session."""
    server = Server(str(tmp_path_factory.mktemp("sdk") / "registry.db"))
    yield server.url
    assert server.stop() == 0


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: Any) -> Iterator[str]:
    """Address of a registry on PostgreSQL that runs for the whole session."""
    server = Server(postgresql_server.new_database())
    yield server.url
    assert server.stop() == 0


@pytest.fixture(scope="session")
def reference_url() -> Iterator[str]:
    """Address of the stand-in for the reference server."""
    with ReferenceServer() as server:
        yield server.url


@pytest.fixture(scope="session", params=VARIANTS, ids=str)
def registry(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client, called like the asynchronous one."""
    variant: Variant = request.param
    kind = AsyncModelRegistry if variant.client == "async" else ModelRegistry
    if variant.where == "memory":
        client: Any = kind.local(author="ann")
    else:
        url = request.getfixturevalue(f"{variant.where}_url")
        client = kind(url, author="ann", api=variant.api)
    if isinstance(client, ModelRegistry):
        yield Awaitable(client)
        client.close()
    else:
        yield client
        asyncio.run(client.close())


@pytest.fixture
def unique() -> str:
    """A prefix for names and external ids that no other test has."""
    return f"test{next(_NUMBERS)}-"
