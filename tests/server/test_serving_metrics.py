"""What `/metrics` shows."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

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
    assert types == {REQUESTS: "counter", DURATION: "histogram", IN_FLIGHT: "gauge"}
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
