"""Metrics of processes (on Linux) and of the build, in Prometheus' text format."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import model_registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PROC: Final = Path("/proc")
_METRICS: Final = {
    "process_cpu_seconds_total": ("counter", "CPU time of the process."),
    "process_resident_memory_bytes": ("gauge", "Memory of the process that is in RAM."),
    "process_virtual_memory_bytes": ("gauge", "Address space of the process."),
    "process_open_fds": ("gauge", "Open files and connections of the process."),
    "process_max_fds": ("gauge", "Maximum number of open files and connections."),
    "process_threads": ("gauge", "Threads of the process."),
    "process_start_time_seconds": ("gauge", "When the process started, in seconds since 1970."),
}


class _Process(NamedTuple):
    """The values of one process, in the order of `_METRICS`."""

    cpu: float
    resident: float
    virtual: float
    open_files: float
    max_files: float
    threads: float
    start: float


def render_build() -> Iterator[str]:
    """Return the lines about the version of this program."""
    name = "model_registry_build_info"
    labels = f'version="{model_registry.__version__}",python="{platform.python_version()}"'
    yield f"# HELP {name} Version of the registry and of Python."
    yield f"# TYPE {name} gauge"
    yield f"{name}{{{labels}}} 1"


def render_processes(pids: Iterable[int]) -> Iterator[str]:
    """Return the lines about processes that run, each with its id as a label; none on other systems."""
    found: dict[int, _Process] = {}
    for pid in sorted(pids):
        with suppress(OSError):  # it has ended, or this is not Linux
            found[pid] = _read(_PROC / str(pid))
    if not found:
        return
    for index, (name, (kind, description)) in enumerate(_METRICS.items()):
        yield f"# HELP {name} {description}"
        yield f"# TYPE {name} {kind}"
        for pid, values in found.items():
            yield f'{name}{{pid="{pid}"}} {values[index]:.15g}'


def _read(folder: Path) -> _Process:
    # The second field is the name of the program, which may contain spaces.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    user, system, threads, start, virtual, pages = (int(fields[at]) for at in (11, 12, 17, 19, 20, 21))
    ticks = os.sysconf("SC_CLK_TCK")
    return _Process(
        cpu=(user + system) / ticks,
        resident=pages * os.sysconf("SC_PAGE_SIZE"),
        virtual=virtual,
        open_files=len(os.listdir(folder / "fd")),  # noqa: PTH208  # only their number
        max_files=_max_files(folder),
        threads=threads,
        start=_boot_time() + start / ticks,
    )


def _max_files(folder: Path) -> float:
    for line in (folder / "limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return float(line.split()[3].replace("unlimited", "inf"))
    return float("inf")


def _boot_time() -> int:
    for line in (_PROC / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return int(line.split()[1])
    raise FileNotFoundError
