"""Tokens and headers with line breaks: what is around is removed, the rest is refused and not shown."""

from __future__ import annotations

import pytest

from model_registry.connection import Connection
from model_registry.exceptions import InvalidArgumentError, UnauthenticatedError
from model_registry.storage import HFStore, HTTPStore
from model_registry.transport import diagnosis
from model_registry.transport.backend import Request, Response

BUILD = {
    "token of HTTPStore": lambda text: HTTPStore(token=text),
    "headers of HTTPStore": lambda text: HTTPStore(headers={"X-Key": text}),
    "token of HFStore": lambda text: HFStore(token=text, endpoint="http://127.0.0.1:1"),
    "token of a connection": lambda text: Connection("http://127.0.0.1:1", token=text),
    "headers of a connection": lambda text: Connection("http://127.0.0.1:1", headers={"X-Key": text}),
}


@pytest.mark.parametrize("build", BUILD.values(), ids=BUILD)
@pytest.mark.parametrize("text", ["SEC\nRET", "SEC\r\nX: RET", "SEC\0RET", "SEC\x7fRET"])
def test_control_characters_within_are_refused(build, text):
    with pytest.raises(InvalidArgumentError) as error:
        build(text)
    assert "SEC" not in str(error.value)


@pytest.mark.parametrize("build", BUILD.values(), ids=BUILD)
def test_line_breaks_around_are_removed(build):
    build(" secret\r\n")


def test_what_is_sent():
    assert Connection("http://127.0.0.1:1", token=" secret\n").token == "secret"
    assert Connection("http://127.0.0.1:1", headers={"X-Key": " a b\r\n"}).headers == {"X-Key": "a b"}


def test_a_proxy_that_requires_a_login():
    request = Request("GET", "/api/x", {}, None)
    error = diagnosis.failure(Response(request, "http://registry.internal:8080/api/x", 407, {}, b""))
    assert isinstance(error, UnauthenticatedError)
    assert "A forward proxy requires a login" in str(error)
