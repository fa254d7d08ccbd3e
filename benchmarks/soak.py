"""A server under mixed load for a long time: whether its memory grows, and whether point reads stay quick.

`python -m benchmarks.soak [--minutes M] [--database sqlite|postgresql] [--workers N]` serves a registry of
20,000 models to 64 clients: point reads, lists, slow filters, writes, clients that read their responses
slowly, and clients that are killed in the middle of a request. It prints what it measured, and ends with
status 1 if the memory at the end is more than 20 % above that after 5 minutes (a sixth of a shorter run), if
the p99 of point reads is 10 times their median or more, or if a request failed in a way that the limits of
the server do not explain.
"""

import argparse
import asyncio
import collections
import concurrent.futures
import contextlib
import multiprocessing
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp

from benchmarks.registry import fill
from tests.support.postgresql import PostgreSQLServer

MODELS = 20_000
API = "/api/model_registry/v1"
READERS = {"point read": 40}
"""Clients in a process of their own, so that the work of the others does not count as time of the server."""
OTHERS = {"list": 6, "slow filter": 4, "write": 6, "slow reader": 4, "killed": 4}
PAUSES = {"point read": 0.05, "list": 0.2, "slow filter": 1.0, "write": 0.1, "killed": 0.5}
"""Seconds between the requests of a client."""
SLOW_FILTER = "description ILIKE '%nothing has this%' OR name ILIKE '%nor this%'"
EXPECTED = {200, 201, 503}
SETTLED = 5 * 60
MOST_GROWTH, MOST_SPREAD = 1.2, 10


class Soak:
    """Clients of one server, and what they saw."""

    def __init__(self, url: str, seconds: float, clients: dict[str, int]) -> None:
        self.url = url
        self.clients = clients
        self.ends = time.monotonic() + seconds
        self.seconds: dict[str, list[float]] = collections.defaultdict(list)
        self.statuses: collections.Counter[tuple[str, str]] = collections.Counter()
        self._created = 0

    @property
    def is_running(self) -> bool:
        return time.monotonic() < self.ends

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(self.url, connector=connector) as session:
            work: dict[str, Callable[[], Awaitable[int]]] = {
                "point read": lambda: self._get(session, f"/registered_models/{random.randint(1, MODELS)}"),
                "list": lambda: self._get(session, "/registered_models?pageSize=100&orderBy=CREATE_TIME"),
                "slow filter": lambda: self._get(
                    session, f"/registered_models?filterQuery={quote(SLOW_FILTER)}"
                ),
                "write": lambda: self._write(session),
                "slow reader": self._read_slowly,
                "killed": self._die,
            }
            await asyncio.gather(
                *(
                    self._repeat(kind, work[kind])
                    for kind, count in self.clients.items()
                    for _ in range(count)
                )
            )

    async def _repeat(self, kind: str, work: Callable[[], Awaitable[int]]) -> None:
        await asyncio.sleep(random.random() * PAUSES.get(kind, 0))
        while self.is_running:
            started = time.perf_counter()
            try:
                outcome = str(await work())
            except (OSError, aiohttp.ClientError) as error:
                outcome = type(error).__name__
            self.seconds[kind].append(time.perf_counter() - started)
            self.statuses[kind, outcome] += 1
            await asyncio.sleep(PAUSES.get(kind, 0))

    async def _get(self, session: aiohttp.ClientSession, target: str) -> int:
        async with session.get(API + target) as response:
            await response.read()
            return response.status

    async def _write(self, session: aiohttp.ClientSession) -> int:
        # Mostly changes, so that the registry grows slowly.
        self._created += 1
        if self._created % 20 == 0:
            body = {"name": f"soak-{self._created}"}
            async with session.post(f"{API}/registered_models", json=body) as response:
                await response.read()
                return response.status
        changed = f"{API}/registered_models/{random.randint(1, MODELS)}"
        async with session.patch(changed, json={"description": f"change {self._created}"}) as response:
            await response.read()
            return response.status

    async def _read_slowly(self) -> int:
        """Request a long list, and read a few kilobytes a second of it for ten seconds."""
        with self._connection() as client:
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, self._address())
            await loop.sock_sendall(client, self._head("/registered_models?pageSize=1000"))
            for _ in range(10):
                if not self.is_running or not await loop.sock_recv(client, 4096):
                    break
                await asyncio.sleep(1)
            return 200

    async def _die(self) -> int:
        """Send a request, or half of one, and reset the connection."""
        with self._connection() as client:
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, self._address())
            query = random.choice(["", f"?filterQuery={quote(SLOW_FILTER)}"])
            data = self._head(f"/registered_models{query}")
            await loop.sock_sendall(client, data[: random.choice([20, len(data)])])
            await asyncio.sleep(random.random() * 0.2)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return 200

    @contextlib.contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            yield client

    def _address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    @staticmethod
    def _head(target: str) -> bytes:
        return f"GET {API}{target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def memory(process: int) -> float:
    """Return the memory of a process and of its children, in MiB."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    status = Path(f"/proc/{process}/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return own / 1024 + sum(memory(int(one)) for one in children)


def read_points(url: str, seconds: float) -> tuple[list[float], dict[tuple[str, str], int]]:
    """Run the clients that read points. Return how long each request took, and the outcomes."""
    soak = Soak(url, seconds, READERS)
    asyncio.run(soak.run())
    return soak.seconds["point read"], dict(soak.statuses)


async def run_all(soak: Soak, seconds: float) -> None:
    """Run the clients, and those that read points in another process."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        points = asyncio.get_running_loop().run_in_executor(pool, read_points, soak.url, seconds)
        await soak.run()
        soak.seconds["point read"], statuses = await points
        soak.statuses.update(statuses)


