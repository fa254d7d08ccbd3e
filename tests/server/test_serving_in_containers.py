"""What `model-registry serve` offers to Kubernetes, load balancers and proxies."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry.server.database.migrations import HEAD
from model_registry.server.process.start_log import is_safe_sqlite
from tests.support.backends import API, SECONDS, Client, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")


def get(server: Server, path: str, **headers: str) -> tuple[int, bytes]:
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        answer = backend.send(
            "GET", path, headers={key.replace("_", "-"): one for key, one in headers.items()}
        )
        return answer.status, answer.data


def ended(server: Server) -> list[str]:
    """End the server, and return the lines of its log."""
    server.process.terminate()
    _, errors = server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0
    return errors.splitlines()


def test_13_10_liveness_needs_neither_database_nor_token(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("t")
    db = tmp_path / "registry.db"
    server = Server(str(db), "--token-file", str(tmp_path / "tokens"))
    with contextlib.closing(sqlite3.connect(db)) as other:
        other.execute("DROP TABLE resource")
        other.commit()
    assert get(server, "/livez") == (200, b"OK")
    assert get(server, "/readyz/health")[0] == 503
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert backend.send("POST", "/livez").status == 405
    assert server.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_13_10_load_balancers_notice_the_end_before_it_comes(tmp_path: Path, workers: str) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", workers, "--shutdown-delay", "3")
    assert get(server, "/readyz/isDirty")[0] == 200
    started = time.monotonic()
    server.process.terminate()
    while get(server, "/readyz/isDirty") != (503, b"the registry is stopping"):
        assert time.monotonic() < started + 2
    assert get(server, "/livez")[0] == 200
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        Client(backend).make("/registered_models", name="late")
    server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0
    assert 2.9 < time.monotonic() - started < 8


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_13_10_a_second_signal_ends_the_delay(tmp_path: Path, workers: str) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", workers, "--shutdown-delay", "200")
    for _ in range(2):
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)  # signals that are pending together arrive as one
    server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0


@pytest.mark.parametrize(
    ("trusted", "client"),
    [("127.0.0.0/8", "203.0.113.9"), ("10.0.0.1", "127.0.0.1"), (None, "127.0.0.1")],
)
def test_13_10_headers_of_trusted_proxies_are_used(trusted: str | None, client: str) -> None:
    options = ["--forwarded-allow-ips", trusted] if trusted else []
    server = Server(":memory:", "--log-format", "text", *options)
    get(server, "/livez", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
    assert f"INFO {client} GET /livez 200 " in ended(server)[-1]


def connections(server: Server, count: int) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    for _ in range(count):
        yield socket.create_connection((address.hostname or "", address.port or 0), timeout=SECONDS)


def test_13_10_a_trusted_proxy_has_more_connections_than_others() -> None:
    server = Server(":memory:", "--forwarded-allow-ips", "127.0.0.1")
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(one) for one in connections(server, 500)]
        opened[-1].sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert opened[-1].recv(12) == b"HTTP/1.1 200"
        # The first would have been closed to make room.
        opened[0].sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert opened[0].recv(12) == b"HTTP/1.1 200"
    assert server.stop() == 0


READ_ONLY = """
    mount -t tmpfs data /mnt && mount -o remount,bind,ro / || exit 99
    for folder in /tmp /var/tmp /dev/shm; do
        mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder"
    done 2> /dev/null
    cd / && exec "$@"
"""
"""Runs a command where only `/mnt` can be written to."""

SORT = """
from model_registry.server.database.sqlite_file import connect
connection = connect("/mnt/sorted.db")
connection.execute("CREATE TABLE pile AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
    " WHERE i < 300000) SELECT i * 7919 % 300007 AS number, hex(zeroblob(150)) AS rest FROM n")
