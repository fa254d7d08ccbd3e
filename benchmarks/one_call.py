"""One call of the client against the same request with a bare aiohttp session.

`python -m benchmarks.one_call` runs `model-registry serve` in a process of its own and gets one model
by id, over one connection; blocking calls run through `BlockingRunner`. Rounds are interleaved: all ways meet
the same noise. On SQLite the server answers so fast that little but the client is measured; on PostgreSQL it
takes as long as others do.
"""

import asyncio
import json
import statistics
import threading
import time
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.registry import DATABASES, databases
from benchmarks.table import print_table
from model_registry import ModelRegistryAPIClient
from model_registry.blocking import BlockingRunner
from model_registry.types import RegisteredModel
from tests.support.backends import Server

ROUNDS = 15
CALLS_PER_ROUND = 100
BASELINE = "bare aiohttp, bytes"
MODEL = RegisteredModel(
    "fraud",
    owner="ann",
    description="Tells fraudulent transactions from others.",
    custom_properties={"framework": "pytorch", "accuracy": 0.9375, "epochs": 12, "approved": True},
)

Way = Callable[[], object]


async def milliseconds(way: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS_PER_ROUND):
        await way()
    return (time.perf_counter() - start) / CALLS_PER_ROUND * 1000


def milliseconds_blocking(way: Way) -> float:
    start = time.perf_counter()
    for _ in range(CALLS_PER_ROUND):
        way()
    return (time.perf_counter() - start) / CALLS_PER_ROUND * 1000


def measure(url: str) -> dict[str, float]:
    loop, run = asyncio.new_event_loop(), BlockingRunner()
    awaited = loop.run_until_complete
    remote, shared = ModelRegistryAPIClient.connect(url), ModelRegistryAPIClient.connect(url)
    local = ModelRegistryAPIClient.local()
    session = awaited(open_session())
    there = awaited(remote.upsert_registered_model(MODEL)).id
    here = awaited(local.upsert_registered_model(MODEL)).id
    address = f"{url}/api/model_registry/v1/registered_models/{there}"

    async def bare() -> bytes:
        async with session.get(address) as response:
            return await response.read()

    async def bare_json() -> object:
        return json.loads(await bare())

    def blocking() -> object:
        return run(shared.get_registered_model_by_id(there))

    def ask_beside() -> None:
        while not stopped.is_set():
            blocking()

    def blocking_among_two() -> float:
        """What a thread waits for a call while another calls, too."""
        stopped.clear()
        other = threading.Thread(target=ask_beside)
        other.start()
        taken = milliseconds_blocking(blocking)
        stopped.set()
        other.join()
        return taken

    stopped = threading.Event()
    ways: dict[str, Callable[[], float]] = {
        BASELINE: lambda: awaited(milliseconds(bare)),
        "bare aiohttp, dictionaries": lambda: awaited(milliseconds(bare_json)),
        "client over HTTP": lambda: awaited(milliseconds(lambda: remote.get_registered_model_by_id(there))),
        "client over HTTP, blocking": lambda: milliseconds_blocking(blocking),
        "the same, in two threads at once": blocking_among_two,
        "client in process": lambda: awaited(milliseconds(lambda: local.get_registered_model_by_id(here))),
    }
    for way in ways.values():
        way()
    rounds = [{name: way() for name, way in ways.items()} for _ in range(ROUNDS)]
    for closing in (remote.close(), local.close(), session.close()):
        awaited(closing)
    run(shared.close())
    run.close()
    loop.close()
    return {name: statistics.median(one[name] for one in rounds) for name in ways}


async def open_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))


def main() -> None:
    calls = ROUNDS * CALLS_PER_ROUND
    for kind in DATABASES:
        with databases(kind) as new_database:
            server = Server(new_database())
            try:
                taken = measure(server.url)
            finally:
                server.stop()
        title = (
            f"Get one model by id, registry on {kind}, one connection, {calls} calls each, median of rounds"
        )
        print_table(title, taken, BASELINE)


if __name__ == "__main__":
    main()
