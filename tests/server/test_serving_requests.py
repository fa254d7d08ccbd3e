"""What `model-registry serve` puts around every request: tokens, origins, ids, log, and the older address."""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.backends import API, SECONDS, Response, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODELS = f"{API}/registered_models"
ORIGIN = "https://dashboard.example.org"
TOKENS = ("first-token", "second-token")


@pytest.fixture(scope="module")
def token_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secrets") / "tokens"
    file.write_text("\n".join(TOKENS) + "\n")
    return file


@pytest.fixture(scope="module")
def server(token_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A registry with every option that concerns requests."""
    server = Server(
        str(tmp_path_factory.mktemp("served") / "registry.db"),
        *("--token-file", str(token_file)),
        *("--cors-allowed-origins", f"{ORIGIN},http://localhost:3000"),
        *("--alpha-sunset-date", "2027-06-30"),
        *("--log-format", "json"),
        *("--body-limit", "1000"),
    )
    yield server
    assert server.stop() == 0


@pytest.fixture
def backend(server: Server) -> Iterator[SyncHTTPBackend]:
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        yield backend


def bearer(token: str = TOKENS[0], **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **headers}


def log_line(server: Server, answer: Response) -> dict[str, object]:
    """What the log says of an answered request."""
    assert server.process.stderr is not None
    for text in server.process.stderr:
        line: dict[str, object] = json.loads(text)
        if line.get("request_id") == answer.headers["x-request-id"]:
            return line
    raise AssertionError("the log ended")


@pytest.mark.parametrize("authorization", [*(f"Bearer {one}" for one in TOKENS), f"bEaReR  {TOKENS[1]}"])
def test_each_token_of_the_file_is_good(backend: SyncHTTPBackend, authorization: str) -> None:
    assert backend.send("GET", MODELS, headers={"Authorization": authorization}).status == 200


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, 'Bearer realm="model-registry"'),
        ("Basic Zmlyc3QtdG9rZW4=", 'Bearer realm="model-registry"'),
        (TOKENS[0], 'Bearer realm="model-registry"'),
        ("Bearer", 'Bearer realm="model-registry", error="invalid_token"'),
        ("Bearer wrong", 'Bearer realm="model-registry", error="invalid_token"'),
        (f"Bearer {TOKENS[0]}x", 'Bearer realm="model-registry", error="invalid_token"'),
        (f"Bearer {TOKENS[0]} {TOKENS[1]}", 'Bearer realm="model-registry", error="invalid_token"'),
        ("Bearer \xff", 'Bearer realm="model-registry", error="invalid_token"'),
    ],
)
def test_without_a_good_token_nothing_is_answered(
    backend: SyncHTTPBackend, authorization: str | None, challenge: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, target in [("GET", MODELS), ("POST", MODELS), ("GET", "/openapi.json"), ("GET", "/nowhere")]:
        answer = backend.send(method, target, b"{}" if method == "POST" else None, headers)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, challenge)
        assert answer.json["code"] == "Unauthorized"
        assert (
            authorization is None or authorization.split()[-1] not in answer.message or len(authorization) < 8
        )


@pytest.mark.parametrize("path", ["/readyz/isDirty", "/readyz/health", f"{API}/readyz/health?format=json"])
def test_readiness_needs_no_token(backend: SyncHTTPBackend, path: str) -> None:
    assert backend.send("GET", path).status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{MODELS}?/readyz/health",
        f"{MODELS}%3F/readyz/health/",
        f"{MODELS}/1%2Freadyz%2Fhealth",
        f"{MODELS}/readyz/health%2F",
    ],
)
def test_what_only_looks_like_readiness_needs_one(backend: SyncHTTPBackend, path: str) -> None:
    assert backend.send("GET", path).status == 401


def test_only_the_tokens_of_a_file_are_tokens(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(b"\xef\xbb\xbf# team alice, since 2026\r\n\r\n  first-token\t\r\n\t#second\r\nb#c\r\n")
    server = Server(":memory:", "--token-file", str(file))
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        for token in ("first-token", "b#c"):
            assert backend.send("GET", MODELS, headers=bearer(token)).status == 200
        for word in ("#", "team", "alice,", "since", "2026", "#second", "second", "\xef\xbb\xbf#", "b"):
            assert backend.send("GET", MODELS, headers=bearer(word)).status == 401, word
        file.write_text("first token\n")
        assert backend.send("GET", MODELS, headers=bearer("first-token")).status == 503
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert "in line 1: write one token per line" in errors
    assert "first" not in errors


def test_the_token_file_is_read_anew_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("old")
    server = Server(":memory:", "--token-file", str(file))
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert backend.send("GET", MODELS, headers=bearer("old")).status == 200
        file.write_text("newer")
        assert backend.send("GET", MODELS, headers=bearer("old")).status == 401
        assert backend.send("GET", MODELS, headers=bearer("newer")).status == 200
        # As Kubernetes replaces secrets, and with neither size nor time to tell the files apart.
        before = file.stat()
        (tmp_path / "next").write_text("third")
        os.utime(tmp_path / "next", ns=(before.st_atime_ns, before.st_mtime_ns))
        (tmp_path / "next").replace(file)
        assert backend.send("GET", MODELS, headers=bearer("newer")).status == 401
        assert backend.send("GET", MODELS, headers=bearer("third")).status == 200
        file.unlink()
        answer = backend.send("GET", MODELS, headers=bearer("third"))
        assert (answer.status, answer.message) == (
            503,
            "the registry cannot check tokens now: see its log",
        )
        assert backend.send("GET", "/readyz/health").status == 200
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert f"cannot read the token file {file}: No such file or directory" in errors
    assert "third" not in errors


def test_a_preflight_request_needs_no_token(backend: SyncHTTPBackend) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type, x-csrf-token",
    }
    answer = backend.send("OPTIONS", MODELS, headers=asked)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, PATCH, DELETE"
    assert answer.headers["access-control-max-age"] == "300"
    assert {"Accept", "Authorization", "Content-Type", "X-CSRF-Token"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("headers", [bearer(), {}], ids=["200", "401"])
def test_pages_of_allowed_origins_may_read_answers(backend: SyncHTTPBackend, headers: dict[str, str]) -> None:
    answer = backend.send("GET", MODELS, headers={**headers, "Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "Link, Deprecation, Sunset"
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["https://dashboard.example.org.evil.test", "http://localhost", "null", None]
)
def test_pages_of_others_may_not(backend: SyncHTTPBackend, origin: str | None) -> None:
    answer = backend.send("GET", MODELS, headers=bearer(**({"Origin": origin} if origin else {})))
    assert answer.status == (403 if origin else 200)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/registered_models", 200), ("GET", "/experiments", 404), ("DELETE", "/registered_models", 405)],
)
def test_the_older_address_says_that_it_will_go(
    backend: SyncHTTPBackend, method: str, path: str, status: int
) -> None:
    old = backend.send(method, f"{API}alpha3{path}", headers=bearer())
    assert old.status == status
    assert old.headers["deprecation"] == "true"
    assert old.headers["sunset"] == "Wed, 30 Jun 2027 00:00:00 GMT"
    assert old.headers["link"] == '</api/model_registry/v1/>; rel="successor-version"'
    new = backend.send(method, API + path, headers=bearer())
    assert not {"deprecation", "sunset", "link"} & set(new.headers)


def test_a_request_keeps_its_id(backend: SyncHTTPBackend) -> None:
    answer = backend.send("GET", MODELS, headers=bearer(**{"X-Request-Id": "job-7:a/b"}))
    assert answer.headers["x-request-id"] == "job-7:a/b"


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129, "a\xe9"])
def test_a_request_without_a_usable_id_gets_one(backend: SyncHTTPBackend, given: str | None) -> None:
    headers = bearer() if given is None else bearer(**{"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", backend.send("GET", MODELS, headers=headers).headers["x-request-id"])


def test_the_log_has_a_line_for_a_request(server: Server, backend: SyncHTTPBackend) -> None:
    answer = backend.send("GET", f"{MODELS}/12", headers=bearer())
    line = log_line(server, answer)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("time")))
    duration = line.pop("duration_ms")
    assert isinstance(duration, float)
    assert str(line.pop("message")).startswith(f"127.0.0.1 token-file GET {MODELS}/12 404 ")
    assert line == {
        "level": "info",
        "logger": "model_registry.server.access",
        "request_id": answer.headers["x-request-id"],
        "client": "127.0.0.1",
        "actor": "token-file",
        "method": "GET",
        "path": f"{MODELS}/12",
        "query": "",
        "status": 404,
        "operation": "getRegisteredModel",
    }


def test_the_log_keeps_secrets(server: Server, backend: SyncHTTPBackend) -> None:
    query = (
        "name=s3cret&filterQuery=owner%3D's3cret'&pageSize=2&orderBy=s3cret's&s3cret=1&s3cret&token=s3cret"
    )
    refused = backend.send("GET", f"{MODELS}?{query}", headers=bearer("s3cret"))
    assert refused.status == 401
    line = log_line(server, refused)
    assert line["query"] == "name=…&filterQuery=…&pageSize=2&orderBy=…&…&…&…"
    assert "s3cret" not in json.dumps(line)


def test_a_long_body_is_refused(backend: SyncHTTPBackend) -> None:
    answer = backend.send("POST", MODELS, json.dumps({"name": "x" * 1000}).encode(), bearer())
    assert (answer.status, answer.message) == (413, "the request body is longer than 1000 bytes")


def test_head_is_answered_like_get(backend: SyncHTTPBackend) -> None:
    for path in (MODELS, "/openapi.json", "/readyz/health"):
        shown, headed = (backend.send(method, path, headers=bearer()) for method in ("GET", "HEAD"))
        assert headed.data == b""
        assert headed.status == shown.status == 200
        assert headed.headers.get("content-type") == shown.headers["content-type"]
