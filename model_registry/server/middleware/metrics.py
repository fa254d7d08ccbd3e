"""Count requests, and return the metrics in Prometheus' text format.

Every process counts in its own block of numbers. If several processes serve one registry, the blocks are
files in a shared folder, mapped into memory, and each process returns the sum of all blocks.
"""

from __future__ import annotations

import mmap
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from model_registry.server.contract import OWN_OPERATIONS, load_contract
from model_registry.server.database.measured import USES
from model_registry.server.errors import method_not_allowed
from model_registry.server.http.asgi import OPERATION, request_path, send_error, send_response
from model_registry.server.identity.operations import IDENTITY_OPERATIONS
from model_registry.server.middleware import histogram
from model_registry.server.middleware.process_metrics import render_build, render_processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from model_registry.server.database.measured import Use
    from model_registry.server.http.asgi import Application, Message, Receive, Scope, Send

PATH: Final = "/metrics"
"""The path of the metrics."""

_CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
_NUMBER: Final = 8
_OTHER: Final = "other"
_DATABASE: Final = {
    "model_registry_database_wait_seconds": "Time that requests waited in queues and for connections.",
    "model_registry_database_seconds": "Time that the database worked for requests, commits included.",
}
_STATUSES: Final = (200, 201, 400, 401, 403, 404, 405, 409, 413, 422, 500, 503)

# A block has the number of requests in flight, and then for each operation: a count per status, one for all
# other statuses, and the histogram of its durations. At the end are two histograms for each use of the
# database: of waiting for it, and of its work.
_DURATION_AT: Final = len(_STATUSES) + 1
_PER_OPERATION: Final = _DURATION_AT + histogram.LENGTH


class Metrics:
    """The metrics of one registry.

    Args:
        folder: The folder for the blocks of all processes that serve it; None for a single process.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._operations = [*load_contract().operations, *OWN_OPERATIONS, *IDENTITY_OPERATIONS, _OTHER]
        self._begins = {name: 1 + index * _PER_OPERATION for index, name in enumerate(self._operations)}
        database_at = 1 + len(self._operations) * _PER_OPERATION
        self._uses = {use: database_at + 2 * index * histogram.LENGTH for index, use in enumerate(USES)}
        self._length = database_at + 2 * len(USES) * histogram.LENGTH
        self._block: memoryview[float] | None = None

    def begin(self) -> None:
        """Count a request that starts."""
        self._own()[0] += 1

    def end(self, operation: str, status: int, seconds: float) -> None:
        """Count a request that ended."""
        block, begin = self._own(), self._begins[operation]
        block[0] -= 1
        place = _STATUSES.index(status) if status in _STATUSES else len(_STATUSES)
        block[begin + place] += 1
        histogram.observe(block, begin + _DURATION_AT, seconds)

    def observe_database(self, use: Use, waited: float, worked: float) -> None:
        """Count a use of the database."""
        begin = self._uses[use]
        histogram.observe(self._own(), begin, waited)
        histogram.observe(self._own(), begin + histogram.LENGTH, worked)

    def render(self) -> str:
        """Return all metrics in Prometheus' text format, without those that are zero."""
        counts = self._sums()
        lines = [
            *self._requests(counts),
            *self._durations(counts),
            *self._database(counts),
            *_in_flight(counts),
            *render_processes(self._processes()),
            *render_build(),
        ]
        return "\n".join([*lines, ""])

    def _requests(self, counts: Sequence[float]) -> Iterator[str]:
        yield "# HELP model_registry_requests_total Requests that got a response."
        yield "# TYPE model_registry_requests_total counter"
        for operation, begin in self._begins.items():
            for status, count in zip((*_STATUSES, _OTHER), counts[begin:], strict=False):
                if count:
                    labels = f'operation="{operation}",status="{status}"'
                    yield f"model_registry_requests_total{{{labels}}} {count:.0f}"

    def _durations(self, counts: Sequence[float]) -> Iterator[str]:
        name = "model_registry_request_duration_seconds"
        yield f"# HELP {name} Time from the start of a request to the end of its response."
        yield f"# TYPE {name} histogram"
        for operation, begin in self._begins.items():
            numbers = counts[begin + _DURATION_AT : begin + _PER_OPERATION]
            yield from histogram.render(name, f'operation="{operation}"', numbers)

    def _database(self, counts: Sequence[float]) -> Iterator[str]:
        for index, (name, description) in enumerate(_DATABASE.items()):
            yield f"# HELP {name} {description}"
            yield f"# TYPE {name} histogram"
            for use, begin in self._uses.items():
                at = begin + index * histogram.LENGTH
                yield from histogram.render(name, f'use="{use}"', counts[at : at + histogram.LENGTH])

    def _own(self) -> memoryview[float]:
        """Return the block of this process. The first request creates it, so a fork before it is safe."""
        if self._block is None:
            if self._folder is None:
                memory: bytearray | mmap.mmap = bytearray(self._length * _NUMBER)
            else:
                with (self._folder / str(os.getpid())).open("w+b") as file:
                    file.truncate(self._length * _NUMBER)
                    memory = mmap.mmap(file.fileno(), 0)
            self._block = memoryview(memory).cast("d")
        return self._block

    def _sums(self) -> list[float]:
        blocks = [self._own()]
        if self._folder is not None:
            blocks = [_read(file) for file in self._folder.iterdir()]  # of processes that have ended, too
        return [sum(numbers) for numbers in zip(*blocks, strict=True)]

    def _processes(self) -> list[int]:
        if self._folder is None:
            return [os.getpid()]
        return [one for one in (int(file.name) for file in self._folder.iterdir()) if _runs(one)]


class MetricsMiddleware:
    """Count the requests to an application.

    Args:
        app: The ASGI application to wrap.
        metrics: The metrics to count in.
    """

    def __init__(self, app: Application, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        self._metrics.begin()
        try:
            await self._app(scope, receive, watched_send)
        finally:
            self._metrics.end(scope.get(OPERATION, _OTHER), status, time.perf_counter() - started)


class MetricsEndpoint:
    """Respond to `GET /metrics`, and pass on all other requests.

    Args:
        app: The ASGI application to wrap.
        metrics: The metrics to return.
    """

    def __init__(self, app: Application, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, or pass it on."""
        if scope["type"] != "http" or request_path(scope) != PATH:
            await self._app(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await send_response(send, 200, self._metrics.render().encode(), _CONTENT_TYPE)
        else:
            await send_error(send, method_not_allowed(scope["method"], ["GET", "HEAD"]))


def _in_flight(counts: Sequence[float]) -> Iterable[str]:
    return (
        "# HELP model_registry_requests_in_flight Requests in progress, including this one.",
        "# TYPE model_registry_requests_in_flight gauge",
        f"model_registry_requests_in_flight {counts[0]:.0f}",
    )


def _read(file: Path) -> memoryview[float]:
    """Return the block of a process. The counts of one that ended stay, but it has no requests in flight."""
    block = memoryview(bytearray(file.read_bytes())).cast("d")
    if not _runs(int(file.name)):
        block[0] = 0
    return block


def _runs(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False
