"""Tokens that are texts, files and functions, and what happens when they change."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.connection.tokens import source_of
from model_registry.exceptions import InvalidArgumentError, RegistryTimeoutError, UnauthenticatedError
from tests.support.servers import CannedServer, Received, Reply

NOTHING = {"items": [], "size": 0, "pageSize": 20, "nextPageToken": ""}


def accepting(token: str):
    """Answer with an empty page who brings this token."""

    def reply(request: Received) -> Reply:
        if request.headers.get("authorization") == f"Bearer {token}":
            return Reply(NOTHING)
        return Reply({"code": "Unauthorized", "message": "token is expired"}, 401)

    return reply


def sent(server: CannedServer) -> list[str | None]:
    return [request.headers.get("authorization") for request in server.requests]


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("  first\n")
    return path


def replace(path: Path, text: str) -> None:
    """Put another file in its place, as Kubernetes does: same size and time, another inode."""
    replacement = path.with_name("new")
    replacement.write_text(text)
    os.utime(replacement, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    replacement.replace(path)


def write_unseen(path: Path, text: str) -> None:
    """Write into the same file within the clock's grain: its status shows no change."""
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


async def as_text() -> str:
    return "secret"


class Issuer:
    async def __call__(self) -> str:
        return "secret"


@pytest.mark.parametrize(
    "token",
    [" secret\n", lambda: "secret", as_text, lambda: as_text(), Issuer()],
    ids=["text", "function", "coroutine function", "function of a coroutine", "object"],
)
async def test_a_token_is_sent_with_every_request(canned: CannedServer, token):
    canned.reply = accepting("secret")
    async with ModelRegistryAPIClient.connect(canned.url, token=token) as client:
        await client.get_registered_models()
        await client.get_registered_models()
    assert sent(canned) == ["Bearer secret"] * 2


async def test_an_empty_token_means_none(canned: CannedServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_REGISTRY_TOKEN", "secret")
    canned.reply = Reply(NOTHING)
    async with ModelRegistryAPIClient.connect(canned.url, token="") as client:
        await client.get_registered_models()
    assert sent(canned) == [None]


async def test_a_file_is_read_again_only_when_it_changed(
    canned: CannedServer, token_file: Path, monkeypatch: pytest.MonkeyPatch
):
    reads = []
    read_text = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, **kw: reads.append(self) or read_text(self, **kw))
    canned.reply = Reply(NOTHING)
    async with ModelRegistryAPIClient.connect(canned.url, token=token_file) as client:
        await client.get_registered_models()
        await client.get_registered_models()
        assert reads.count(token_file) == 1
        replace(token_file, "  other\n")
        await client.get_registered_models()
    assert sent(canned) == ["Bearer first", "Bearer first", "Bearer other"]


@pytest.mark.parametrize("break_it", [Path.unlink, lambda path: path.write_text("")], ids=["gone", "empty"])
async def test_the_last_token_stays_in_use_while_its_file_cannot_be_read(
    canned: CannedServer, token_file: Path, break_it
):
    canned.reply = Reply(NOTHING)
    async with ModelRegistryAPIClient.connect(canned.url, token=token_file) as client:
        await client.get_registered_models()
        break_it(token_file)
        await client.get_registered_models()
    assert sent(canned) == ["Bearer first"] * 2


@pytest.mark.parametrize("break_it", [Path.unlink, lambda path: path.write_text("\n")], ids=["gone", "empty"])
async def test_a_file_that_never_held_a_token_is_named(canned: CannedServer, token_file: Path, break_it):
    async with ModelRegistryAPIClient.connect(canned.url, token=token_file) as client:
        break_it(token_file)
        with pytest.raises(UnauthenticatedError, match=str(token_file)) as caught:
            await client.get_registered_models()
    assert not caught.value.sent
    assert canned.requests == []


async def test_a_refused_call_is_repeated_once_with_a_newer_token(canned: CannedServer, token_file: Path):
    def rotate(request: Received) -> Reply:
        if len(canned.requests) == 1:
            write_unseen(token_file, "  later\n")
        return accepting("later")(request)

    canned.reply = rotate
    async with ModelRegistryAPIClient.connect(canned.url, token=token_file) as client:
        await client.get_registered_models()
    assert sent(canned) == ["Bearer first", "Bearer later"]


