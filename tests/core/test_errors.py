"""Every failure is an error of ours that says what happened, and never the token."""

import asyncio
import copy
import pickle
import re
import traceback

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidRequestError,
    ModelRegistryError,
    NotFoundError,
    RegistryConnectionError,
    RequestError,
    ServerError,
    StoreError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from model_registry.types import ModelArtifact, RegisteredModel
from tests.support.servers import Reply, unused_port

TOKEN = "very-secret-token"  # not one
EMPTY_LIST = {"items": [], "size": 0, "pageSize": 20, "nextPageToken": ""}
AT_ONCE = {"Retry-After": "0", "X-Request-Id": "r-1"}

STATUSES = [
    (400, InvalidRequestError, ValueError),
    (401, UnauthenticatedError, PermissionError),
    (403, ForbiddenError, PermissionError),
    (404, NotFoundError, LookupError),
    (409, DuplicateError, ConflictError),
    (413, InvalidRequestError, ValueError),
    (422, InvalidRequestError, ValueError),
    (500, ServerError, StoreError),
    (501, ServerError, StoreError),
    (503, ServerError, StoreError),
]


@pytest.fixture
async def secret_client(canned):
    client = ModelRegistryAPIClient.insecure_connection(canned.url, canned.port, TOKEN)
    yield client
    await client.close()


async def failure(client):
    with pytest.raises(ModelRegistryError) as raised:
        await client.get_registered_models()
    return raised.value


def everything_shown(error):
    """What logs and tracebacks may show of an error and of those behind it."""
    shown = []
    while error is not None:
        shown += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        error = error.__cause__
    return "".join(shown)


@pytest.mark.parametrize(("status", "kind", "parent"), STATUSES)
async def test_status_becomes_a_class(canned, secret_client, status, kind, parent):
    canned.reply = Reply({"code": "x", "message": "the registry's own words"}, status, AT_ONCE)
    error = await failure(secret_client)
    assert type(error) is kind
    assert isinstance(error, parent)
    assert isinstance(error, RequestError)
    assert (error.status, error.method, error.request_id) == (status, "GET", "r-1")
    assert error.server_message == "the registry's own words"
    assert error.url.startswith(f"{canned.url}/api/model_registry/v1/registered_models")
    assert "the registry's own words" in str(error)
    assert f"returned {status}" in str(error)
    assert TOKEN not in everything_shown(error)


async def test_404_is_none_only_where_something_was_looked_up(canned, canned_client):
    canned.reply = Reply({"code": "Not Found", "message": "no such thing"}, 404)
    assert await canned_client.get_registered_model_by_id("1") is None
    assert await canned_client.get_registered_model_by_params("m") is None
    with pytest.raises(NotFoundError):
        await canned_client.get_model_versions("1")
    with pytest.raises(NotFoundError):
        await canned_client.upsert_model_artifact(ModelArtifact(), "1")


@pytest.mark.parametrize(("status", "kind", "parent"), STATUSES)
async def test_errors_can_be_pickled_and_copied(canned, canned_client, status, kind, parent):
    canned.reply = Reply({"code": "x", "message": "words"}, status, AT_ONCE)
    error = await failure(canned_client)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)


GARBAGE = {
    "nothing": Reply(body=b""),
    "no JSON": Reply(body=b"\x00\xff\xfe garbage"),
    "half of JSON": Reply(body=b'{"items": ['),
    "HTML": Reply(body=b"<html><body>Welcome</body></html>", headers={"Content-Type": "text/html"}),
    "another JSON": Reply([1, 2]),
    "null": Reply(None),
    "wrong types": Reply({"items": [{"name": 5}], "nextPageToken": "", "pageSize": 0, "size": 1}),
    "too deep": Reply(body=b"[" * 100_000),
    "half of a surrogate pair": Reply(body=b'{"items": [{"name": "\\ud800"}], "nextPageToken": ""}'),
    "204": Reply(status=204, raw=b"HTTP/1.1 204 No Content\r\n\r\n"),
    "teapot": Reply({"code": "x", "message": "short and stout"}, 418),
    "redirect": Reply({}, 302, {"Location": "https://elsewhere.example.org/"}),
    "HTML for 404": Reply(status=404, body=b"<h1>404</h1>"),
    "text for 404": Reply(status=404, body=b"404 page not found"),
}


