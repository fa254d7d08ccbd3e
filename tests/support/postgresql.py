"""A real PostgreSQL for tests: a server in a temporary folder, and fresh databases in it.

Register with `pytest_plugins = ["tests.support.postgresql"]`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

try:
    import pwd
except ImportError:  # Windows, where no test starts PostgreSQL
    pwd = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "registry"
MISSING = (
    "PostgreSQL is missing: neither /usr/lib/postgresql/*/bin nor PATH has `initdb`; "
    "install the package `postgresql` to run these tests"
)
# Durability costs time and is of no use to a database that lives for a test run.
VOLATILE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SECONDS = 60


class PostgreSQLServer:
    """A server that listens on a loopback port and belongs to the tests alone.

    Args:
        settings: Settings of `postgresql.conf`, each `name=value`.
    """

    def __init__(self, *settings: str) -> None:
        self._binaries = find_binaries()
        self._settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
        # Not pytest's own folder: other users, and the server must not be root, cannot enter that.
        self._folder = Path(tempfile.mkdtemp(prefix="registry-postgresql-"))
        self._numbers = itertools.count(1)
        self.port = 0
        if user := self._user():
            shutil.chown(self._folder, user)
        self._run("initdb", "--username", USER, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")

    def start(self) -> None:
        """Start it, on the port that it had, or first on a free one."""
        for _ in range(5):
            port = self.port or free_port()
            options = " ".join(f"-c {setting}" for setting in [*self._settings, f"port={port}"])
            log = self._folder / "log"
            try:
                self._run(
                    "pg_ctl", "start", "-w", f"--timeout={SECONDS}", f"--log={log}", f"--options={options}"
                )
            except subprocess.CalledProcessError:
                if "Address already in use" not in log.read_text():
                    raise
            else:
                self.port = port
                return
        raise RuntimeError("no free port found for PostgreSQL")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends the connections, `immediate` is like a crash."""
        self._run("pg_ctl", "stop", "-w", f"--timeout={SECONDS}", f"--mode={mode}")

    def remove(self) -> None:
        """Stop it, if it runs, and delete all that it had."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """Create an empty database.

        Returns:
            Its address, `postgresql+psycopg://...`.
        """
        name = f"registry_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def execute(self, sql: str) -> None:
        """Run a statement as the server's administrator."""
        psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(sql)

    def _run(self, command: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / command, "--pgdata", self._folder / "data", *arguments],
            user=self._user(),
            group=pwd.getpwnam(user).pw_gid if (user := self._user()) else None,
            extra_groups=[] if user else None,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            # `pg_ctl` leaves the server behind with whatever it inherits: no pipes.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    @staticmethod
    def _user() -> str | None:
        """Whom to run it as: PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"


def find_binaries() -> Path:
    """The folder of the newest PostgreSQL's programs; skips the test when there is none."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    found = versions[-1] if versions else shutil.which("initdb")
    if found is None:
        pytest.skip(MISSING)
    return Path(found).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQLServer]:
    """A server that all tests share; for databases, not for being stopped."""
    yield from running(*VOLATILE)


@pytest.fixture
def own_postgresql_server() -> Iterator[PostgreSQLServer]:
    """A server that a test has to itself and may stop and start. It writes as safely as any."""
    yield from running()


@pytest.fixture
def postgresql_db(postgresql_server: PostgreSQLServer) -> str:
    """The address of an empty database."""
    return postgresql_server.new_database()


@pytest.fixture(scope="module")
def postgresql_module_db(postgresql_server: PostgreSQLServer) -> str:
    """The address of a database that is empty before the first test of a module."""
    return postgresql_server.new_database()


def running(*settings: str) -> Iterator[PostgreSQLServer]:
    server = PostgreSQLServer(*settings)
    try:
        server.start()
        yield server
    finally:
        server.remove()
