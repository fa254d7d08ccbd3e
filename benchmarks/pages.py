"""Time and requests of each page for browsers, on an SQLite registry with many versions.

`python -m benchmarks.pages [--versions N] [--rounds R]` fills a registry with N versions: of 10,000 models,
the first of which has a tenth of all versions. It opens each page R times without a network, and prints the
requests that the page makes to the registry, the median and 95th percentile of the time, the median of the
processor time, and the bytes of the page.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.rows import Row, write
from model_registry.server.app import create_app
from model_registry.server.http.asgi import call_application
from model_registry.server.kinds import METRIC, MODEL_VERSION, REGISTERED_MODEL
from model_registry.web import PagesBesideAPI
from model_registry.web.backend import ApplicationBackend
from tests.support.asgi import started

MODELS = 10_000
WITH_METRICS = 200
"""Newest versions of the first model that have metrics."""
FIRST_TERM = 4321
HTML = {"Accept": "text/html"}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--versions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    chosen = parser.parse_args([] if arguments is None else arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.db"
        ids = fill(path, chosen.versions)
        print(f"{chosen.versions:,} versions of {MODELS:,} models on SQLite\n")
        print(f"{'page':34}{'requests':>9}{'median':>10}{'p95':>10}{'processor':>11}{'bytes':>9}")
        asyncio.run(measure(str(path), ids, chosen.rounds))


def fill(path: Path, versions: int) -> list[int]:
    """Write the rows of the registry, and return the ids of the newest versions of the first model."""
    ids = [number for number in range(MODELS + 1, MODELS + versions + 1) if number % 10 == 0][-WITH_METRICS:]
    attributions = ((row.parent, row.id, row.body["name"]) for row in metrics(versions, ids))
    write(path, lambda: resources(versions, ids), attributions)
    return ids


def resources(versions: int, ids: list[int]) -> Iterator[Row]:
    for id_ in range(1, MODELS + 1):
        alias = {"metadataType": "MetadataStringValue", "string_value": "v1"}
        body = {"name": f"model-{id_}", "description": f"Text of model {id_}", "owner": f"team {id_ % 40}"}
        yield Row(
            id_, REGISTERED_MODEL, 0, body | {"customProperties": {"model-registry.alias.champion": alias}}
        )
    for id_ in range(MODELS + 1, MODELS + versions + 1):
        model = 1 if id_ % 10 == 0 else id_ % MODELS + 1
        accuracy = {"metadataType": "MetadataDoubleValue", "double_value": id_ * 7 % versions / versions}
        body = {"name": f"v{id_}", "author": "ann", "registeredModelId": str(model)}
        yield Row(id_, MODEL_VERSION, model, body | {"customProperties": {"accuracy": accuracy}})
    yield from metrics(versions, ids)


def metrics(versions: int, ids: list[int]) -> Iterator[Row]:
    first = MODELS + versions + 1
    for number, version in enumerate(ids):
        for place, name in enumerate(("auc", "f1", "loss")):
            value = number * 7 % 31 / 31 + place
            body = {"name": name, "artifactType": "metric", "value": value, "step": 0, "customProperties": {}}
            yield Row(first + 3 * number + place, METRIC, version, body)


async def measure(db: str, ids: list[int], rounds: int) -> None:
    """Print a row for each page."""
    app = create_app(db, pages=PagesBesideAPI())
    compared = "&".join(f"v={id_}" for id_ in ids[:6])
    pages = {
        "models": "/",
        "models, search": "/?q=model-{number}",
        "models, search for nothing": "/?q=none-{number}",
        "models, filter": "/?filter=owner%20%3D%20%27team%207%27",
        "models, oldest first": "/?sort=oldest",
        "models, by name": "/?sort=name",
        "model with 100 versions": "/models/4242",
        "model with a tenth, with metrics": "/models/1",
        "lineage": "/models/1/lineage",
        "version": f"/versions/{ids[-1]}",
        "aliases": "/models/1/aliases",
        "compare 2": f"/compare?v={ids[0]}&v={ids[1]}",
        "compare 6": f"/compare?{compared}",
        "serving": "/serving",
    }
    sent = mock.Mock(side_effect=lambda *_: None)
    send = ApplicationBackend.send

    async def counted(self: ApplicationBackend, request: Any) -> Any:
        sent(request)
        return await send(self, request)

    async with started(app):
        with mock.patch.object(ApplicationBackend, "send", counted):
            await print_rows(app, pages, sent, rounds)


async def print_rows(app: Any, pages: dict[str, str], sent: mock.Mock, rounds: int) -> None:
    for name, target in pages.items():
        times: list[float] = []
        busy: list[float] = []
        size = 0
        await call_application(app, "GET", target.format(number=0), HTML, None)  # compiles templates and SQL
        sent.reset_mock()
        for number in range(rounds):
            # Nobody searches for the same text again.
            round_target = target.format(number=FIRST_TERM + number)
            start, start_busy = time.perf_counter(), time.process_time()
            status, _, body = await call_application(app, "GET", round_target, HTML, None)
            times.append((time.perf_counter() - start) * 1000)
            busy.append((time.process_time() - start_busy) * 1000)
            assert status == 200, (name, body)
            size = len(body)
        requests = sent.call_count / rounds
        p95 = statistics.quantiles(times, n=20)[-1]
        print(
            f"{name:34}{requests:9.0f}{statistics.median(times):8.1f}ms{p95:8.1f}ms{statistics.median(busy):9.1f}ms{size:9,}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
