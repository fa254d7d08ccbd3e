"""What `/metrics` shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import model_registry
from model_registry.server.database.measured import MeasuredDatabase
from model_registry.server.database.opening import open_database
from model_registry.server.middleware.metrics import Metrics
from tests.support.backends import Client, Server, SyncHTTPBackend

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = "model_registry_requests_total"
DURATION = "model_registry_request_duration_seconds"
IN_FLIGHT = "model_registry_requests_in_flight"


def samples(text: str) -> dict[str, float]:
    """The numbers, by name and labels. Every line of the format is checked."""
    found: dict[str, float] = {}
    types: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, sort = line.split(" ")
            types[name] = sort
        elif not line.startswith("# HELP "):
            name, _, value = line.rpartition(" ")
            assert name not in found
            found[name] = float(value)
    assert text.endswith("\n")
    assert types[REQUESTS] == "counter"
    assert types[DURATION] == "histogram"
    assert types[IN_FLIGHT] == "gauge"
    families = {re.sub(r"_(bucket|sum|count)$", "", name.partition("{")[0]) for name in found}
    assert families <= set(types)
    return found


def test_requests_are_counted_by_operation_and_status() -> None:
    server = Server(":memory:", "--metrics")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        client = Client(backend)
        client.make("/registered_models", name="m")
        client.post("/registered_models", {"name": "m"})
        client.get("/registered_models/7")
        client.get("/nothing")
        shown = samples(backend.send("GET", "/metrics").data.decode())
        assert backend.send("POST", "/metrics").status == 405
    assert {name: value for name, value in shown.items() if name.startswith(REQUESTS)} == {
        f'{REQUESTS}{{operation="createRegisteredModel",status="201"}}': 1,
        f'{REQUESTS}{{operation="createRegisteredModel",status="409"}}': 1,
        f'{REQUESTS}{{operation="getRegisteredModel",status="404"}}': 1,
        f'{REQUESTS}{{operation="other",status="404"}}': 1,
    }
    assert shown[f'{DURATION}_count{{operation="createRegisteredModel"}}'] == 2
    assert shown[f'{DURATION}_bucket{{operation="createRegisteredModel",le="+Inf"}}'] == 2
    assert shown[f'{DURATION}_sum{{operation="createRegisteredModel"}}'] > 0
    assert shown[IN_FLIGHT] == 1
    assert server.stop() == 0


def test_buckets_count_what_is_not_slower() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.0011, 0.2, 99.0):
        metrics.begin()
        metrics.end("getRegisteredModel", 200, seconds)
    shown = samples(metrics.render())
    buckets = {
        limit: shown[f'{DURATION}_bucket{{operation="getRegisteredModel",le="{limit}"}}']
        for limit in ("0.0005", "0.001", "0.0025", "0.1", "0.25", "10.0", "+Inf")
    }
    assert list(buckets.values()) == [0, 1, 2, 2, 3, 3, 4]
    assert shown[f'{DURATION}_sum{{operation="getRegisteredModel"}}'] == 99.2021
    assert shown[IN_FLIGHT] == 0


def test_an_unusual_status_is_counted_too() -> None:
    metrics = Metrics()
    for status in (418, 0):
        metrics.begin()
        metrics.end("other", status, 0.1)
    assert samples(metrics.render())[f'{REQUESTS}{{operation="other",status="other"}}'] == 2


def test_processes_are_counted_together_even_those_that_have_died(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from model_registry.server.middleware.metrics import Metrics;"
        f"metrics = Metrics({str(tmp_path)!r}); metrics.begin(); metrics.begin();"
        "metrics.end('other', 200, 0.1); os.kill(os.getpid(), signal.SIGKILL)"
    )
    died = subprocess.run([sys.executable, "-c", program], check=False)
    assert died.returncode == -signal.SIGKILL
    metrics = Metrics(tmp_path)
    metrics.begin()
    metrics.end("other", 200, 0.1)
    metrics.begin()
    shown = samples(metrics.render())
    assert shown[f'{REQUESTS}{{operation="other",status="200"}}'] == 2
    assert shown[IN_FLIGHT] == 1
    assert str(os.getpid()) in {file.name for file in tmp_path.iterdir()}


def test_every_process_shows_the_counts_of_all(tmp_path: Path) -> None:
    server = Server(str(tmp_path / "registry.db"), "--metrics", "--workers", "2")
    name = f'{REQUESTS}{{operation="getRegisteredModels",status="200"}}'
    # A connection each, so that both processes answer some.
    for _ in range(10):
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            assert Client(backend).get("/registered_models").status == 200
    for _ in range(10):
        assert wait_until_shown(server.url, name, 10) == 10
    assert server.stop() == 0


def wait_until_shown(url: str, name: str, expected: float) -> float:
    """What is shown. A request is counted when it is over, a moment after its answer has gone."""
    shown = -1.0
    for _ in range(100):
        with contextlib.closing(SyncHTTPBackend(url)) as backend:
            shown = samples(backend.send("GET", "/metrics").data.decode()).get(name, 0)
        if shown == expected:
            break
    return shown


@pytest.mark.skipif(sys.platform != "linux", reason="metrics of processes need Linux")
@pytest.mark.parametrize("workers", [1, 2])
def test_13_11_the_processes_are_measured(tmp_path: Path, workers: int) -> None:
    before = time.time()
    server = Server(str(tmp_path / "registry.db"), "--metrics", "--workers", str(workers))
    shown: dict[str, float] = {}
    for _ in range(100):  # a process is shown after its first request
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            shown = samples(backend.send("GET", "/metrics").data.decode())
        if sum(name.startswith("process_open_fds") for name in shown) == workers:
            break
    values: dict[str, list[float]] = {}
    for name, value in shown.items():
        values.setdefault(name.partition("{")[0], []).append(value)
    assert {len(found) for name, found in values.items() if name.startswith("process_")} == {workers}
    assert all(0.05 < one < 60 for one in values["process_cpu_seconds_total"])
    assert all(20e6 < one < 500e6 for one in values["process_resident_memory_bytes"])
    assert all(one > 20e6 for one in values["process_virtual_memory_bytes"])
    assert all(5 < one < 200 for one in values["process_open_fds"])
    assert all(one >= 200 for one in values["process_max_fds"])
    assert all(0 < one < 50 for one in values["process_threads"])
    assert all(before - 3 < one < time.time() + 3 for one in values["process_start_time_seconds"])
    (build,) = (name for name in shown if name.startswith("model_registry_build_info"))
    assert f'version="{model_registry.__version__}"' in build
    assert server.stop() == 0


def test_13_11_waits_for_the_database_and_its_work_are_measured(any_db: str) -> None:
    server = Server(any_db, "--metrics")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        client = Client(backend)
        client.make("/registered_models", name="m")
        client.get("/registered_models")
        backend.send("GET", "/readyz/health")
        shown = samples(backend.send("GET", "/metrics").data.decode())
    for use in ("read", "write", "check"):
        for name in ("model_registry_database_wait_seconds", "model_registry_database_seconds"):
            assert shown[f'{name}_count{{use="{use}"}}'] == 1
        assert 0 < shown[f'model_registry_database_seconds_sum{{use="{use}"}}'] < 5
    assert server.stop() == 0


async def test_13_11_what_waits_is_not_work() -> None:
    seen: list[tuple[str, float, float]] = []
    database = MeasuredDatabase(
        open_database(":memory:"), lambda use, waited, worked: seen.append((use, waited, worked))
    )
    first = database.write(lambda _: time.sleep(1))
    second = database.write(lambda _: time.sleep(0.01))  # waits for the first
    await asyncio.gather(first, second)
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda _: 1 / 0)
    database.close()
    assert [use for use, _, _ in seen] == ["write"] * 3
    (_, _, long), (_, waited, short) = sorted(seen[:2], key=lambda one: one[1])  # by the time of waiting
    assert long >= 1
    assert short < 0.5 < waited
    assert seen[2][2] < 0.5


@pytest.mark.parametrize("form", ["text", "json"])
def test_13_11_slow_requests_are_logged_with_their_operation(form: str) -> None:
    server = Server(":memory:", "--slow-request", "1", "--log-format", form)
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        Client(backend).make("/registered_models", name="m", description="secret" * 1_000_000)
    server.process.terminate()
    log = server.process.communicate(timeout=30)[1]
    lines = [line for line in log.splitlines() if "slow request: POST createRegisteredModel took" in line]
    assert lines
    assert "secret" not in log
    if form == "json":
        entry = json.loads(lines[-1])
        assert entry["operation"] == "createRegisteredModel"
        assert 0 < entry["database_ms"] <= entry["duration_ms"]
        assert entry["database_wait_ms"] >= 0
        assert entry["request_id"]


def test_13_11_only_slow_requests_are_logged() -> None:
    server = Server(":memory:", "--slow-request", "60000")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        Client(backend).make("/registered_models", name="m")
    server.process.terminate()
    assert "slow request" not in server.process.communicate(timeout=30)[1]
