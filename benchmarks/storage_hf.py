"""Downloads of repositories against the Hub's own library, from the same server.

`python -m benchmarks.storage_hf` runs a stand-in for the Hub in a process of its own, and fetches one large
file and many small ones into new folders. Rounds are interleaved: both ways meet the same noise. Both verify
sizes; this package also verifies the digests of large files.
"""

import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.table import print_table
from model_registry import storage
from tests.support.hub_server import HubServer, Repository

ROUNDS = 5
LARGE = 256 * 1024 * 1024
SMALL, MANY = 20 * 1024, 500
COMMIT = "1" * 40
BASELINE = "huggingface_hub"


def serve(pipe: Connection) -> None:
    with HubServer() as hub:
        block = os.urandom(1024 * 1024)
        large = {"model.safetensors": block * (LARGE // len(block))}
        small = {f"{number // 50}/{number}.bin": os.urandom(SMALL) for number in range(MANY)}
        hub.repositories["acme/large"] = Repository({COMMIT: large}, {"main": COMMIT})
        hub.repositories["acme/small"] = Repository({COMMIT: small}, {"main": COMMIT})
        pipe.send(hub.url)
        pipe.recv()


def with_library(repo: str, folder: Path) -> None:
    from huggingface_hub import snapshot_download

    snapshot_download(repo, local_dir=folder, endpoint=os.environ["HF_ENDPOINT"])


def with_store(repo: str, folder: Path) -> None:
    storage.download(f"hf://{repo}", folder)


def milliseconds(way: Callable[[str, Path], None], repo: str) -> float:
    folder = Path(tempfile.mkdtemp())
    try:
        start = time.perf_counter()
        way(repo, folder / "got")
        return (time.perf_counter() - start) * 1000
    finally:
        shutil.rmtree(folder)


def main() -> None:
    mine, other = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(other,))
    server.start()
    os.environ["HF_ENDPOINT"] = mine.recv()
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    ways = {BASELINE: with_library, "this package": with_store}
    titles = {"acme/large": f"One file of {LARGE >> 20} MiB", "acme/small": f"{MANY} files of 20 KiB"}
    try:
        for repo, title in titles.items():
            rounds = [{name: milliseconds(way, repo) for name, way in ways.items()} for _ in range(ROUNDS)]
            taken = {name: statistics.median(one[name] for one in rounds) for name in ways}
            print_table(f"{title}, median of {ROUNDS}", taken, BASELINE)
    finally:
        mine.send(None)
        server.join()


if __name__ == "__main__":
    main()
