"""The registry under load, beside an application that does nothing on the same server.

`python -m benchmarks.registry [--models N ...] [--seconds S] [--rounds R] [--databases sqlite postgresql]`
fills a registry with N models of six custom properties, serves it with `model-registry serve` on one core,
and drives it with `wrk` from another; PostgreSQL, started for the purpose, may use both. The driver alone,
without HTTP, does the same beside it. Rounds are interleaved, and each figure is the
median of its own: requests per second, their share of what the idle application does, and the time within
which 99 of 100 are done.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from benchmarks.raw_sql import RawDatabase
from tests.support.postgresql import PostgreSQLServer
from tests.support.servers import unused_port

CONNECTIONS = (1, 16)
MODELS = "/api/model_registry/v1/registered_models"
COMMON = 1_000
"""How many models have the common value of the string property."""
TEAMS = 17
DATABASES = ("sqlite", "postgresql")
NOTHING = "nothing at all"
FILTERS = (
    "team = 't3'",
    "epochs = 3",
    "epochs > 6",
    "score > 0.999",
    "score > 0.9",
    "team = 't3' AND score > 0.9",
    "epochs > 6 AND score > 0.5",
    "epochs > 6 AND score > 0.9",
    "score > 0.9 AND score < 0.95",
    "team = 't3' OR score > 0.9",
)
"""Filters that few and many of the models match, on texts, numbers and two properties."""
SERVER_CORE, LOADER_CORE = "0", str((os.cpu_count() or 1) - 1)

CREATE = """
local made = 0
request = function()
  made = made + 1
  return wrk.format("POST", "%(path)s", {["Content-Type"] = "application/json"},
    string.format('%(body)s', "%(run)s-" .. made))
end
"""
PATCH = """
local made = 0
request = function()
  made = made + 1
  return wrk.format("PATCH", string.format("%(path)s/%%d", made %% %(models)d + 1),
    {["Content-Type"] = "application/json"}, string.format('{"description":"text %%d"}', made))
end
"""
GET = """
local made = 0
request = function()
  made = made + 1
  return wrk.format("GET", string.format("%(path)s/%%d", (made * 7919) %% %(models)d + 1))
end
"""


def body(name: str, number: int, models: int) -> dict[str, object]:
    common = number < COMMON
    return {
        "name": name,
        "customProperties": {
            "framework": {
                "metadataType": "MetadataStringValue",
                "string_value": "onnx" if common else f"other-{number % 97}",
            },
            "accuracy": {"metadataType": "MetadataDoubleValue", "double_value": number / models},
            "number": {"metadataType": "MetadataIntValue", "int_value": str(number)},
        },
    }


def filled(number: int, models: int) -> dict[str, object]:
    """The body of a model of which the filters find few or many."""
    content = body(f"model-{number}", number, models)
    content["customProperties"] |= {
        "team": {"metadataType": "MetadataStringValue", "string_value": f"t{number * 7919 % TEAMS}"},
        "epochs": {"metadataType": "MetadataIntValue", "int_value": str(number * 31 % 10)},
        "score": {"metadataType": "MetadataDoubleValue", "double_value": number * 7919 % models / models},
    }
    return content


async def fill(db: str, models: int) -> None:
    from model_registry.server.inprocess import InProcessRegistry

    registry = InProcessRegistry(db)
    turns = asyncio.Semaphore(256)

    async def create(number: int) -> None:
        async with turns:
            content = json.dumps(filled(number, models)).encode()
            status, _, answer = await registry.request("POST", MODELS, {}, content)
            assert status == 201, answer

    for start in range(0, models, 10_000):
        await asyncio.gather(*(create(number) for number in range(start, min(start + 10_000, models))))
    registry.close()


@contextmanager
def running(command: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if subprocess.run(["curl", "-sf", "-o", os.devnull, url], check=False).returncode == 0:
            break
        time.sleep(0.05)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


class Load(NamedTuple):
    """Requests per second, and the time in milliseconds within which 99 of 100 were done."""

    rate: float
    p99: float


def load(url: str, connections: int, seconds: float, script: str | None = None) -> Load:
    """Send requests, all of which must succeed."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script or "")
        file.flush()
        command = [
            "taskset",
            "-c",
            LOADER_CORE,
            "wrk",
            "--latency",
            "-t1",
            f"-c{connections}",
            f"-d{seconds:g}s",
        ]
        report = subprocess.run(
            [*command, "-s", file.name, url], capture_output=True, text=True, check=True
        ).stdout
    if errors := re.search(r"Non-2xx or 3xx responses: (\d+)", report):
        raise RuntimeError(f"{url}: {errors[0]}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", report).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1]), p99)


