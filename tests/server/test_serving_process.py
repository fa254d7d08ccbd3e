"""How `model-registry serve` starts, listens and ends."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import io
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme

from model_registry import cli
from model_registry.server.process import serve
from tests.support.backends import API, SECONDS, Client, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.postgresql import PostgreSQLServer

pytestmark = pytest.mark.slow

MODELS = f"{API}/registered_models"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_registry.cli", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, env=env)


def refusal(*arguments: str, **environment: str) -> str:
    """The one line with which the command refuses to serve."""
    ended = run("serve", "--db", ":memory:", "--port", "0", *arguments, **environment)
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    return ended.stderr.splitlines()[-1]


class HalfSent:
    """A request whose body is not complete yet. The server has begun to answer it."""

    def __init__(self, url: str, name: str) -> None:
        self._body = json.dumps({"name": name}).encode()
        address = urlsplit(url)
        assert address.hostname is not None
        self._socket = socket.create_connection((address.hostname, address.port or 0), timeout=SECONDS)
        about = "Host: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue"
        length = f"Content-Length: {len(self._body)}"
        head = f"POST {MODELS} HTTP/1.1\r\n{about}\r\n{length}\r\n\r\n"
        self._socket.sendall(head.encode())
        # The server says this when the application asks for the body.
        assert self._socket.recv(1000).startswith(b"HTTP/1.1 100 ")

    def finish(self) -> http.client.HTTPResponse:
        """Send the body, and read the answer."""
        self._socket.sendall(self._body)
        return self.answer()

    def answer(self) -> http.client.HTTPResponse:
        """Read the answer."""
        response = http.client.HTTPResponse(self._socket)
        response.begin()
        return response

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_has_begun_is_finished_before_the_end(tmp_path: Path, workers: str) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", workers)
    with contextlib.closing(HalfSent(server.url, "late")) as request:
        server.process.terminate()
        wait_until_nobody_listens(server.url)
        answer = request.finish()
        assert (answer.status, json.loads(answer.read())["name"]) == (201, "late")
    out, errors = server.process.communicate(timeout=SECONDS)
    assert (server.process.returncode, out) == (0, "")
    assert not re.search("ERROR|Traceback", errors)
    assert [one.name for one in tmp_path.iterdir()] == ["registry.db"]


def wait_until_nobody_listens(url: str) -> None:
    address = urlsplit(url)
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        for _ in range(SECONDS * 100):
            socket.create_connection((address.hostname or "", address.port or 0), timeout=SECONDS).close()
            time.sleep(0.01)
        raise AssertionError("the server still listens")


def test_a_request_that_takes_too_long_is_answered_503() -> None:
    server = Server(":memory:", "--request-timeout", "0.2")
    with contextlib.closing(HalfSent(server.url, "never")) as request:
        answer = request.answer()
        assert (answer.status, answer.headers["retry-after"], answer.headers["connection"]) == (
            503,
            "1",
            "close",
        )
        assert json.loads(answer.read()) == {
            "code": "Service Unavailable",
            "message": "the registry did not respond within 0.2 seconds; the change may still be made",
        }
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert Client(backend).get("/registered_models").json["size"] == 0
    assert server.stop() == 0


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_several_processes_serve_one_registry(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    in_postgresql = database == "postgresql"
    db = request.getfixturevalue("postgresql_db") if in_postgresql else str(tmp_path / "registry.db")
    server = Server(db, "--workers", "3")

    def make(number: int) -> int:
        # A connection each, so that every process gets some.
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            return Client(backend).post("/registered_models", {"name": f"m{number % 20}"}).status

    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        statuses = list(threads.map(make, range(60)))
    assert (statuses.count(201), statuses.count(409)) == (20, 40)
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert Client(backend).get("/registered_models").json["size"] == 20
    assert server.stop() == 0


def children_of(process: int) -> list[int]:
    """The processes that serve: those that another one has spawned."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in listed if b"spawn_main" in command_of(one)]


