"""Debian's PgBouncer in transaction mode, in front of a PostgreSQL of the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.postgresql import USER, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgresql import PostgreSQLServer

SECONDS = 20


@contextlib.contextmanager
def pgbouncer(server: PostgreSQLServer, *, connections: int = 4) -> Iterator[int]:
    """Run PgBouncer, and return its port.

    Args:
        server: Where its connections go, as the user of the tests.
        connections: Its connections to each database. Transactions of clients share them.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is missing; install the package `pgbouncer` to run these tests")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="registry-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port} user={USER}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {connections}\n"
            "max_client_conn = 200\n"
        )
        user = None
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            user = "nobody"
            Path(folder).chmod(0o755)
        process = subprocess.Popen(
            [program, "-q", str(settings)], user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.kill()
            process.wait(SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        assert process.poll() is None, "PgBouncer ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=SECONDS).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "PgBouncer did not start"
            time.sleep(0.02)
        else:
            return
