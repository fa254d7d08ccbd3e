"""Walking through 10,000 models, with and without work of the caller on each page.

`python -m benchmarks.listing [MODELS]` runs `model-registry serve` in a process of its own. The baseline is a
loop by hand, which asks for the next page when the work on the one before is done.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import print_table
from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.types import ListOptions, RegisteredModel
from tests.support.backends import Server

ROUNDS = 3
PAGE = 100
BASELINE = "page by page, by hand"


async def fill(url: str, models: int) -> None:
    limit = asyncio.Semaphore(16)

    async with AsyncModelRegistry(url, author="ann") as registry:

        async def register(number: int) -> None:
            async with limit:
                model = RegisteredModel(f"model-{number}", custom_properties={"accuracy": number / models})
                await registry.core.upsert_registered_model(model)

        await asyncio.gather(*map(register, range(models)))


def by_hand(registry: ModelRegistry, work: float) -> int:
    token, count = None, 0
    while True:
        options = ListOptions(limit=PAGE, next_page_token=token)
        page = registry.async_runner(registry._async.core.get_registered_models(options))  # noqa: SLF001  # as a loop by hand
        count += len(page)
        time.sleep(work)
        token = page.next_page_token
        if not token:
            return count


def by_pager(registry: ModelRegistry, work: float) -> int:
    count = 0
    for page in registry.list_models(page_size=PAGE).pages():
        count += len(page)
        time.sleep(work)
    return count


def measure(
    ways: dict[str, Callable[[ModelRegistry, float], int]], url: str, work: float, models: int
) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    with ModelRegistry(url, author="ann") as registry:
        for _ in range(ROUNDS):
            for name, way in ways.items():
                began = time.perf_counter()
                assert way(registry, work) == models  # a benchmark of nothing would be quick
                taken[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    models = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 10_000
    with tempfile.TemporaryDirectory() as folder:
        server = Server(str(Path(folder) / "registry.db"))
        asyncio.run(fill(server.url, models))
        ways = {BASELINE: by_hand, "list_models().pages()": by_pager}
        for work in (0.0, 0.01):
            title = f"{models} models in pages of {PAGE}, {work * 1000:g} ms of work on each"
            print_table(title, measure(ways, server.url, work, models), BASELINE)
        server.stop()


if __name__ == "__main__":
    main()
