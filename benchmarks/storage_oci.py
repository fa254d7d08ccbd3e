"""Pushing to and pulling from an OCI registry, against `skopeo copy` with the same registry on this machine.

`python -m benchmarks.storage_oci` starts Debian's `docker-registry` and moves one file of 1 GiB and 3,000
files of 20 KiB, each way in a process of its own. `skopeo copy` moves an image that is on disk already, and
leaves one there: packing and unpacking the files are not in its time, but in ours; `with tar` counts them.
`once started` leaves out the start of Python and its imports.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import print_table
from tests.support.oci_registry import Registry

ROUNDS = 3
MIB = 1024 * 1024
SETS = {"one file of 1 GiB": (1, 1024 * MIB), "3,000 files of 20 KiB": (3_000, 20 * 1024)}
OURS = """
import sys, time
from model_registry import storage
import model_registry.storage.oci.oci_store
start = time.perf_counter()
storage.{}(*sys.argv[1:])
print(time.perf_counter() - start)
"""
MEASURED = """
import os, sys, time
start = time.perf_counter()
child = os.fork()  # from a small process: what it had counts as the child's memory
if not child:
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass
class Taken:
    """What a run took: seconds by the clock and of the processor, and MiB of memory at most."""

    seconds: float
    processor: float
    memory: float


def run(*command: str) -> Taken:
    launched = [sys.executable, "-S", "-E", "-c", MEASURED, *command]
    done = subprocess.run(launched, check=True, capture_output=True, text=True)
    return Taken(*map(float, done.stdout.splitlines()[-1].split()))


def ours(verb: str, *arguments: str) -> dict[str, Taken]:
    """Run our function in a process, and tell its own time from that of the process."""
    launched = [
        sys.executable,
        "-S",
        "-E",
        "-c",
        MEASURED,
        sys.executable,
        "-c",
        OURS.format(verb),
        *arguments,
    ]
    done = subprocess.run(launched, check=True, capture_output=True, text=True)
    *_, inside, whole = done.stdout.splitlines()
    taken = Taken(*map(float, whole.split()))
    started = Taken(float(inside), taken.processor, taken.memory)
    return {f"storage.{verb}": taken, f"storage.{verb}, once started": started}


def make(folder: Path, files: int, size: int) -> None:
    folder.mkdir()
    for number in range(files):
        with (folder / f"{number}.bin").open("wb") as file:
            for start in range(0, size, 16 * MIB):
                file.write(os.urandom(min(16 * MIB, size - start)))


def measure_once(root: Path, source: Path) -> dict[str, Taken]:
    """Measure each way with a registry that has nothing yet."""
    plain, image = ("--src-tls-verify=false", "--dest-tls-verify=false"), f"dir:{root}/image"
    taken: dict[str, Taken] = {}
    with Registry(root / "registry") as registry:
        name = f"{registry.host}/model:1"
        pushed = ours("upload", str(source), f"oci://{name}")
        pulled = ours("download", f"oci://{name}", f"{root}/back")
        taken |= {f"push, {way}": each for way, each in pushed.items()}
        taken |= {f"pull, {way}": each for way, each in pulled.items()}
        taken["pull, skopeo copy"] = run("skopeo", "copy", plain[0], f"docker://{name}", image)
        unpack = f"skopeo copy {plain[0]} docker://{name} dir:{root}/2 && mkdir {root}/3 && "
        unpack += f"for layer in {root}/2/*; do tar -xf $layer -C {root}/3 2>/dev/null || true; done"
        taken["pull, skopeo copy with tar"] = run("sh", "-c", unpack)
    for way, options in {
        "push, skopeo copy": (),
        "push, skopeo copy, no gzip": ("--preserve-digests",),
    }.items():
        with Registry(root / way) as registry:
            target = f"docker://{registry.host}/model:1"
            taken[way] = run("skopeo", "copy", *options, plain[1], image, target)
    with Registry(root / "with tar") as registry:
        pack = f"tar -cf {root}/layer.tar -C {source} . && sha256sum {root}/layer.tar && "
        pack += f"skopeo copy --preserve-digests {plain[1]} {image} docker://{registry.host}/model:1"
        taken["push, skopeo copy, no gzip, with tar"] = run("sh", "-c", pack)
    return taken


def report(title: str, size: int, rounds: list[dict[str, Taken]]) -> None:
    middle = {way: statistics.median(each[way].seconds for each in rounds) for way in rounds[0]}
    for verb in ("push", "pull"):
        some = {way: seconds * 1000 for way, seconds in middle.items() if way.startswith(verb)}
        print_table(f"{verb} {title}, median of {len(rounds)}", some, f"{verb}, skopeo copy")
    for way, seconds in sorted(middle.items()):
        processor = statistics.median(each[way].processor for each in rounds)
        memory = max(each[way].memory for each in rounds)
        print(
            f"  {way:<37} {size / MIB / seconds:5.0f} MiB/s, processor {processor:5.2f} s, {memory:4.0f} MiB"
        )


def main() -> None:
    for title, (files, size) in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder) / "source", files, size)
            rounds = []
            for _ in range(ROUNDS):
                with tempfile.TemporaryDirectory(dir=folder) as root:
                    rounds.append(measure_once(Path(root), Path(folder) / "source"))
        report(title, files * size, rounds)


if __name__ == "__main__":
    main()
