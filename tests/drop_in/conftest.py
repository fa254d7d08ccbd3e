"""A registry with an address, and a server that sends canned responses."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.support.backends import Server
from tests.support.reference import ReferenceServer
from tests.support.servers import CannedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session", params=["sqlite", "reference"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a registry of the whole session: on SQLite, or the stand-in for the reference server."""
    if request.param == "reference":
        with ReferenceServer() as reference:
            yield reference.url
        return
    server = Server(str(tmp_path_factory.mktemp("drop-in") / "registry.db"))
    yield server.url
    assert server.stop() == 0


@pytest.fixture
def unique() -> str:
    """A prefix for names that no other test has."""
    return f"test{next(_NUMBERS)}-"


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    """A server that sends the responses that a test gives it."""
    with CannedServer() as server:
        yield server
