"""Registrations of model, version and artifact, one and many, and walking through what was registered.

`python -m benchmarks.registering [MODELS]` runs `model-registry serve` on SQLite in a process of its own.
"""

import asyncio
import itertools
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator

import aiohttp

from benchmarks.table import print_table
from model_registry import AsyncModelRegistry
from tests.support.backends import Server
from tests.support.servers import Proxy

MODELS = 10_000
ROUNDS = 15
CALLS_PER_ROUND = 20
AT_ONCE = 8
PAGE = 1_000
BASELINE = "three bare posts with aiohttp"
PROPERTIES = {"framework": "onnx", "accuracy": 0.9375, "epochs": 12}
WIRE_PROPERTIES = {
    "framework": {"metadataType": "MetadataStringValue", "string_value": "onnx"},
    "accuracy": {"metadataType": "MetadataDoubleValue", "double_value": 0.9375},
    "epochs": {"metadataType": "MetadataIntValue", "int_value": "12"},
}

_NUMBERS = itertools.count(1)


def item() -> dict[str, object]:
    number = next(_NUMBERS)
    return {
        "name": f"model-{number}",
        "version": "1.0",
        "uri": f"s3://models/{number}",
        "model_format_name": "onnx",
        "properties": PROPERTIES,
    }


async def bare(session: aiohttp.ClientSession, api: str) -> None:
    """The requests of one registration, and nothing else."""
    name = f"model-{next(_NUMBERS)}"

    async def post(path: str, body: dict[str, object]) -> str:
        async with session.post(f"{api}/{path}", json=body) as response:
            response.raise_for_status()
            return str(json.loads(await response.read())["id"])

    model = await post("registered_models", {"name": name, "owner": "ann"})
    version = await post(
        f"registered_models/{model}/versions",
        {"name": "1.0", "author": "ann", "registeredModelId": model, "customProperties": WIRE_PROPERTIES},
    )
    await post(
        f"model_versions/{version}/artifacts",
        {"artifactType": "model-artifact", "name": name, "uri": f"s3://{name}", "modelFormatName": "onnx"},
    )


async def round_trips(url: str) -> dict[str, int]:
    """Requests of one registration, by what is there before."""
    with Proxy(url) as proxy:
        async with AsyncModelRegistry(proxy.url, author="ann", api="v1") as registry:
            first = item()
            counts: dict[str, int] = {}
            for case, arguments in {
                "nothing is there": first,
                "the model is there": {**first, "version": "1.1"},
                "all is there, resumed": {**first, "if_exists": "resume"},
            }.items():
                before = len(proxy.requests)
                await registry.register(**arguments)
                counts[case] = len(proxy.requests) - before
    return counts


async def one(url: str) -> dict[str, float]:
    async with (
        AsyncModelRegistry(url, author="ann", api="v1") as registry,
        AsyncModelRegistry.local(author="ann") as local,
        aiohttp.ClientSession() as session,
    ):
        api = f"{url}/api/model_registry/v1"
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            BASELINE: lambda: bare(session, api),
            "register over HTTP": lambda: registry.register(**item()),
            "register in process": lambda: local.register(**item()),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS + 1):
            for name, way in ways.items():
                start = time.perf_counter()
                for _ in range(CALLS_PER_ROUND):
                    await way()
                taken[name].append((time.perf_counter() - start) / CALLS_PER_ROUND * 1000)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


async def many(url: str, models: int) -> dict[str, float]:
    async with (
        AsyncModelRegistry(url, author="ann", api="v1") as registry,
        aiohttp.ClientSession() as session,
    ):
        numbers = iter(range(models))

        async def work() -> None:
            for _ in numbers:
                await bare(session, f"{url}/api/model_registry/v1")

        taken: dict[str, float] = {}
        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        taken[BASELINE] = (time.perf_counter() - start) * 1000

        def items() -> Iterator[dict[str, object]]:
            for _ in range(models):
                yield item()

        before = memory()
        start = time.perf_counter()
        done = await registry.register_many(items(), concurrency=AT_ONCE)
        taken["register_many"] = (time.perf_counter() - start) * 1000
        assert len(done) == models
        print(f"register_many took {memory() - before:.0f} MB for the {models:,} results that it gives")
    return taken


async def listing(url: str) -> dict[str, float]:
    taken: dict[str, float] = {}
    baseline = "bare aiohttp, bytes"
    async with (
        AsyncModelRegistry(url, author="ann", api="v1") as registry,
        aiohttp.ClientSession() as session,
    ):
        token, start, found = "", time.perf_counter(), 0
        while True:
            query = {"pageSize": str(PAGE), **({"nextPageToken": token} if token else {})}
            async with session.get(
                f"{url}/api/model_registry/v1/registered_models", params=query
            ) as response:
                page = json.loads(await response.read())
            found, token = found + len(page["items"]), page["nextPageToken"]
            if not token:
                break
        taken[baseline] = (time.perf_counter() - start) * 1000
        start = time.perf_counter()
        listed = [model async for model in registry.get_registered_models().page_size(PAGE)]
        taken["client"] = (time.perf_counter() - start) * 1000
        assert len(listed) == found
    print_table(f"Listing {found:,} models, pages of {PAGE:,}", taken, baseline)
    return taken


def memory() -> float:
    """Megabytes, at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(models: int = MODELS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"{folder}/registry.db")
        try:
            for case, count in asyncio.run(round_trips(server.url)).items():
                print(f"Round trips of one registration when {case}: {count}")
            print_table("Register model, version and artifact", asyncio.run(one(server.url)), BASELINE)
            title = f"{models:,} registrations, {AT_ONCE} at once"
            print_table(title, asyncio.run(many(server.url, models)), BASELINE)
            asyncio.run(listing(server.url))
        finally:
            server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
