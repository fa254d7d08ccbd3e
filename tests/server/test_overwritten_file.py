"""Another program writes over the SQLite file of a registry, in place, while a server uses it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from model_registry.exceptions import DatabaseError
from tests.server.test_replaced_file import LoggedServer, connected
from tests.support.backends import Client, Server, SyncInProcessBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    Start: TypeAlias = Callable[[], LoggedServer]

NAMES = 8


@pytest.fixture
def start(file: Path) -> Iterator[Start]:
    """A function that starts a server, which is killed if the test does not end it."""
    started: list[LoggedServer] = []

    def start() -> LoggedServer:
        started.append(LoggedServer(str(file)))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


def fill(client: Client, prefix: str, count: int = NAMES) -> None:
    for number in range(count):
        client.make("/registered_models", name=f"{prefix}{number}", description="x" * 2000)


def write_over(file: Path, data: bytes) -> None:
    """Write to a file without truncating it before, as `dd conv=notrunc` does."""
    with file.open("r+b") as stream:
        stream.write(data)


def copy_another_registry(file: Path) -> None:
    other = file.with_name("other.db")
    with contextlib.closing(SyncInProcessBackend(str(other))) as backend:
        fill(Client(backend), "other")
    shutil.copy2(other, file)  # with its time


def restore_a_backup(file: Path) -> None:
    shutil.copyfile(file.with_name("backup.db"), file)


def truncate_it(file: Path) -> None:
    os.truncate(file, 0)


def shorten_it(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 4096)


def write_zeros(file: Path) -> None:
    write_over(file, bytes(8192))


def write_in_the_middle(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(5 * 4096)
        stream.write(b"x" * 100)


def append(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(b"x" * 4096)


def write_and_set_a_time(file: Path) -> None:
    write_in_the_middle(file)
    os.utime(file)


HARMS = [
    copy_another_registry,
    restore_a_backup,
    truncate_it,
    shorten_it,
    write_zeros,
    write_in_the_middle,
    append,
    write_and_set_a_time,
]


def back_up(file: Path) -> None:
    """Copy the registry as SQLite does it."""
    with (
        contextlib.closing(sqlite3.connect(file)) as source,
        contextlib.closing(sqlite3.connect(file.with_name("backup.db"))) as target,
    ):
        source.backup(target)


def checkpoint(file: Path) -> None:
    """Write the journal into the file, from another process or connection."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        busy, in_journal, done = connection.execute("PRAGMA wal_checkpoint").fetchone()
        assert (busy, in_journal) == (0, done)


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("has_checkpoint", [True, False])
def test_13_07_no_write_is_acknowledged_after_the_file_was_overwritten(
    start: Start, file: Path, harm: Callable[[Path], None], has_checkpoint: bool
) -> None:
    server = start()
    with connected(server) as client:
        fill(client, "before")
        checkpoint(file)
        back_up(file)
        fill(client, "later")
        if has_checkpoint:
            checkpoint(file)
        client.make("/registered_models", name="last")
        assert client.backend.send("GET", "/readyz/health").status == 200
        harm(file)
        for number in range(3):
            assert client.post("/registered_models", {"name": f"ghost{number}"}).status == 503
        for path in ("/readyz/health", "/readyz/isDirty"):
            probe = client.backend.send("GET", path)
            assert probe.status == 503
            assert b"overwritten" in probe.data
        assert client.backend.send("GET", "/livez").status == 200
    assert f"the registry in {file} was overwritten by another program" in server.end()


@pytest.mark.parametrize("harm", [copy_another_registry, restore_a_backup])
def test_13_07_what_was_written_over_the_file_stays_whole(
    start: Start, file: Path, harm: Callable[[Path], None]
) -> None:
    """The journal belongs to the content before. It must not get into the new one when the server stops."""
    server = start()
    with connected(server) as client:
        fill(client, "before")
        checkpoint(file)
        back_up(file)
        fill(client, "later")
        harm(file)
        assert client.backend.send("GET", "/readyz/isDirty").status == 503
        assert client.backend.send("GET", "/api/model_registry/v1/registered_models").status == 503
    content = file.read_bytes()
    log = server.end()
    assert file.read_bytes() == content
    (aside,) = file.parent.glob("registry.db-wal.*")
    assert f"set aside in {aside}" in log
    assert aside.stat().st_size > 0
    server = start()
    with connected(server) as client:
        names = {one["name"] for one in client.get("/registered_models", pageSize="100").json["items"]}
        client.make("/registered_models", name="new")
    prefix = "other" if harm is copy_another_registry else "before"
    assert names == {f"{prefix}{number}" for number in range(NAMES)}
    server.end()


