"""Many calls of one client: at once, in a row, and the very first.

`python -m benchmarks.many_calls [CALLS]` runs `model-registry serve` in a process of its own.
"""

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from benchmarks.one_call import BASELINE, MODEL
from benchmarks.table import print_table
from model_registry import ModelRegistryAPIClient
from tests.support.backends import Server

AT_ONCE = 1_000
IN_A_ROW = 100_000
WORKERS = 16

FIRST_ANSWER = """
import asyncio, sys
from model_registry import ModelRegistryAPIClient
async def main():
    async with ModelRegistryAPIClient.connect(sys.argv[1]) as client:
        assert await client.get_registered_model_by_id(sys.argv[2])
asyncio.run(main())
"""
FIRST_BARE_ANSWER = """
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        address = sys.argv[1] + "/api/model_registry/v1/registered_models/" + sys.argv[2]
        async with session.get(address) as response:
            assert (await response.json())["id"]
asyncio.run(main())
"""


def sockets() -> int:
    descriptors = (one for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    return sum(str(one.readlink()).startswith("socket:") for one in descriptors)


def memory() -> float:
    """Megabytes, at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def at_once(url: str, model: str) -> dict[str, float]:
    address = f"{url}/api/model_registry/v1/registered_models/{model}"

    async def bare(session: aiohttp.ClientSession) -> bytes:
        async with session.get(address) as response:
            return await response.read()

    taken: dict[str, list[float]] = {BASELINE: [], "client": []}
    async with aiohttp.ClientSession() as session, ModelRegistryAPIClient.connect(url) as client:
        for _ in range(5):
            start = time.perf_counter()
            await asyncio.gather(*(bare(session) for _ in range(AT_ONCE)))
            taken[BASELINE].append(time.perf_counter() - start)
            start = time.perf_counter()
            await asyncio.gather(*(client.get_registered_model_by_id(model) for _ in range(AT_ONCE)))
            taken["client"].append(time.perf_counter() - start)
    return {name: statistics.median(times) * 1000 for name, times in taken.items()}


async def in_a_row(url: str, model: str, calls: int) -> None:
    async with ModelRegistryAPIClient.connect(url) as client:

        async def work(count: int) -> None:
            for _ in range(count):
                await client.get_registered_model_by_id(model)

        for share in (0.1, 0.9):
            await asyncio.gather(*(work(int(calls * share) // WORKERS) for _ in range(WORKERS)))
            print(
                f"  after {share * calls:9,.0f} further calls: {sockets()} sockets, {memory():.0f} MB at most"
            )
    print(f"  after closing: {sockets()} sockets")


def first_answer(code: str, url: str, model: str) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, url, model], check=True)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


async def register(url: str) -> str:
    async with ModelRegistryAPIClient.connect(url) as client:
        return str((await client.upsert_registered_model(MODEL)).id)


def main(calls: int = IN_A_ROW) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"{folder}/registry.db")
        try:
            model = asyncio.run(register(server.url))
            taken = asyncio.run(at_once(server.url, model))
            print_table(f"{AT_ONCE:,} calls at once, median of 5 rounds", taken, BASELINE)
            first = {
                BASELINE: first_answer(FIRST_BARE_ANSWER, server.url, model),
                "client": first_answer(FIRST_ANSWER, server.url, model),
            }
            print_table("From the start of Python to the first answer and its end", first, BASELINE)
            print(f"{calls:,} calls by {WORKERS} tasks of one client")
            asyncio.run(in_a_row(server.url, model, calls))
        finally:
            server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
