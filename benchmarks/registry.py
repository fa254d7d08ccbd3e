"""The registry under load, beside an application that does nothing on the same server.

`python -m benchmarks.registry [--models N] [--seconds S] [--db URL]` fills a registry with N models of three
custom properties, serves it with `model-registry serve` on one core, and drives it with `wrk` from another.
Raw `sqlite3`, without HTTP, stands beside it.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.servers import unused_port

CONNECTIONS = (1, 16)
MODELS = "/api/model_registry/v1/registered_models"
COMMON = 1_000
"""How many models have the common value of the string property."""
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


async def fill(db: str, models: int) -> None:
    from model_registry.server.inprocess import InProcessRegistry

    registry = InProcessRegistry(db)
    turns = asyncio.Semaphore(256)

    async def create(number: int) -> None:
        async with turns:
            content = json.dumps(body(f"model-{number}", number, models)).encode()
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


def load(url: str, connections: int, seconds: float, script: str | None = None) -> float:
    """Requests a second that were answered with success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script or "")
        file.flush()
        command = ["taskset", "-c", LOADER_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s"]
        report = subprocess.run(
            [*command, "-s", file.name, url], capture_output=True, text=True, check=True
        ).stdout
    if errors := re.search(r"Non-2xx or 3xx responses: (\d+)", report):
        raise RuntimeError(f"{url}: {errors[0]}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1])


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
        "create with 3 properties": (MODELS, CREATE % {**values, "body": create, "run": "RUN"}),
        "patch": (MODELS, PATCH % values),
    }


def raw_sqlite(seconds: float) -> dict[str, float]:
    """What sqlite3 alone does in a second on one connection: one row read by id, one row written."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/raw.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, body TEXT)")
        text = json.dumps(body("x", 1, 1))

        def rate(sql: str, *values: object) -> float:
            done, start = 0, time.perf_counter()
            while (taken := time.perf_counter() - start) < seconds:
                connection.execute(sql, values).fetchall()
                done += 1
            return done / taken

        return {
            "create": rate("INSERT INTO thing (body) VALUES (?)", text),
            "get": rate("SELECT body FROM thing WHERE id = ?", 1),
        }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry")
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    parser.add_argument("--db", help="an empty database instead of a new SQLite file")
    options = parser.parse_args([] if arguments is None else arguments)
    if missing := [tool for tool in ("wrk", "curl", "taskset") if shutil.which(tool) is None]:
        print(f"The registry under load: left out, for {', '.join(missing)} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(options.db or f"sqlite:///{folder}/registry.db", options.models, options.seconds)


def measure(db: str, models: int, seconds: float) -> None:
    start = time.perf_counter()
    asyncio.run(fill(db, models))
    print(f"{models:,} models with 3 properties, filled in {time.perf_counter() - start:.0f} s")
    nothing: dict[int, float] = {}
    port = unused_port()
    uvicorn = [sys.executable, "-m", "uvicorn", "benchmarks.noop:app", "--no-access-log", f"--port={port}"]
    with running(uvicorn, f"http://127.0.0.1:{port}/") as process:
        for connections in CONNECTIONS:
            nothing[connections] = load(f"http://127.0.0.1:{port}/", connections, seconds)
    print(f"  {'':28}" + "".join(f"{f'{c} connections':>24}" for c in CONNECTIONS))
    print(f"  {'nothing at all':28}" + "".join(f"{nothing[c]:14,.0f}/s  1.00 x" for c in CONNECTIONS))
    port = unused_port()
    serve = [sys.executable, "-m", "model_registry.cli", "serve", "--db", db, f"--port={port}"]
    with running(serve, f"http://127.0.0.1:{port}/readyz/isDirty") as process:
        print(f"  memory after the start {resident(process):.0f} MB")
        for number, (name, (path, script)) in enumerate(requests(models).items()):
            cells = []
            for connections in CONNECTIONS:
                run = (script or "").replace("RUN", f"r{number}c{connections}")
                rate = load(f"http://127.0.0.1:{port}{path}", connections, seconds, run)
                cells.append(f"{rate:14,.0f}/s {rate / nothing[connections]:5.2f} x")
            print(f"  {name:28}" + "".join(cells))
        print(f"  memory after the load {resident(process):.0f} MB")
    raw = raw_sqlite(min(seconds, 1.0))
    print(f"  sqlite3 alone, one connection: get {raw['get']:,.0f}/s, create {raw['create']:,.0f}/s")


if __name__ == "__main__":
    main(sys.argv[1:])
