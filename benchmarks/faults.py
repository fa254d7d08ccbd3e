"""Registrations over a network of which a fifth of the requests break: how many requests they take.

`python -m benchmarks.faults [REGISTRATIONS]`; the same as the test, with more of them.
"""

import asyncio
import sys
import tempfile
import time

from model_registry import ModelRegistryAPIClient
from tests.support.backends import Server
from tests.support.fault_proxy import Fault, FaultProxy, sometimes
from tests.support.registrations import assert_each_is_there_once, register_all

REGISTRATIONS = 10_000
SHARE = 0.2


async def run(proxy: FaultProxy, registrations: int) -> float:
    async with ModelRegistryAPIClient.connect(proxy.url, retries=12) as client:
        start = time.perf_counter()
        await register_all(client, registrations)
        return time.perf_counter() - start


def main(registrations: int = REGISTRATIONS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"{folder}/registry.db")
        try:
            with FaultProxy(server.url, sometimes(SHARE, seed=1)) as proxy:
                taken = asyncio.run(run(proxy, registrations))
            asyncio.run(assert_each_is_there_once(server.url, registrations))
        finally:
            server.stop()
    sent, needed = len(proxy.requests), 4 * registrations
    broken = sent - proxy.happened[Fault.NONE]
    print(
        f"{registrations:,} registrations of 4 writes in {taken:.0f} s, {broken / sent:.0%} of requests broke"
    )
    print(f"  {sent:,} requests for {needed:,} writes: {sent / needed:.2f} x")
    print("  no call failed, and each registration is there once")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