def resident(process: subprocess.Popen[bytes]) -> float:
    """Megabytes of memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def requests(models: int) -> dict[str, tuple[str, str | None]]:
    def listing(**query: str) -> str:
        return MODELS + "?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())

    create = json.dumps(body("%s", models + 1, models)).replace("'", "\\'")
    values = {"path": MODELS, "models": models}
    return {
        "get by id": (MODELS, GET % values),
        "list of 100": (listing(pageSize="100"), None),
        "list of 100 by update time": (
            listing(pageSize="100", orderBy="LAST_UPDATE_TIME", sortOrder="DESC"),
            None,
        ),
        f"filter, {COMMON:,} match": (listing(pageSize="100", filterQuery="framework = 'onnx'"), None),
        "filter, 1 matches": (listing(pageSize="100", filterQuery=f"number = {models // 2}"), None),
        **{
            f"filter, {condition}{', by update time' if order else ''}": (
                listing(pageSize="100", filterQuery=condition, **order),
                None,
            )
            for condition in FILTERS
            for order in ({}, {"orderBy": "LAST_UPDATE_TIME"})
        },
        "create with 3 properties": (MODELS, CREATE % {**values, "body": create, "run": "RUN"}),
        "patch": (MODELS, PATCH % values),
    }


@contextmanager
def databases(kind: str) -> Iterator[Callable[[], str]]:
    """What makes addresses of empty databases that write as safely as they do by default."""
    if kind == "sqlite":
        numbers = itertools.count()
        with tempfile.TemporaryDirectory() as folder:
            yield lambda: f"sqlite:///{folder}/{next(numbers)}.db"
        return
    server = PostgreSQLServer()
    try:
        server.start()
        yield server.new_database
    finally:
        server.remove()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry")
    parser.add_argument("--models", type=int, nargs="+", default=[10_000])
    parser.add_argument("--seconds", type=float, default=1.0, help="for each figure and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    options = parser.parse_args([] if arguments is None else arguments)
    if missing := [tool for tool in ("wrk", "curl", "taskset") if shutil.which(tool) is None]:
        print(f"The registry under load: left out, for {', '.join(missing)} is not installed")
        return
    for kind in options.databases:
        with databases(kind) as new:
            for models in options.models:
                measure(kind, new, models, options.seconds, options.rounds)


def measure(kind: str, new: Callable[[], str], models: int, seconds: float, rounds: int) -> None:
    start = time.perf_counter()
    db = new()
    asyncio.run(fill(db, models))
    print(f"{kind}: {models:,} models with 6 properties, filled in {time.perf_counter() - start:.0f} s")
    idle, port = unused_port(), unused_port()
    uvicorn = [sys.executable, "-m", "uvicorn", "benchmarks.noop:app", "--no-access-log", f"--port={idle}"]
    serve = [sys.executable, "-m", "model_registry.cli", "serve", "--db", db, f"--port={port}"]
    with (
        running(uvicorn, f"http://127.0.0.1:{idle}/"),
        running(serve, f"http://127.0.0.1:{port}/readyz/isDirty") as process,
    ):
        before = resident(process)
        taken = [drive(idle, port, models, seconds, number) for number in range(rounds)]
        after = resident(process)
    raw = RawDatabase(new())
    alone = raw.rates(models, COMMON, min(seconds, 1.0), body("x", 1, models))
    medians = {
        name: [
            Load(*map(statistics.median, zip(*(one[name][at] for one in taken), strict=True)))
            for at in range(len(CONNECTIONS))
        ]
        for name in taken[0]
    }
    heads = "".join(f"{f'{connections} connections':>23}{'p99':>11}" for connections in CONNECTIONS)
    print(f"  {'':48}{heads}{raw.driver:>13} alone")
    for name, loads in medians.items():
        pairs = zip(loads, medians[NOTHING], strict=True)
        cells = "".join(
            f"{one.rate:13,.0f}/s {one.rate / nothing.rate:5.2f} x{one.p99:8.1f} ms" for one, nothing in pairs
        )
        print(f"  {name:48}{cells}" + (f"{alone[name]:17,.0f}/s" if name in alone else ""))
    print(f"  memory {before:.0f} MB before the load, {after:.0f} MB after it")


def drive(idle: int, port: int, models: int, seconds: float, number: int) -> dict[str, list[Load]]:
    """The load for each number of connections, one round of all."""
    nothing = f"http://127.0.0.1:{idle}/"
    taken = {NOTHING: [load(nothing, connections, seconds) for connections in CONNECTIONS]}
    for name, (path, script) in requests(models).items():
        url = f"http://127.0.0.1:{port}{path}"
        taken[name] = [
            load(url, connections, seconds, (script or "").replace("RUN", f"r{number}c{connections}"))
            for connections in CONNECTIONS
        ]
    return taken


if __name__ == "__main__":
    main(sys.argv[1:])