print(sum(1 for _ in connection.execute("SELECT * FROM pile ORDER BY number, rest")))
"""


@pytest.fixture
def read_only() -> list[str]:
    """The start of a command line that runs a command on a read-only file system."""
    unshare = shutil.which("unshare")
    allowed = [unshare or "", "-m", "mount", "-t", "tmpfs", "data", "/mnt"]
    if not unshare or subprocess.run(allowed, check=False, capture_output=True).returncode:
        pytest.skip("this user cannot mount file systems with unshare")
    return [unshare, "-m", "sh", "-c", READ_ONLY, "sh", sys.executable]


@pytest.mark.slow
def test_13_10_the_root_file_system_may_be_read_only(read_only: list[str]) -> None:
    serve = ["serve", "--db", "/mnt/registry.db", "--port", "0", "--metrics", "--workers", "2"]
    run = [*read_only, "-m", "model_registry.cli", *serve]
    refused = subprocess.run(run, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert refused.returncode == 2
    assert "use --metrics-dir with a folder that this user can write to" in refused.stderr
    with subprocess.Popen(
        [*run, "--metrics-dir", "/mnt"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with contextlib.closing(SyncHTTPBackend(url)) as backend:
            Client(backend).make("/registered_models", name="m")
            assert b'createRegisteredModel",status="201"} 1' in backend.send("GET", "/metrics").data
        process.terminate()
        process.communicate(timeout=SECONDS)
        assert process.returncode == 0


@pytest.mark.slow
def test_13_10_large_sorts_need_no_temporary_file(read_only: list[str]) -> None:
    done = subprocess.run(
        [*read_only, "-c", SORT], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.stdout, done.stderr) == ("300000\n", "")


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 51, 2), False),
        ((3, 50, 7), True),
        ((3, 50, 6), False),
        ((3, 45, 1), False),
        ((3, 44, 6), True),
        ((3, 44, 5), False),
    ],
)
def test_13_10_versions_of_sqlite_that_processes_can_share(version: tuple[int, ...], *, safe: bool) -> None:
    assert is_safe_sqlite(version) == safe


@pytest.mark.parametrize("workers", ["1", "2"])
def test_13_10_an_old_sqlite_is_named_when_several_processes_use_it(tmp_path: Path, workers: str) -> None:
    lines = ended(Server(str(tmp_path / "registry.db"), "--workers", workers))
    found = [
        line for line in lines if "WARNING" in line and f"SQLite {sqlite3.sqlite_version} has a bug" in line
    ]
    assert len(found) == (workers == "2" and not is_safe_sqlite(sqlite3.sqlite_version_info))


def test_13_13_the_start_says_what_is_served_and_to_whom(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("secret")
    db = tmp_path / "registry.db"
    lines = ended(Server(os.path.relpath(db), "--token-file", str(tmp_path / "tokens")))
    assert [re.sub(r"^\S+ INFO ", "", line) for line in lines] == [
        f"made a new registry in {db.resolve()}",
        f"database: {db.resolve()}",
        f"tables: schema version {HEAD}",
        f"access: clients that can reach 127.0.0.1 and have a token of {tmp_path / 'tokens'}",
    ]
    lines = ended(Server(":memory:", "--log-format", "json"))
    assert [json.loads(line)["message"] for line in lines] == [
        "database: :memory:",
        f"tables: schema version {HEAD}",
        "access: all programs on this machine, without a token",
    ]


def test_13_13_the_start_does_not_show_the_password(postgresql_db: str) -> None:
    lines = ended(Server(postgresql_db.replace("@", ":pa55@", 1)))
    assert "made a new registry in postgresql" in lines[0]
    assert "database: postgresql" in lines[1]
    assert "pa55" not in "\n".join(lines)


def test_13_13_the_root_and_the_beginning_of_the_api_lead_on() -> None:
    server = Server(":memory:")
    todo, seen = ["/"], set[str]()
    while todo:
        path = todo.pop()
        seen.add(path)
        status, data = get(server, path)
        assert status == 200, path
        if b'"links"' in data and path != "/openapi.json":
            todo += set(json.loads(data)["links"].values()) - seen
    assert {API, f"{API}alpha3", "/openapi.json", "/livez", "/readyz/health"} < seen
    assert {f"{API}/registered_models", f"{API}/artifacts", f"{API}alpha3/serving_environments"} < seen
    assert get(server, f"{API}/")[0] == 200
    assert get(server, "/nothing")[0] == 404
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert backend.send("POST", "/").status == 405
        assert backend.send("POST", API, b"{}").status == 405
    assert server.stop() == 0
