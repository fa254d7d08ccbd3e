"""An S3 server, and what reaches it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from model_registry.storage import S3Store
from tests.support.s3_faults import faulty
from tests.support.s3_server import KEY, SECRET, boto, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.s3_faults import FaultyS3


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an S3 server."""
    with running(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def client(s3: str) -> Iterator[Any]:
    """The reference library, to see what is really there."""
    client = boto(s3)
    yield client
    client.close()


@pytest.fixture
def store(s3: str) -> S3Store:
    """With the owner's keys."""
    return S3Store(endpoint=s3, access_key_id=KEY, secret_access_key=SECRET)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


@pytest.fixture
def proxy(s3: str) -> Iterator[FaultyS3]:
    """A way to the server that breaks."""
    with faulty(s3) as proxy:
        yield proxy


@pytest.fixture
def broken(proxy: FaultyS3) -> S3Store:
    """With the owner's keys, by that way."""
    return S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET)
