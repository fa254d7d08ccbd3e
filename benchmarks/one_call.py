"""One call of the client against the same request with a bare aiohttp session.

`python -m benchmarks.one_call` runs `model-registry serve` in a process of its own and gets one model
by id, over one connection. Rounds are interleaved: all ways meet the same noise.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable

import aiohttp

from benchmarks.table import print_table
from model_registry import ModelRegistryAPIClient
from model_registry.types import RegisteredModel
from tests.doors import Server

ROUNDS = 15
CALLS_PER_ROUND = 100
BASELINE = "bare aiohttp, bytes"
MODEL = RegisteredModel(
    "fraud",
    owner="ann",
    description="Tells fraudulent transactions from others.",
    custom_properties={"framework": "pytorch", "accuracy": 0.9375, "epochs": 12, "approved": True},
)

Way = Callable[[], Awaitable[object]]


async def milliseconds(way: Way) -> float:
    start = time.perf_counter()
    for _ in range(CALLS_PER_ROUND):
        await way()
    return (time.perf_counter() - start) / CALLS_PER_ROUND * 1000


async def measure(url: str) -> dict[str, float]:
    port = int(url.rpartition(":")[2])
    async with (
        ModelRegistryAPIClient.insecure_connection(url, port) as remote,
        ModelRegistryAPIClient.local() as local,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session,
    ):
        there = (await remote.upsert_registered_model(MODEL)).id
        here = (await local.upsert_registered_model(MODEL)).id
        address = f"{url}/api/model_registry/v1/registered_models/{there}"

        async def bare() -> bytes:
            async with session.get(address) as response:
                return await response.read()

        async def bare_json() -> object:
            return json.loads(await bare())

        ways: dict[str, Way] = {
            BASELINE: bare,
            "bare aiohttp, dictionaries": bare_json,
            "client over HTTP": lambda: remote.get_registered_model_by_id(there),
            "client in process": lambda: local.get_registered_model_by_id(here),
        }
        for way in ways.values():
            await milliseconds(way)
        rounds = [{name: await milliseconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(one[name] for one in rounds) for name in ways}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"{folder}/registry.db")
        try:
            taken = asyncio.run(measure(server.url))
        finally:
            server.stop()
    calls = ROUNDS * CALLS_PER_ROUND
    print_table(f"Get one model by id, one connection, {calls} calls each, median of rounds", taken, BASELINE)


if __name__ == "__main__":
    main()
