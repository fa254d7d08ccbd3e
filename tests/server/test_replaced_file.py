"""The SQLite file of a registry is deleted or replaced while a server uses it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_registry.exceptions import DatabaseError
from model_registry.server.database.sqlite import SQLiteDatabase
from tests.support.backends import SECONDS, Client, Server, SyncHTTPBackend, SyncInProcessBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDINGS = ("", "-wal", "-shm")


class LoggedServer(Server):
    """A server whose log can be read while it runs."""

    def __init__(self, db: str, *arguments: str) -> None:
        super().__init__(db, *arguments)
        self.log: list[str] = []
        assert self.process.stderr is not None
        self._reader = threading.Thread(target=self.log.extend, args=[self.process.stderr])
        self._reader.start()

    def end(self) -> str:
        self.process.terminate()
        assert self.process.wait(SECONDS) == 0
        self._close()
        return "".join(self.log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@contextlib.contextmanager
def connected(server: Server) -> Iterator[Client]:
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        yield Client(backend)


def delete(file: Path) -> None:
    for ending in ENDINGS:
        file.with_name(file.name + ending).unlink(missing_ok=True)


def delete_only_the_file(file: Path) -> None:
    file.unlink()


def delete_the_journal(file: Path) -> None:
    file.with_name(file.name + "-wal").unlink()


def replace(file: Path) -> None:
    """Put an older copy in its place, as a careless restore does."""
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    copy.replace(file)


@pytest.mark.parametrize("harm", [delete, delete_only_the_file, delete_the_journal, replace])
def test_13_07_nothing_is_acknowledged_that_would_be_lost(file: Path, harm: Callable[[Path], None]) -> None:
    server = LoggedServer(str(file))
    with connected(server) as client:
        client.make("/registered_models", name="before")
        assert client.backend.send("GET", "/readyz/health").status == 200
        harm(file)
        before = sorted(file.parent.iterdir())
        for number in range(3):
            assert client.post("/registered_models", {"name": f"ghost{number}"}).status == 503
        # Lists and slow reads need new connections, which must not create a file.
        assert client.get("/registered_models", filterQuery="name LIKE '%x%'").status in {200, 503}
        for path in ("/readyz/health", "/readyz/isDirty"):
            probe = client.backend.send("GET", path)
            assert probe.status == 503
            assert b"deleted or replaced" in probe.data
        assert client.backend.send("GET", "/livez").status == 200
        assert sorted(file.parent.iterdir()) == before
    assert f"the registry in {file} was deleted or replaced" in server.end()


def test_13_07_a_file_that_is_back_is_used_again(file: Path) -> None:
    server = LoggedServer(str(file))
    with connected(server) as client:
        client.make("/registered_models", name="before")
        aside = [(file.with_name(file.name + end), file.with_name(f"aside{end}")) for end in ENDINGS]
        for path, other in aside:
            path.rename(other)
        assert client.post("/registered_models", {"name": "ghost"}).status == 503
        for path, other in aside:
            other.rename(path)
        client.make("/registered_models", name="after")
        assert client.backend.send("GET", "/readyz/health").status == 200
        names = [one["name"] for one in client.get("/registered_models").json["items"]]
    assert names == ["before", "after"]
    server.end()


def test_13_07_a_worker_that_starts_again_creates_no_file(file: Path) -> None:
    server = LoggedServer(str(file), "--workers", "2")
    with connected(server) as client:
        client.make("/registered_models", name="before")
    delete(file)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    deadline = time.monotonic() + SECONDS
    while not any("there is no registry at" in line for line in server.log):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)
    assert list(file.parent.iterdir()) == []
    server.end()


def test_13_07_the_log_says_that_a_registry_is_new(file: Path) -> None:
    assert f"made a new registry in {file}" in LoggedServer(str(file)).end()
    assert "made a new registry" not in LoggedServer(str(file)).end()


def test_13_07_a_registry_in_process_raises(file: Path) -> None:
    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        client = Client(backend)
        client.make("/registered_models", name="before")
        delete(file)
        with pytest.raises(DatabaseError, match="deleted or replaced"):
            client.post("/registered_models", {"name": "ghost"})
    assert list(file.parent.iterdir()) == []


def test_13_07_the_working_folder_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with contextlib.closing(SyncInProcessBackend("registry.db")) as backend:
        client = Client(backend)
        client.make("/registered_models", name="before")
        monkeypatch.chdir("/")
        client.make("/registered_models", name="after")
        assert client.get("/registered_models", filterQuery="name LIKE '%f%'").json["size"] == 2


async def test_13_07_a_file_that_is_replaced_during_a_write_is_noticed(file: Path) -> None:
    database = SQLiteDatabase(str(file))
    moments: list[int] = []

    def work(number: int) -> int:
        moments.append(number)
        if number == 40:
            delete(file)
        return number

    results = await asyncio.gather(
        *(database.write(lambda _, number=number: work(number)) for number in range(200)),
        return_exceptions=True,
    )
    database.close()
    before = moments[: moments.index(40)]
    lost = [result for number, result in enumerate(results) if number not in before]
    assert lost
    assert all(isinstance(result, DatabaseError) for result in lost)