@pytest.mark.parametrize("reply", GARBAGE.values(), ids=GARBAGE.keys())
async def test_answers_that_are_not_the_registrys(canned, secret_client, reply):
    canned.reply = reply
    error = await failure(secret_client)
    assert isinstance(error, UnexpectedResponseError)
    assert error.method == "GET"
    assert canned.url in str(error)
    assert TOKEN not in everything_shown(error)


BROKEN = {
    "reset before the answer": Reply(raw=b""),
    "reset in the head": Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Le"),
    "reset in the body": Reply({"items": []}, cut_after=5),
    "wrong encoding": Reply({}, headers={"Content-Encoding": "gzip"}),
    "no HTTP": Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"),
    "no status": Reply(raw=b"HTTP/1.1 abc\r\n\r\n"),
    "endless header": Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
async def test_connections_that_break(canned, secret_client, reply):
    canned.reply = reply
    error = await failure(secret_client)
    assert isinstance(error, (RegistryConnectionError, UnexpectedResponseError))
    assert canned.url in str(error)
    assert ": ." not in str(error)
    assert TOKEN not in everything_shown(error)


async def test_a_port_that_nobody_listens_on():
    port = unused_port()
    async with ModelRegistryAPIClient.insecure_connection("127.0.0.1", port, TOKEN) as client:
        error = await failure(client)
    assert isinstance(error, RegistryConnectionError)
    assert isinstance(error, ConnectionError)
    assert f"127.0.0.1:{port}" in str(error)
    assert error.status is None
    assert TOKEN not in everything_shown(error)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "x" * 70, "-", "ü.invalid"])
async def test_hosts_that_do_not_exist(host):
    try:
        client = ModelRegistryAPIClient.insecure_connection(host, 8080)
    except InvalidArgumentError:
        return
    async with client:
        assert isinstance(await failure(client), RegistryConnectionError)


async def test_cancelling_a_call_is_no_error_of_ours(canned, canned_client):
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()

    def arrive(request):
        loop.call_soon_threadsafe(arrived.set)
        return Reply({}, 503, {"Retry-After": "30"})

    canned.reply = arrive
    task = asyncio.create_task(canned_client.get_registered_models())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.upsert_registered_model(spoiled(tasks=[5])), "tasks"),
        (lambda c: c.upsert_registered_model(spoiled(tasks=["\ud800"])), "tasks"),
        (lambda c: c.upsert_registered_model(spoiled(owner="\ud800")), "owner"),
        (lambda c: c.upsert_registered_model(spoiled(owner=5)), "owner"),
        (lambda c: c.upsert_registered_model(spoiled(id="1", owner=5)), "owner"),
    ],
)
async def test_objects_that_were_made_wrong_are_refused(canned, canned_client, call, said):
    with pytest.raises(InvalidArgumentError, match=said):
        await call(canned_client)
    assert canned.requests == []


def spoiled(**fields):
    """A model whose fields nobody checked."""
    return RegisteredModel.model_construct(
        name="m", **{"custom_properties": None, **fields}, _fields_set={"name", *fields}
    )


def test_the_token_is_in_no_representation():
    client = ModelRegistryAPIClient.insecure_connection("localhost", 8080, TOKEN)
    assert TOKEN not in repr(client) + str(client) + repr(client.connection) + str(client.connection)
    with pytest.raises(InvalidArgumentError) as raised:
        ModelRegistryAPIClient.insecure_connection("localhost", 8080, f"{TOKEN}\n{TOKEN}")
    assert TOKEN not in everything_shown(raised.value)
    with pytest.raises(InvalidArgumentError) as raised:
        ModelRegistryAPIClient.insecure_connection(f"http://ann:{TOKEN}@localhost", 8080)
    assert TOKEN not in str(raised.value) + repr(raised.value)


async def test_requests_are_logged_for_those_who_ask(canned, secret_client, caplog):
    replies = [Reply({"code": "x", "message": "busy"}, 503, AT_ONCE), Reply(EMPTY_LIST)]
    canned.reply = lambda _: replies.pop(0)
    with caplog.at_level("DEBUG", "model_registry"):
        await secret_client.get_registered_models()
    logged = [
        re.sub(r"\d+\.\d", "N", each.message) for each in caplog.records if each.name == "model_registry"
    ]
    assert [text.partition("?")[0] for text in logged] == ["GET /api/model_registry/v1/registered_models"] * 2
    assert [text.rpartition(": ")[2] for text in logged] == ["503 in N ms", "200 in N ms"]
    assert TOKEN not in caplog.text