def command_of(process: str) -> bytes:
    """The command of a process; empty when the process has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def gone(process: int) -> bool:
    """Whether a process has ended, or has only to be noticed by whoever is its parent now."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def is_no_child(process: int, parent: int) -> bool:
    return process not in children_of(parent)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(SECONDS * 50):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to pass")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", "2")
    first, second = children_of(server.process.pid)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: len(set(children_of(server.process.pid)) - {first}) == 2)
    assert second in children_of(server.process.pid)
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        Client(backend).make("/registered_models", name="m")
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0
    assert errors.count(f"process {first} was ended by SIGKILL: starting another") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_13_05_a_process_that_dies_while_starting_is_tried_again(tmp_path: Path) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", "2")
    first, second = children_of(server.process.pid)
    os.kill(first, signal.SIGKILL)
    for _ in range(2):
        wait_for(lambda: len(set(children_of(server.process.pid)) - {first, second}) == 1)
        (starting,) = set(children_of(server.process.pid)) - {first, second}
        os.kill(starting, signal.SIGKILL)
        wait_for(partial(is_no_child, starting, server.process.pid))
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            assert backend.send("GET", "/readyz/health").status == 200
    wait_for(lambda: len(children_of(server.process.pid)) == 2)
    assert second in children_of(server.process.pid)
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0
    assert "trying again in 0.5 seconds" in errors
    assert "trying again in 1 seconds" in errors


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_13_05_a_process_that_dies_while_the_database_is_away_is_replaced_later(
    own_postgresql_server: PostgreSQLServer,
) -> None:
    server = Server(own_postgresql_server.new_database(), "--workers", "2")
    first, second = children_of(server.process.pid)
    own_postgresql_server.stop("immediate")
    os.kill(first, signal.SIGKILL)
    assert server.process.stderr is not None
    assert any("before it was ready: trying again" in line for line in server.process.stderr)
    own_postgresql_server.start()
    wait_for(lambda: len(children_of(server.process.pid)) == 2)
    assert second in children_of(server.process.pid)
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        wait_for(lambda: backend.send("GET", "/readyz/health").status == 200)
    assert server.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_no_process_outlives_the_first(tmp_path: Path) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", "2")
    processes = children_of(server.process.pid)
    server.process.kill()
    server.process.communicate(timeout=SECONDS)
    wait_for(lambda: all(map(gone, processes)))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_tls(tmp_path: Path, workers: str) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    files = ("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))
    server = Server(str(tmp_path / "registry.db"), *files, "--workers", workers)
    address = urlsplit(server.url)
    assert address.scheme == "https"
    context = ssl.create_default_context()
    authority.configure_trust(context)
    connection = http.client.HTTPSConnection(address.netloc, context=context, timeout=SECONDS)
    connection.request("GET", MODELS)
    assert connection.getresponse().status == 200
    connection.close()
    assert server.stop() == 0


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    one, other = (trustme.CA().issue_cert("127.0.0.1") for _ in range(2))
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    one.cert_chain_pems[0].write_to_path(cert)
    other.private_key_pem.write_to_path(key)
    wrong = refusal("--tls-cert", cert, "--tls-key", key)
    assert wrong.startswith(f"model-registry: cannot use {cert} and {key} for TLS (")
    missing = refusal("--tls-cert", f"{cert}.no")
    assert missing == f"model-registry: cannot read {cert}.no: No such file or directory"
    assert refusal("--tls-key", key) == "model-registry: --tls-key needs --tls-cert"


def test_addresses_that_cannot_be_listened_on() -> None:
    assert refusal("--host", "no.such.host.invalid").startswith(
        "model-registry: cannot listen on no.such.host.invalid port 0: "
    )
    assert "cannot listen on 203.0.113.1 port 0: " in refusal("--host", "203.0.113.1")


def test_token_files_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    assert refusal("--token-file", str(file)) == (
        f"model-registry: cannot read the token file {file}: No such file or directory"
    )
    for empty in (b" \n\n", b"# only a comment\n", b"\xef\xbb\xbf\r\n"):
        file.write_bytes(empty)
        assert "is empty" in refusal("--token-file", str(file))
    for data, reason in [
        (b"# team\n\nalice s3cret\n", "in line 3: "),
        (b"s3cret # of alice\n", "in line 1: "),
        (b"good\rs3\0cret\r", "in line 2: "),
        (b"s3cr\xc3\xa9t", "in line 1: "),
        ("s3cret\n".encode("utf-16"), "is UTF-16: save it as UTF-8"),
    ]:
        file.write_bytes(data)
        line = refusal("--token-file", str(file))
        assert reason in line
        assert str(file) in line
        assert "s3" not in line


def test_a_registry_in_memory_has_one_process() -> None:
    assert "a registry in memory can have only one process" in refusal("--workers", "2")


def test_who_is_open_to_all_is_warned(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("t")
    for arguments, warned in [
        ((), False),
        (("--host", "0.0.0.0"), True),
        (("--host", "0.0.0.0", "--token-file", str(tmp_path / "tokens")), False),
    ]:
        server = Server(":memory:", *arguments)
        server.process.terminate()
        _, errors = server.process.communicate(timeout=SECONDS)
        assert ("everyone who can reach 0.0.0.0 can read and change this registry" in errors) == warned


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("port", "http", "'http' is not a port: use 0 to 65535"),
        ("port", "65536", "'65536' is not a port: use 0 to 65535"),
        ("workers", "0", "'0' is not a positive number"),
        ("body-limit", "1k", "'1k' is not a positive number"),
        ("request-timeout", "nan", "'nan' is not a positive number of seconds"),
        ("log-format", "xml", "'xml' is not one of json, text"),
        (
            "alpha-sunset-date",
            "30.6.2027",
            "'30.6.2027' is not a date of the calendar: write it as 2027-06-30",
        ),
        (
            "alpha-sunset-date",
            "2027-02-30",
            "'2027-02-30' is not a date of the calendar: write it as 2027-06-30",
        ),
        (
            "cors-allowed-origins",
            "https://a.test,b.test",
            "'b.test' is not an origin: write it as https://dashboard.example.org",
        ),
        ("metrics", "maybe", "'maybe' is not yes or no"),
    ],
)
def test_values_that_cannot_be_right(option: str, value: str, complaint: str) -> None:
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as said:
        assert cli.main(["serve", f"--{option}", value]) == 2
        variable = f"MODEL_REGISTRY_SERVE_{option.upper().replace('-', '_')}"
        patch.setenv(variable, value)
        assert cli.main(["serve"]) == 2
    by_argument, by_variable = said.getvalue().splitlines()
    assert f"--{option}': {complaint} (" in by_argument
    assert f"{variable}: {complaint} (" in by_variable


