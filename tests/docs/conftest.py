"""Registries for the pages that connect to one."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.support.backends import Server
from tests.support.oci_registry import oci_registry  # noqa: F401  # a fixture
from tests.support.range_server import RangeServer
from tests.support.s3_server import KEY, SECRET, running
from tests.support.servers import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """URL of an empty registry that `model-registry serve` runs."""
    server = Server(str(tmp_path / "served.db"))
    yield server.url
    assert server.stop() == 0


@pytest.fixture
def web_files() -> Iterator[str]:
    """URL of a web server that has a model."""
    with RangeServer() as server:
        server.files["fraud/1/model.onnx"] = b"weights" * 1000
        yield server.url


@pytest.fixture
def s3_files(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of an S3 server with an empty bucket `models`, whose keys are in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with running(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def served_over_tls(served: str, tmp_path: Path) -> Iterator[str]:
    """URL of a TLS proxy before it, whose authority is the file `my-authority.pem` beside the registry."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "my-authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with TLSProxy(served, context) as proxy:
        yield proxy.url


class TLSProxy(Proxy):
    """A proxy that speaks TLS with its clients."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        super().__init__(url)
        self._tls = tls
