"""Answers of others than the registry: each is named for what it is, with a way out."""

from __future__ import annotations

import itertools

import pytest

from model_registry import ModelRegistryAPIClient, time_limit
from model_registry.exceptions import (
    ForbiddenError,
    InvalidRequestError,
    RegistryTimeoutError,
    RequestError,
    ServerError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from model_registry.types import Pager
from tests.support.servers import CannedServer, Received, Reply

HTML = {"Content-Type": "text/html; charset=utf-8"}
TEXT = {"Content-Type": "text/plain"}

ANSWERS = {
    "login page": (
        Reply(body=b"<!doctype html><title>Sign in to Dex</title>", headers=HTML),
        UnauthenticatedError,
        "login page: give a user_token",
    ),
    "redirect to a login": (
        Reply(status=302, body=b"", headers={"Location": "https://elsewhere.example.org/dex/auth?x=secret"}),
        UnauthenticatedError,
        r"elsewhere\.example\.org/dex/auth\. This is a login page",
    ),
    "mesh denial": (
        Reply(status=403, body=b"RBAC: access denied", headers=TEXT),
        ForbiddenError,
        "authorization policy",
    ),
    "expired token": (
        Reply(status=401, body=b"Jwt is expired", headers=TEXT),
        UnauthenticatedError,
        "token has expired",
    ),
    "unknown issuer": (
        Reply(status=401, body=b"Jwt issuer is not configured", headers=TEXT),
        UnauthenticatedError,
        "not one that this registry's mesh accepts",
    ),
    "bare 401": (Reply(status=401, body=b""), UnauthenticatedError, "valid user_token"),
    "plain HTTP on a TLS port": (
        Reply(status=400, body=b"Client sent an HTTP request to an HTTPS server.\n", headers=TEXT),
        UnexpectedResponseError,
        "Use https://",
    ),
    "another server": (
        Reply(status=404, body=b"<h1>Not Found</h1>", headers=HTML),
        UnexpectedResponseError,
        "host, port, base path",
    ),
    "a page": (
        Reply(body=b"<html>Welcome to nginx!</html>", headers=HTML),
        UnexpectedResponseError,
        "address of a model registry",
    ),
    "another API": (Reply({"status": "fine"}), UnexpectedResponseError, "Field required"),
    "no JSON": (Reply(body=b"\xff\xfe{"), UnexpectedResponseError, "no RegisteredModelList"),
    "empty": (Reply(body=b""), UnexpectedResponseError, "no RegisteredModelList"),
    "redirect": (
        Reply(status=302, body=b"", headers={"Location": "https://elsewhere.example.org/v1"}),
        UnexpectedResponseError,
        r"elsewhere\.example\.org",
    ),
    "refused": (
        Reply({"code": "Bad Request", "message": "no such order"}, 400),
        InvalidRequestError,
        "no such order",
    ),
}


@pytest.mark.parametrize(("reply", "kind", "words"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_an_answer_is_told_for_what_it_is(reply: Reply, kind: type[RequestError], words: str) -> None:
    with CannedServer() as server:
        server.reply = reply
        async with ModelRegistryAPIClient.insecure_connection("127.0.0.1", server.port) as client:
            with pytest.raises(kind, match=words) as caught:
                await client.get_registered_models()
    assert caught.value.status == reply.status
    assert caught.value.method == "GET"
    assert str(server.port) in str(caught.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"no healthy upstream", "Is the registry running"), (b"<h1>502 Bad Gateway</h1>", "proxy")],
)
async def test_a_proxy_without_registry_is_told(body: bytes, words: str) -> None:
    with CannedServer() as server:
        server.reply = Reply(status=503, body=body, headers={**TEXT, "Retry-After": "0"})
        async with ModelRegistryAPIClient.insecure_connection("127.0.0.1", server.port) as client:
            with pytest.raises(ServerError, match=words):
                await client.get_registered_models()
        assert len(server.requests) == 4, "it was tried again"


@pytest.mark.parametrize("after", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_wait_that_is_longer_than_the_deadline_is_not_begun(after: str) -> None:
    with CannedServer() as server:
        slow_down = {"code": "Too Many Requests", "message": "slow down"}
        server.reply = Reply(slow_down, 429, {"Retry-After": after})
        async with ModelRegistryAPIClient.insecure_connection("127.0.0.1", server.port) as client:
            with pytest.raises(RequestError, match="slow down") as caught:
                await client.get_registered_models()
        assert caught.value.retry_after > 3000
        assert len(server.requests) == 1


def only_v1alpha3(request: Received) -> Reply:
    if request.target.startswith("/api/model_registry/v1alpha3/"):
        return Reply({"items": [], "nextPageToken": "", "pageSize": 20, "size": 0})
    return Reply(status=404, body=b"404 page not found\n", headers=TEXT)


async def test_an_older_server_is_found_out_once() -> None:
    with CannedServer() as server:
        server.reply = only_v1alpha3
        async with ModelRegistryAPIClient.insecure_connection("127.0.0.1", server.port) as client:
            for _ in range(3):
                assert await client.get_registered_models() == []
    api_versions = [request.target.split("/")[3] for request in server.requests]
    assert api_versions == ["v1", "v1alpha3", "v1alpha3", "v1alpha3"]


async def test_a_limit_of_time_holds_across_attempts() -> None:
    with CannedServer() as server:
        server.reply = Reply({"code": "Service Unavailable", "message": "busy"}, 503, {"Retry-After": "0"})
        async with ModelRegistryAPIClient.connect(server.url, retries=10**6) as client:
            with time_limit(0.2), pytest.raises(RegistryTimeoutError, match=r"0\.2 seconds"):
                await client.get_registered_models()
    assert len(server.requests) > 1


async def test_a_limit_of_time_holds_across_the_pages_of_a_listing() -> None:
    pages = itertools.count(1)

    def endless(_: Received) -> Reply:
        return Reply({"items": [], "nextPageToken": str(next(pages)), "pageSize": 20, "size": 0})

    with CannedServer() as server:
        server.reply = endless
        async with ModelRegistryAPIClient.connect(server.url) as client:
            with time_limit(0.2), pytest.raises(RegistryTimeoutError, match=r"0\.2 seconds"):
                async for _ in Pager(client.get_registered_models):
                    pass
    assert len(server.requests) > 1