async def measure(soak: Soak, process: int, seconds: float) -> tuple[float, float, float]:
    """Run the load. Return the memory when it has settled, the most, and that at the end."""
    settled_after = min(SETTLED, seconds / 6)
    running = asyncio.create_task(run_all(soak, seconds))
    started, settled, most = time.monotonic(), 0.0, 0.0
    while soak.is_running:
        await asyncio.sleep(1)
        now = memory(process)
        most = max(most, now)
        if not settled and time.monotonic() - started >= settled_after:
            settled = now
    end = memory(process)
    await running
    return settled, most, end


def percentile(values: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def report(soak: Soak, settled: float, most: float, end: float) -> bool:
    """Print what was measured. Return whether it is good."""
    print(f"{'':14}{'requests':>10}{'p50 ms':>10}{'p99 ms':>10}  outcomes")
    for kind in READERS | OTHERS:
        values = soak.seconds[kind]
        outcomes = {outcome: count for (of, outcome), count in soak.statuses.items() if of == kind}
        shown = ", ".join(f"{outcome}: {count:,}" for outcome, count in sorted(outcomes.items()))
        times = "".join(f"{percentile(values, share):>10.1f}" for share in (0.5, 0.99))
        print(f"{kind:14}{len(values):>10,}{times}  {shown}")
    growth = end / settled
    spread = percentile(soak.seconds["point read"], 0.99) / percentile(soak.seconds["point read"], 0.5)
    print(f"memory: {settled:.0f} MiB settled, {most:.0f} at most, {end:.0f} at the end ({growth:.2f} x)")
    print(f"p99 of point reads: {spread:.1f} times their median")
    ordinary = ("point read", "list", "write")
    failures = sum(
        count
        for (kind, outcome), count in soak.statuses.items()
        if kind in ordinary and outcome not in {str(one) for one in EXPECTED}
    )
    print(f"unexpected outcomes of point reads, lists and writes: {failures}")
    return growth <= MOST_GROWTH and spread < MOST_SPREAD and not failures


def soak_server(db: str, minutes: float, workers: int) -> bool:
    asyncio.run(fill(db, MODELS))
    command = [sys.executable, "-m", "model_registry.cli", "serve", "--db", db, "--port", "0"]
    server = subprocess.Popen(
        [*command, "--workers", str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        soak = Soak(server.stdout.readline().strip(), minutes * 60, OTHERS)
        return report(soak, *asyncio.run(measure(soak, server.pid, minutes * 60)))
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    print(f"{given.minutes:g} minutes on {given.database}, processes: {given.workers}")
    if given.database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            is_good = soak_server(f"{folder}/registry.db", given.minutes, given.workers)
    else:
        server = PostgreSQLServer()
        try:
            server.start()
            is_good = soak_server(server.new_database(), given.minutes, given.workers)
        finally:
            server.remove()
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
