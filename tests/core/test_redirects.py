"""Redirects are followed for reads on the same host, and proxies come from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import (
    InvalidArgumentError,
    RegistryConnectionError,
    RequestError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from model_registry.transport.proxies import proxy_for
from model_registry.types import RegisteredModel
from tests.support.servers import CannedServer, Received, Reply, unused_port

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = {"items": [], "size": 0, "pageSize": 20, "nextPageToken": ""}


def redirect(location: str, status: int = 302) -> Reply:
    return Reply(status=status, body=b"", headers={"Location": location})


def moved(location: str, status: int):
    """Redirect everything that is not there yet."""

    def reply(request: Received) -> Reply:
        return Reply(NOTHING) if request.target.startswith("/moved") else redirect(location, status)

    return reply


@pytest.fixture
def other() -> Iterator[CannedServer]:
    """A server on another port, which is another place."""
    with CannedServer() as server:
        server.reply = Reply(NOTHING)
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/moved/here?page=1#part", "{url}/moved"])
async def test_a_read_is_followed_on_the_same_host_with_its_token(canned: CannedServer, status, location):
    canned.reply = moved(location.format(url=canned.url), status)
    async with ModelRegistryAPIClient.connect(canned.url, token="secret") as client:
        assert await client.get_registered_models() == []
    assert [request.method for request in canned.requests] == ["GET", "GET"]
    assert {request.headers["authorization"] for request in canned.requests} == {"Bearer secret"}


@pytest.mark.parametrize(
    "elsewhere",
    ["{other}/moved", "//ann:secret@127.0.0.1:{port}/moved", "ftp://127.0.0.1:{port}/x", "http://[/moved"],
    ids=["another port", "with a password", "another scheme", "no address"],
)
async def test_nothing_is_sent_elsewhere(canned: CannedServer, other: CannedServer, elsewhere):
    canned.reply = redirect(elsewhere.format(other=other.url, port=canned.port))
    async with ModelRegistryAPIClient.connect(canned.url, token="secret") as client:
        with pytest.raises(UnexpectedResponseError, match="redirect") as caught:
            await client.get_registered_models()
    assert caught.value.status == 302
    assert "secret" not in str(caught.value)
    assert len(canned.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_write_is_never_redirected(canned: CannedServer, status):
    canned.reply = moved("/moved", status)
    async with ModelRegistryAPIClient.connect(canned.url) as client:
        with pytest.raises(RequestError):
            await client.upsert_registered_model(RegisteredModel("fraud"))
    assert [request.method for request in canned.requests] == ["POST"]


async def test_a_circle_ends(canned: CannedServer):
    canned.reply = redirect("/again")
    async with ModelRegistryAPIClient.connect(canned.url) as client:
        with pytest.raises(UnexpectedResponseError):
            await client.get_registered_models()
    assert len(canned.requests) == 6


async def test_a_redirect_to_a_login_page_says_so(canned: CannedServer):
    canned.reply = redirect("https://sso.example.org/dex/auth?state=secret")
    async with ModelRegistryAPIClient.connect(canned.url) as client:
        with pytest.raises(UnauthenticatedError, match=r"sso\.example\.org/dex/auth") as caught:
            await client.get_registered_models()
    assert "secret" not in str(caught.value)


async def test_a_proxy_of_the_environment_carries_requests(
    canned: CannedServer, monkeypatch: pytest.MonkeyPatch
):
    canned.reply = Reply(NOTHING)
    monkeypatch.setenv("HTTP_PROXY", f"http://ann:password@127.0.0.1:{canned.port}")
    async with ModelRegistryAPIClient.connect("http://registry.example.org:8080") as client:
        await client.get_registered_models()
    assert canned.requests[0].target.startswith("http://registry.example.org:8080/api/")
    assert canned.requests[0].headers["proxy-authorization"].startswith("Basic ")


async def test_no_proxy_connects_directly(canned: CannedServer, monkeypatch: pytest.MonkeyPatch):
    canned.reply = Reply(NOTHING)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,127.0.0.0/8")
    async with ModelRegistryAPIClient.connect(canned.url) as client:
        await client.get_registered_models()
    assert canned.requests[0].target.startswith("/api/")


async def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch):
    port = unused_port()
    monkeypatch.setenv("HTTP_PROXY", f"http://ann:password@127.0.0.1:{port}")
    async with ModelRegistryAPIClient.connect("http://registry.example.org") as client:
        with pytest.raises(RegistryConnectionError, match=f"proxy http://127.0.0.1:{port}") as caught:
            await client.get_registered_models()
    assert not caught.value.sent
    assert "password" not in str(caught.value)


async def test_a_proxy_that_refuses_a_tunnel_is_named(canned: CannedServer, monkeypatch: pytest.MonkeyPatch):
    canned.reply = Reply(status=407, body=b"who are you?")
    monkeypatch.setenv("HTTPS_PROXY", canned.url)
    async with ModelRegistryAPIClient.connect("https://registry.example.org") as client:
        with pytest.raises(RegistryConnectionError, match="returned 407") as caught:
            await client.get_registered_models()
    assert not caught.value.sent


@pytest.mark.parametrize(
    ("exempt", "url", "expected"),
    [
        ("", "http://registry.example.org:8080", "http://proxy:3128"),
        ("example.org", "http://registry.example.org:8080", None),
        (".svc,.cluster.local", "http://registry.kubeflow.svc.cluster.local:8080", None),
        ("registry.example.org:9000", "http://registry.example.org:8080", "http://proxy:3128"),
        ("registry.example.org:8080", "http://registry.example.org:8080", None),
        ("192.168.0.0/16", "http://192.168.7.1:8080", None),
        ("192.168.0.0/16", "http://192.169.7.1:8080", "http://proxy:3128"),
        ("::1", "http://[::1]:8080", None),
        ("*", "http://registry.example.org:8080", None),
    ],
)
def test_no_proxy_may_hold_names_and_networks(monkeypatch: pytest.MonkeyPatch, exempt, url, expected):
    monkeypatch.setenv("http_proxy", "proxy:3128")
    monkeypatch.setenv("no_proxy", exempt)
    assert proxy_for(url) == expected


def test_a_proxy_for_all_schemes_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    assert proxy_for("https://registry.example.org:443") == "http://proxy:3128"


async def test_a_kind_of_proxy_that_is_not_supported_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:password@proxy:1080")
    async with ModelRegistryAPIClient.connect("http://registry.example.org") as client:
        with pytest.raises(InvalidArgumentError, match="socks5://proxy:1080") as caught:
            await client.get_registered_models()
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "proxy", ["foo:bar", "http://ann:password@proxy:99999", "http://", "http://[::1", "http://proxy:0"]
)
async def test_15_10_a_proxy_that_is_not_valid_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str):
    monkeypatch.setenv("HTTP_PROXY", proxy)
    async with ModelRegistryAPIClient.connect("http://registry.example.org") as client:
        with pytest.raises(InvalidArgumentError, match=r"names the proxy .* for http: ") as caught:
            await client.get_registered_models()
    assert "password" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_15_10_a_proxy_whose_host_does_not_exist(monkeypatch: pytest.MonkeyPatch, scheme: str):
    monkeypatch.setenv(f"{scheme}_proxy", "http://proxy.invalid:3128")
    async with ModelRegistryAPIClient.connect(f"{scheme}://registry.example.org") as client:
        with pytest.raises(
            RegistryConnectionError, match=r"the proxy http://proxy\.invalid:3128 cannot be reached"
        ):
            await client.get_registered_models()