async def test_a_call_is_repeated_no_more_than_once(canned: CannedServer):
    numbers = iter(range(100))
    canned.reply = accepting("none of them")
    async with ModelRegistryAPIClient.connect(canned.url, token=lambda: f"token-{next(numbers)}") as client:
        with pytest.raises(UnauthenticatedError):
            await client.get_registered_models()
    assert sent(canned) == ["Bearer token-0", "Bearer token-1"]


async def test_a_refused_token_is_not_sent_again(canned: CannedServer):
    canned.reply = accepting("another")
    async with ModelRegistryAPIClient.connect(canned.url, token="secret") as client:
        with pytest.raises(UnauthenticatedError) as caught:
            await client.get_registered_models()
    assert sent(canned) == ["Bearer secret"]
    assert "secret" not in str(caught.value)


async def test_a_function_that_never_answers_ends_with_the_call(canned: CannedServer):
    async def never() -> str:
        await asyncio.Event().wait()
        raise AssertionError

    async with ModelRegistryAPIClient.connect(canned.url, token=never, total_timeout=0.05) as client:
        with pytest.raises(RegistryTimeoutError) as caught:
            await client.get_registered_models()
    assert not caught.value.sent
    assert canned.requests == []


@pytest.mark.parametrize(
    ("returned", "kind"),
    [("", UnauthenticatedError), (None, InvalidArgumentError), ("two\nlines", InvalidArgumentError)],
)
async def test_what_a_function_returns_is_checked(canned: CannedServer, returned, kind):
    async with ModelRegistryAPIClient.connect(canned.url, token=lambda: returned) as client:
        with pytest.raises(kind, match="token function"):
            await client.get_registered_models()
    assert canned.requests == []


async def test_what_a_function_raises_reaches_the_caller(canned: CannedServer):
    def broken() -> str:
        raise KeyError("no such secret")

    async with ModelRegistryAPIClient.connect(canned.url, token=broken) as client:
        with pytest.raises(KeyError, match="no such secret"):
            await client.get_registered_models()


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("two words", "characters"),
        ("naïve", "characters"),
        (Path("no/such/file"), "no token file"),
        (5, "not a int"),
    ],
)
def test_what_can_be_no_token_is_refused_at_once(token, words):
    with pytest.raises(InvalidArgumentError, match=words) as caught:
        ModelRegistryAPIClient.connect("localhost", token=token)
    assert "two words" not in str(caught.value)


async def test_own_headers_and_an_auth_function_are_sent(canned: CannedServer):
    asked = []

    def sign(method: str, url: str) -> dict[str, str]:
        asked.append((method, url))
        return {"x-signature": f"{method} signed"}

    canned.reply = Reply(NOTHING)
    async with ModelRegistryAPIClient.connect(
        canned.url, headers={"Kubeflow-UserId": "ann@example.org", "USER-AGENT": "mine"}, auth=sign
    ) as client:
        await client.get_registered_models()
    headers = canned.requests[0].headers
    assert headers["kubeflow-userid"] == "ann@example.org"
    assert headers["user-agent"] == "mine"
    assert headers["x-signature"] == "GET signed"
    assert asked == [("GET", canned.url + canned.requests[0].target)]


async def test_an_auth_function_may_be_asynchronous_and_replaces_the_token(canned: CannedServer):
    async def basic(_method: str, _url: str) -> dict[str, str]:
        return {"Authorization": "Basic YTpi"}

    canned.reply = Reply(NOTHING)
    async with ModelRegistryAPIClient.connect(canned.url, token="secret", auth=basic) as client:
        await client.get_registered_models()
    assert sent(canned) == ["Basic YTpi"]


@pytest.mark.parametrize("returned", [{"a\nb": "c"}, {"a": "b\r\nc: d"}, None, {"Host": "x"}])
async def test_what_auth_returns_is_checked(canned: CannedServer, returned):
    async with ModelRegistryAPIClient.connect(canned.url, auth=lambda _method, _url: returned) as client:
        with pytest.raises(InvalidArgumentError, match="what auth returned"):
            await client.get_registered_models()
    assert canned.requests == []


async def test_netrc_neither_adds_a_password_nor_breaks_a_token(
    canned: CannedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    canned.reply = Reply(NOTHING)
    for token in ("secret", ""):
        async with ModelRegistryAPIClient.connect(canned.url, token=token) as client:
            await client.get_registered_models()
    assert sent(canned) == ["Bearer secret", None]


async def test_a_byte_order_mark_is_no_part_of_a_token(tmp_path: Path):
    path = tmp_path / "token"
    path.write_bytes(b"\xef\xbb\xbfsecret\r\n")
    assert await source_of(path).current() == "secret"
