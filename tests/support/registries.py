"""Fixtures: a registry behind each backend and on each database, shared by most tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.backends import Client, open_backend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.backends import SyncBackend

REGISTRIES = [
    "http-sqlite",
    "inprocess-sqlite",
    "inprocess-memory",
    "http-postgresql",
    "inprocess-postgresql",
]


@pytest.fixture(scope="session", params=REGISTRIES)
def registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SyncBackend]:
    """A way to a registry that other tests use too."""
    way, _, database = request.param.partition("-")
    if database == "postgresql":
        db = request.getfixturevalue("postgresql_server").new_database()
    elif database == "memory":
        db = ":memory:"
    else:
        db = f"sqlite:///{tmp_path_factory.mktemp(request.param) / 'registry.db'}"
    with open_backend(way, db) as backend:
        yield backend


@pytest.fixture
def client(registry: SyncBackend) -> Client:
    """Requests to a registry that other tests use too."""
    return Client(registry)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each sort that a registry can use."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    db: str = request.getfixturevalue("postgresql_db")
    return db