def test_environment_variables_give_options_and_arguments_overrule_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tokens").write_text("t")
    for name, value in {
        "DB": "mysql://overruled",
        "PORT": "not a port, but overruled",
        "HOST": "localhost",
        "TOKEN_FILE": str(tmp_path / "tokens"),
        "METRICS": "yes",
        "LOG_FORMAT": "text",
    }.items():
        monkeypatch.setenv(f"MODEL_REGISTRY_SERVE_{name}", value)
    server = Server(":memory:")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert backend.send("GET", MODELS).status == 401
        answer = backend.send("GET", "/metrics", headers={"Authorization": "Bearer t"})
        assert (answer.status, answer.headers["content-type"]) == (
            200,
            "text/plain; version=0.0.4; charset=utf-8",
        )
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert "INFO 127.0.0.1 token-file GET /metrics 200 " in errors
    assert errors.splitlines()[-1].endswith(f" ms [{answer.headers['x-request-id']}]")


def test_13_threads_do_not_keep_the_event_loop_waiting_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.getswitchinterval()
    intervals: list[float] = []
    monkeypatch.setattr(serve._Server, "run", lambda *_, **__: intervals.append(sys.getswitchinterval()))
    with socket.socket() as listening:
        try:
            serve._work(lambda: None, {}, listening, (), 0, None, lambda: None)  # type: ignore[arg-type, return-value]
        finally:
            sys.setswitchinterval(before)
    assert intervals == [pytest.approx(0.001)]
