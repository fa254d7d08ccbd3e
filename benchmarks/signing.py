"""Signing and verifying a model with a key, against taking the SHA-256 of its files one after the other.

`python -m benchmarks.signing` does so with a few large files and with many small ones, in rounds that are
interleaved. The files come from the page cache.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.table import print_table
from model_registry.signing import ModelSigner, create_key_pair

ROUNDS = 5
KINDS = {"4 files of 64 MiB": (4, 64 * 1024 * 1024), "2,000 files of 20 KiB": (2000, 20 * 1024)}
BASELINE = "hashlib, one file after the other"


def digests(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        with path.open("rb") as file:
            taken = hashlib.sha256()
            while chunk := file.read(1024 * 1024):
                taken.update(chunk)


def milliseconds(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return (time.perf_counter() - start) * 1000


def measure(folder: Path, count: int, size: int) -> dict[str, float]:
    model = folder / "model"
    model.mkdir()
    for number in range(count):
        (model / f"{number}.bin").write_bytes(os.urandom(size))
    create_key_pair(folder / "key", folder / "pub")
    signer = ModelSigner.with_key(folder / "key", folder / "pub")
    ways: dict[str, Callable[[], object]] = {
        BASELINE: lambda: digests(model),
        "sign": lambda: signer.sign(model),
        "verify": lambda: signer.verify(model),
    }
    for way in ways.values():
        way()
    rounds = [{name: milliseconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(one[name] for one in rounds) for name in ways}


def main() -> None:
    for kind, (count, size) in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            print_table(f"{kind}, median of {ROUNDS}", measure(Path(folder), count, size), BASELINE)


if __name__ == "__main__":
    main()