def test_13_07_other_processes_and_checkpoints_are_no_harm(start: Start, file: Path) -> None:
    """Several processes, each of which writes and checkpoints."""
    servers = [start() for _ in range(2)]
    stop = threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            with contextlib.closing(sqlite3.connect(file, timeout=60)) as connection:
                connection.execute("PRAGMA wal_checkpoint").fetchone()

    thread = threading.Thread(target=disturb)
    thread.start()

    def write(server: Server, prefix: str) -> None:
        with connected(server) as client:
            fill(client, prefix, 100)

    writers = [
        threading.Thread(target=write, args=(server, f"{number}-{index}-"))
        for index, server in enumerate(servers)
        for number in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    thread.join()
    with connected(servers[0]) as client:
        assert client.backend.send("GET", "/readyz/health").status == 200
        with connected(servers[1]) as other:
            assert other.backend.send("GET", "/readyz/health").status == 200
        write_in_the_middle(file)
        assert client.post("/registered_models", {"name": "ghost"}).status == 503
    with connected(servers[1]) as client:
        assert client.post("/registered_models", {"name": "ghost"}).status == 503
    for server in servers:
        assert "overwritten" in server.end()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM resource").fetchone() == (600,)


def set_the_time(file: Path) -> None:
    os.utime(file)


def set_an_old_time(file: Path) -> None:
    os.utime(file, (1_000_000_000, 1_000_000_000))


def set_rights(file: Path) -> None:
    file.chmod(0o640)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what happened to a file")
@pytest.mark.parametrize("change", [set_the_time, set_an_old_time, set_rights])
@pytest.mark.parametrize("has_checkpoint", [True, False])
def test_13_07_another_time_or_other_rights_are_no_harm(
    start: Start, file: Path, change: Callable[[Path], None], has_checkpoint: bool
) -> None:
    server = start()
    with connected(server) as client:
        fill(client, "before")
        for number in range(3):
            if has_checkpoint:
                checkpoint(file)
            change(file)
            client.make("/registered_models", name=f"after{number}")
            assert client.backend.send("GET", "/readyz/health").status == 200
        write_in_the_middle(file)
        assert client.post("/registered_models", {"name": "ghost"}).status == 503
    assert "overwritten" in server.end()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what happened to a file")
def test_13_07_another_time_while_the_registry_writes_is_no_harm(file: Path) -> None:
    stop = threading.Event()

    def touch() -> None:
        while not stop.wait(0.001):
            os.utime(file)

    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        client = Client(backend)
        client.make("/registered_models", name="first")
        thread = threading.Thread(target=touch)
        thread.start()
        try:
            for number in range(30):
                client.make("/registered_models", name=f"m{number}", description="x" * 1_000_000)
        finally:
            stop.set()
            thread.join()


def test_13_07_a_server_that_was_killed_sees_it_after_its_next_start(start: Start, file: Path) -> None:
    server = start()
    with connected(server) as client:
        fill(client, "before")
    server.kill()
    server = start()
    with connected(server) as client:
        client.make("/registered_models", name="after")
        write_in_the_middle(file)
        assert client.post("/registered_models", {"name": "ghost"}).status == 503
    server.end()


def test_13_07_a_registry_in_process_raises_when_its_file_is_overwritten(file: Path) -> None:
    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        client = Client(backend)
        fill(client, "before")
        copy_another_registry(file)
        with pytest.raises(DatabaseError, match="overwritten by another program"):
            client.post("/registered_models", {"name": "ghost"})
        with pytest.raises(DatabaseError, match="overwritten by another program"):
            client.get("/registered_models")


def test_13_07_many_writes_and_checkpoints_in_one_process_are_no_harm(file: Path) -> None:
    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        client = Client(backend)
        for number in range(30):
            client.make("/registered_models", name=f"m{number}", description="x" * 1_000_000)
            size = file.stat().st_size
        assert size > 10_000_000  # it wrote the journal into the file
