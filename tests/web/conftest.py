"""Fixtures: pages of a registry with some models, and a visitor who opens them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from model_registry import ModelRegistry
from tests.support.backends import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECONDS = 30


@dataclass
class Visitor:
    """A browser without JavaScript: follows no links, keeps cookies."""

    url: str
    """The address of the site; that of `ui` has a key."""
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        origin, _, key = self.url.partition("/?")
        self.url = origin
        if key:
            assert self.get(f"/?{key}").status == 303

    def send(
        self, method: str, target: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=SECONDS)
        sent = {"Accept": "text/html", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, target, body, sent)
        received = connection.getresponse()
        found = Response(received.status, received.getheaders(), received.read().decode())
        connection.close()
        for name, value in found.raw_headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return found

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.send("GET", target, headers=headers)

    def post(self, target: str, page: Response, **fields: str) -> Response:
        """Send a form of a page."""
        token = re.search(r'name="csrf_token" value="(\w+)"', page.text)
        body = urlencode({"csrf_token": token[1] if token else "", **fields})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
        return self.send("POST", target, body, headers)


@dataclass
class Response:
    """What a visitor got."""

    status: int
    raw_headers: list[tuple[str, str]]
    text: str

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.raw_headers}

    def field(self, name: str) -> str:
        """Return the value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found, self.text
        return unescape(found[1])


@dataclass
class Site:
    """A registry that is served, with its pages."""

    server: Server
    registry: ModelRegistry

    @property
    def url(self) -> str:
        return self.server.url

    def visitor(self) -> Visitor:
        return Visitor(self.url)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A registry with some models and its pages."""
    yield from _serve(tmp_path_factory.mktemp("site"))


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    """A registry without models."""
    yield from _serve(tmp_path, fill=False)


@pytest.fixture
def closed_site(tmp_path: Path) -> Iterator[Site]:
    """A registry that requires a token."""
    tokens = tmp_path / "tokens"
    tokens.write_text("right-token\n")
    yield from _serve(tmp_path, "--token-file", str(tokens), token="right-token")


@pytest.fixture
def read_only_site(tmp_path: Path) -> Iterator[Site]:
    """A registry whose pages change nothing."""
    yield from _serve(tmp_path, "--ui-read-only")


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()


def _serve(folder: Path, *arguments: str, fill: bool = True, token: str | None = None) -> Iterator[Site]:
    server = Server(f"sqlite:///{folder / 'registry.db'}", *arguments)
    with ModelRegistry(server.url, author="ann", user_token=token) as registry:
        if fill:
            fill_registry(registry)
        yield Site(server, registry)
    assert server.stop() == 0


def fill_registry(registry: ModelRegistry) -> None:
    """Register models, versions, aliases and a service."""
    for number in range(4):
        registry.register(
            "fraud",
            f"1.{number}",
            f"s3://models/fraud/{number}/model.onnx",
            metrics={"accuracy": 0.9 + number / 100, "loss": 0.4 - number / 10},
            params={"depth": 4 + number, "booster": ("gbtree", "dart")[number % 2]},
            properties={"rows": 1000 * number, "nested": {"a": [1, {"b": 2}]}},
            model_format_name="onnx",
        )
    model = registry.get_model("fraud")
    model.description, model.owner = "Flags card payments", "payments"
    model.readme = "---\nlicense: mit\n---\n# Card\n\nA *card*.\n\n<b>bold</b>\n"
    registry.update(model)
    registry.set_alias("fraud", "champion", "1.2")
    registry.register("churn", "1.0", "https://ann:secret@models.example.org/churn.onnx?sig=secret")
    registry.register_environment("production")
    registry.register_service(
        "fraud-live", environment="production", model="fraud", version="1.2", runtime="mlserver"
    )
