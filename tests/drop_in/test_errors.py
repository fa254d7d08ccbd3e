"""Errors that programs for release 0.3 catch: those of the generated code and of the HTTP library."""

from __future__ import annotations

import asyncio
import pickle
import ssl
from http import HTTPStatus

import aiohttp
import pytest

import mr_openapi
from model_registry import ModelRegistry, exceptions
from mr_openapi import exceptions as generated
from tests.support.servers import Reply, unused_port

GENERATED = {
    400: generated.BadRequestException,
    401: generated.UnauthorizedException,
    403: generated.ForbiddenException,
    404: generated.NotFoundException,
    409: generated.ConflictException,
    422: generated.UnprocessableEntityException,
    500: generated.ServiceException,
    503: generated.ServiceException,
    418: generated.ApiException,
    302: generated.ApiException,
}


@pytest.fixture
def registry(canned):
    with ModelRegistry(canned.url, canned.port, author="ann", is_secure=False, retries=0) as client:
        yield client


def caught_by(kind, call):
    """Give what an `except` of this class catches; unlike `pytest.raises` it knows real bases only."""
    try:
        call()
    except kind as error:
        return error
    return pytest.fail("nothing was raised")


@pytest.mark.parametrize("status", GENERATED)
def test_row_2_errors_of_generated_code(canned, registry, status):
    secret = {"Set-Cookie": "session=secret", "Retry-After": "0"}
    canned.reply = Reply({"code": "x", "message": "words of the registry"}, status, secret)
    error = caught_by(GENERATED[status], lambda: list(registry.get_registered_models()))
    assert isinstance(error, mr_openapi.ApiException)
    assert isinstance(error, mr_openapi.OpenApiException)
    assert isinstance(error, exceptions.RequestError)
    assert error.status == status
    assert error.reason == HTTPStatus(status).phrase
    assert "words of the registry" in error.body
    assert error.data == {"code": "x", "message": "words of the registry"}
    assert error.headers["retry-after"] == "0"
    assert "secret" not in str(vars(error))
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, GENERATED[status])
    assert (again.status, again.reason, again.body) == (status, error.reason, error.body)


CONNECTION = [
    aiohttp.ClientError,
    aiohttp.ClientConnectionError,
    aiohttp.ClientConnectorError,
    aiohttp.ClientOSError,
    ConnectionError,
    OSError,
]


@pytest.mark.parametrize("kind", CONNECTION)
def test_row_2_nothing_listens(kind):
    port = unused_port()
    with ModelRegistry("http://127.0.0.1", port, author="ann", retries=0) as client:
        error = caught_by(kind, lambda: client.get_registered_model("fraud"))
    assert (error.host, error.port) == ("127.0.0.1", port)
    assert isinstance(error.os_error, ConnectionRefusedError)
    assert not isinstance(error, mr_openapi.ApiException)
    assert isinstance(pickle.loads(pickle.dumps(error)), kind)


@pytest.mark.parametrize("kind", [aiohttp.ClientConnectionError, aiohttp.ServerDisconnectedError])
def test_row_2_the_connection_breaks(canned, registry, kind):
    canned.reply = Reply(raw=b"")
    error = caught_by(kind, lambda: registry.get_registered_model("fraud"))
    assert type(error) is exceptions.RegistryConnectionError


def raise_(error):
    raise error


@pytest.mark.parametrize(
    ("error", "kinds"),
    [
        (
            exceptions.RegistryTimeoutError,
            [
                aiohttp.ServerTimeoutError,
                aiohttp.ConnectionTimeoutError,
                aiohttp.SocketTimeoutError,
                asyncio.TimeoutError,
                TimeoutError,
            ],
        ),
        (
            exceptions.RegistryTLSError,
            [aiohttp.ClientSSLError, aiohttp.ClientConnectorSSLError, ssl.SSLError, *CONNECTION],
        ),
        (exceptions.DuplicateError, [generated.ConflictException]),
        (exceptions.StaleObjectError, [generated.ConflictException]),
        (exceptions.NotFoundError, [generated.NotFoundException, LookupError]),
    ],
)
def test_row_2_errors_without_a_request(error, kinds):
    class OfAProgram(error):
        """A subclass in a program."""

    for kind in kinds:
        for each in (error, OfAProgram):
            assert str(caught_by(kind, lambda each=each: raise_(each("what happened")))) == "what happened"


def test_row_2_values_and_tls_stay_apart():
    assert not isinstance(exceptions.RegistryTLSError("not trusted"), ValueError)
