"""`model-registry ui`: any registry, on this machine."""

from __future__ import annotations

import tempfile
import webbrowser
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistry
from model_registry.web.opening import open_in_browser
from tests.support.backends import Server
from tests.support.reference.serving import ReferenceServer
from tests.web.conftest import Visitor, fill_registry
from tests.web.ui import open_ui

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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
        port = visitor.url.rpartition(":")[2]
        assert visitor.get("/", {"Host": "evil.example"}).status == 421
        assert visitor.get("/", {"Host": f"localhost:{port}"}).status == 200


def test_only_who_has_the_printed_address_can_open_the_pages(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    with ModelRegistry.local(str(path)) as registry:
        registry.register("fraud", "1.0", "s3://b/m")
    with open_ui("--registry", str(path), folder=tmp_path) as url:
        origin, _, key = url.partition("/?")
        stranger = Visitor(origin)
        for target in ("/", "/models.json", "/models/1", "/?key=", "/?key=wrong", "/static/x/style.css"):
            refused = stranger.get(target)
            assert refused.status == 403
            assert "fraud" not in refused.text
        assert stranger.send("POST", "/models/1/state", "state=ARCHIVED", FORM).status == 403
        assert stranger.cookies == {}
        opened = stranger.get(f"/models?q=fr%26a&{key}")
        assert (opened.status, opened.headers["location"]) == (303, "/models?q=fr%26a")
        assert Visitor(origin).get(f"//evil.example/?{key}").headers["location"] == "/evil.example/"
        cookie = opened.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert key.partition("=")[2] not in cookie
        assert "fraud" in stranger.get("/").text
        assert Visitor(url).get("/").status == 200  # the address opens another browser, too


def test_the_command_line_of_the_browser_has_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = open_in_browser("http://127.0.0.1:1/?key=secret&x=1")
    assert path is not None
    assert opened == [path.as_uri()]
    assert path.stat().st_mode & 0o77 == 0
    assert "http://127.0.0.1:1/?key=secret&amp;x=1" in path.read_text()
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert open_in_browser("http://127.0.0.1:1/?key=secret") is None
    assert list(tmp_path.iterdir()) == [path]


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
