"""`model-registry ui`: any registry, on this machine (issue 18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistry
from tests.support.backends import Server
from tests.support.reference.serving import ReferenceServer
from tests.web.conftest import Visitor, fill_registry
from tests.web.ui import open_ui

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["local", "server", "reference"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A registry with some models: a file, a server, and the stand-in for the reference server."""
    if request.param == "local":
        path = str(tmp_path / "registry.db")
        with ModelRegistry.local(path, author="ann") as registry:
            fill_registry(registry)
        yield path
        return
    if request.param == "server":
        server = Server(f"sqlite:///{tmp_path / 'server.db'}")
        with ModelRegistry(server.url, author="ann") as registry:
            fill_registry(registry)
        yield server.url
        assert server.stop() == 0
        return
    with ReferenceServer(0) as reference:
        with ModelRegistry(reference.url, author="ann") as registry:
            fill_registry(registry)
        yield reference.url


def test_it_shows_and_changes_any_registry(address: str, tmp_path: Path) -> None:
    with open_ui("--registry", address, folder=tmp_path) as url:
        visitor = Visitor(url)
        models = visitor.get("/?q=card")
        assert models.status == 200
        assert "Flags card payments" in models.text
        assert "churn</bdi>" not in models.text
        target = models.text.split('href="/models/')[1].split('"')[0]
        page = visitor.get(f"/models/{target}")
        for text in ("accuracy over versions", "champion", "fraud-live"):
            assert text in page.text
        newest = page.text.split('href="/versions/')[1].split('"')[0]
        path = f"/versions/{newest}"
        assert "gbtree" in visitor.get(path).text or "dart" in visitor.get(path).text
        done = visitor.post(
            f"/models/{target}/aliases", visitor.get(path), alias="next", version="1.3", seen="", back=path
        )
        assert (done.status, done.headers["location"]) == (303, path)
        history = visitor.get(f"/models/{target}/aliases").text
        assert "next" in history
        assert visitor.get("/serving").status == 200
        assert visitor.get(f"{path}/manifest").status == 200


def test_other_names_for_this_machine_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with ModelRegistry.local(str(path)) as registry:
        registry.register("fraud", "1.0", "s3://b/m")
    with open_ui("--registry", str(path), folder=tmp_path) as url:
        visitor = Visitor(url)
        assert visitor.get("/", {"Host": "evil.example"}).status == 421
        assert visitor.get("/", {"Host": f"localhost:{url.rsplit(':', 1)[1]}"}).status == 200


def test_read_only(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with ModelRegistry.local(str(path)) as registry:
        registry.register("fraud", "1.0", "s3://b/m")
    with open_ui("--registry", str(path), "--read-only", folder=tmp_path) as url:
        assert 'method="post"' not in Visitor(url).get("/models/1").text


def test_a_token_that_the_registry_refuses_is_explained(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("right-token\n")
    server = Server(f"sqlite:///{tmp_path / 'server.db'}", "--token-file", str(tokens))
    with open_ui("--registry", server.url, folder=tmp_path) as url:
        page = Visitor(url).get("/")
        assert page.status == 401
        assert "MODEL_REGISTRY_TOKEN" in page.text
    assert server.stop() == 0


def test_a_registry_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="there is no registry"),
        open_ui("--registry", "missing.db", folder=tmp_path),
    ):
        pass
