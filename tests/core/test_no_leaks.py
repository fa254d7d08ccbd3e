"""No exception of the libraries below gets out of the client."""

from __future__ import annotations

import inspect
import ssl
from types import SimpleNamespace
from typing import Any

import aiohttp
import pydantic
import pydantic_core
import pytest

import mr_openapi.exceptions
from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import InvalidArgumentError, ModelRegistryError, RequestError
from model_registry.types import RegisteredModel
from tests.support.servers import CannedServer, Reply

URL = "http://registry.example.org/"


def exceptions_of(package: Any) -> list[type[Exception]]:
    """Every exception class that a package offers."""
    classes = {
        value
        for value in (getattr(package, name, None) for name in dir(package))
        if inspect.isclass(value) and issubclass(value, Exception) and not issubclass(value, Warning)
    }
    return sorted(classes, key=lambda kind: kind.__qualname__)


def raised_by_a_request(kind: type[Exception]) -> bool:
    """Leave out what belongs to aiohttp's server, websockets, or to reading of one's own."""
    return issubclass(kind, aiohttp.ClientError)


def instance(kind: type[Exception]) -> Exception:
    """Make an exception with whatever its constructor wants."""
    info = aiohttp.RequestInfo(aiohttp.client.URL(URL), "GET", {}, aiohttp.client.URL(URL))  # type: ignore[arg-type]
    key = SimpleNamespace(host="registry.example.org", port=80, is_ssl=False, ssl=True)
    certificate = ssl.SSLCertVerificationError(1, "certificate verify failed")
    for arguments in (
        (key, OSError(111, "refused")),
        (key, certificate),
        ("/socket", key, OSError(111, "refused")),
        (b"expected", b"got", "host", 80),
        (info, ()),
        (aiohttp.client.URL(URL),),
        ("broken",),
        (),
    ):
        try:
            made = kind(*arguments)
            str(made)
        except (TypeError, AttributeError, ValueError):
            continue
        return made
    raise AssertionError(f"no way to make a {kind.__name__}")


@pytest.mark.parametrize(
    "kind",
    [kind for kind in exceptions_of(aiohttp) if raised_by_a_request(kind)],
    ids=lambda kind: kind.__name__,
)
async def test_what_aiohttp_raises_is_told_as_ours(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise instance(kind)

    async with ModelRegistryAPIClient.connect("http://127.0.0.1:9", retries=0) as client:
        monkeypatch.setattr(aiohttp.ClientSession, "request", broken)
        with pytest.raises(RequestError):
            await client.get_registered_models()


def test_the_walk_over_aiohttp_finds_its_exceptions() -> None:
    names = {kind.__name__ for kind in exceptions_of(aiohttp) if raised_by_a_request(kind)}
    assert {"ClientConnectorError", "ClientPayloadError", "ServerDisconnectedError"} <= names
    assert len(names) > 15


BODIES = [
    b"",
    b"null",
    b"[]",
    b"1",
    b'"x"',
    b"{",
    b'{"items": 5}',
    b'{"items": [{"name": 5}]}',
    b"\xff",
    b"{}" * 2,
]


@pytest.mark.parametrize("body", BODIES)
async def test_what_pydantic_refuses_is_told_as_ours(body: bytes) -> None:
    with CannedServer() as server:
        server.reply = Reply(body=body)
        async with ModelRegistryAPIClient.connect(server.url) as client:
            for call in (
                client.get_registered_models,
                client.get_artifacts,
                lambda: client.get_registered_model_by_id("1"),
                lambda: client.get_artifact_by_id("1"),
                lambda: client.upsert_registered_model(RegisteredModel("x", id="1")),
            ):
                with pytest.raises(ModelRegistryError) as caught:
                    await call()
                foreign = (pydantic.ValidationError, pydantic_core.PydanticCustomError)
                assert not isinstance(caught.value, foreign)


@pytest.mark.parametrize("change", ["create", "update", "as_basemodel"])
def test_a_list_that_was_spoilt_in_place_is_refused_as_ours(change: str) -> None:
    model = RegisteredModel("fraud", tasks=["classification"])
    model.tasks.append(5)  # type: ignore[arg-type, union-attr]
    with pytest.raises(InvalidArgumentError, match="tasks"):
        getattr(model, change)()


WRONG: list[Any] = [
    5,
    b"x",
    ["1"],
    {"id": 1},
    1.5,
    True,
    object(),
    "",
    " ",
    "..",
    "a/b",
    "1;2",
    "\N{ARABIC-INDIC DIGIT ONE}",
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: repr(wrong).partition(" at 0x")[0])
async def test_what_mr_openapi_would_refuse_is_refused_before(wrong: object) -> None:
    """Whatever stands where an id belongs, nothing is sent and no error of the generated client is seen."""
    with CannedServer() as server:
        async with ModelRegistryAPIClient.connect(server.url) as client:
            for call in (
                client.get_registered_model_by_id,
                client.get_model_version_by_id,
                client.get_model_versions,
                client.get_model_artifact_by_id,
                client.get_artifact_by_id,
                client.get_model_version_artifacts,
                client.get_serving_environment_by_id,
                client.get_inference_service_by_id,
                client.get_serve_models,
                lambda value: client.upsert_registered_model(
                    RegisteredModel("x").model_copy(update={"id": value})
                ),
            ):
                with pytest.raises(InvalidArgumentError) as caught:
                    await call(wrong)  # type: ignore[operator]
                assert not isinstance(caught.value, mr_openapi.exceptions.OpenApiException)
        assert server.requests == []
