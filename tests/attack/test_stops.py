"""A server stops soon, whatever its clients do, and ends with status 0."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.backends import API, SECONDS, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from pathlib import Path

MODELS = f"{API}/registered_models"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without a signal")


def stop(server: Server, sent: signal.Signals) -> float:
    """Return the seconds that the server takes to stop."""
    started = time.monotonic()
    server.process.send_signal(sent)
    _, errors = server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0
    assert "ERROR" not in errors
    return time.monotonic() - started


def test_the_end_does_not_wait_for_a_client_that_reads_nothing() -> None:
    server = Server(":memory:")
    address = urlsplit(server.url)
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        body = b'{"name": "big", "description": "%b"}' % (b"x" * 8_000_000)
        assert backend.send("POST", MODELS, body).status == 201
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # otherwise it grows
            connection.connect((address.hostname or "", address.port or 0))
            connection.sendall(f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 200"
            assert stop(server, signal.SIGTERM) < 15


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_closed_terminal_stops_a_server_like_any_signal(tmp_path: Path, workers: str) -> None:
    server = Server(str(tmp_path / "registry.db"), "--workers", workers)
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=SECONDS) as connection:
        head = f"POST {MODELS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 15\r\n\r\n{{".encode())
        time.sleep(0.5)  # until a process has accepted the connection
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        connection.sendall(b'"name": "mod"}')
        assert connection.recv(12) == b"HTTP/1.1 201"
        _, errors = server.process.communicate(timeout=SECONDS)
    assert server.process.returncode == 0
    assert "ERROR" not in errors


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_with_nohup_outlives_its_terminal(tmp_path: Path, workers: str) -> None:
    command = [sys.executable, "-m", "model_registry", "serve", "--db", str(tmp_path / "registry.db")]
    with subprocess.Popen(
        ["nohup", *command, "--port", "0", "--workers", workers],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        process.send_signal(signal.SIGHUP)
        with contextlib.closing(SyncHTTPBackend(url)) as backend:
            assert backend.send("GET", "/readyz/health").status == 200
        assert process.poll() is None
        process.terminate()
        assert process.wait(SECONDS) == 0
