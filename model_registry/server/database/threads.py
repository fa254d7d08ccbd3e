"""A pool of threads for blocking work."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from model_registry.exceptions import DatabaseError
from model_registry.server.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")

_STOP_AGAIN_SECONDS: Final = 0.1


class Job(Generic[Result]):
    """A function to run in a thread, and the future of its result in the event loop that waits for it.

    Args:
        work: The function.

    Attributes:
        work: The function.
        loop: The event loop.
        future: The future of the result.
        started: When a thread started it (`time.monotonic()`), or None.
        has_ended: Whether a thread has run it.
    """

    def __init__(self, work: Callable[..., Result]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Result] = self.loop.create_future()
        self.started: float | None = None
        self.has_ended = False
        self._claimed = threading.Lock()

    def claim(self) -> bool:
        """Claim the job, to run or to drop it. Return whether nothing else has claimed it before."""
        return self._claimed.acquire(blocking=False)

    @property
    def is_claimed(self) -> bool:
        """Whether the job is claimed."""
        return self._claimed.locked()

    def settle(self, outcome: Result | BaseException) -> None:
        """Set the result, in the event loop, unless the future is cancelled."""
        if self.future.done():
            return
        if isinstance(outcome, BaseException):
            if isinstance(outcome, ApiError):
                # Nobody logs its frames, which would keep all results of a transaction until a collection.
                outcome.__traceback__ = outcome.__context__ = None
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


async def wait_for(
    job: Job[Result],
    stop: Callable[[Job[Any]], object],
    *,
    wait: float,
    limit: float,
    too_busy: Callable[[], Exception],
) -> Result:
    """Return the result of a job, and stop the job when it takes too long or when this task is cancelled.

    Args:
        job: The job.
        stop: Called with the job, stops it soon, so that it raises; called again until the job ends.
        wait: Seconds until a job that no thread has started fails.
        limit: Seconds until a started job is stopped.
        too_busy: Creates the exception of a job that no thread has started.
    """
    limits = _Limits(job, stop, wait, limit, too_busy)
    try:
        return await job.future
    except asyncio.CancelledError:
        if not job.claim():
            limits.stop_until_end()
        raise
    finally:
        limits.lift()
        del job, limits  # an exception that the future holds refers to this frame


class _Limits:
    """Fails or stops a job that takes too long. See `wait_for`."""

    def __init__(
        self,
        job: Job[Any],
        stop: Callable[[Job[Any]], object],
        wait: float,
        limit: float,
        too_busy: Callable[[], Exception],
    ) -> None:
        self._job = job
        self._stop = stop
        self._limit = limit
        self._too_busy = too_busy
        self._must_start = time.monotonic() + wait
        self._timer = job.loop.call_later(min(wait, limit), self._check)

    def lift(self) -> None:
        """Let the job take any time."""
        self._timer.cancel()

    def stop_until_end(self) -> None:
        """Stop the job. A statement that was about to start runs nevertheless, so it is stopped again."""
        if not self._job.has_ended:
            self._stop(self._job)
            self._job.loop.call_later(_STOP_AGAIN_SECONDS, self.stop_until_end)

    def _check(self) -> None:
        job, now = self._job, time.monotonic()
        if job.started is None and now >= self._must_start and job.claim():
            job.settle(self._too_busy())
            return
        ends = self._must_start if job.started is None else job.started + self._limit
        if job.started is not None and now >= ends:
            self._stop(job)
        self._timer = job.loop.call_later(max(ends - now, _STOP_AGAIN_SECONDS), self._check)


def deliver(loop: asyncio.AbstractEventLoop, outcomes: Sequence[tuple[Job[Any], Any]]) -> None:
    """Set the results of jobs of one event loop, from any thread."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nothing waits any more
        loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: Sequence[tuple[Job[Any], Any]]) -> None:
    for job, outcome in outcomes:
        job.settle(outcome)


class Threads:
    """Runs jobs in as many threads as needed.

    The standard library's executor does the same, but takes twice as long to pass on a job and its result,
    which costs about as much as a short query.

    Args:
        limit: Maximum number of threads.
        name: Name of the threads.
    """

    def __init__(self, limit: int, name: str) -> None:
        self._limit = limit
        self._name = name
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Number of jobs that no thread has taken yet."""
        return self._jobs.qsize()

    def start(self, work: Callable[[], Result]) -> Job[Result]:
        """Queue a job.

        Raises:
            DatabaseError: The pool is closed.
        """
        job = Job(work)
        with self._lock:
            if self._is_closed:
                raise DatabaseError("the registry is closed")
            if self._idle:
                self._idle -= 1
            elif len(self._threads) < self._limit:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._jobs.put(job)
        return job

    def close(self) -> None:
        """Wait until all jobs are done, and stop the threads."""
        with self._lock:
            self._is_closed = True
            for _ in self._threads:
                self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            is_claimed = job.claim()
            job.started = time.monotonic()
            outcome = _outcome(job.work) if is_claimed else None
            job.has_ended = True
            with self._lock:
                self._idle += 1  # before the result: its receiver may have the next job
            if is_claimed:
                deliver(job.loop, [(job, outcome)])
            del job, outcome  # do not keep them alive until the next job


def _outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except BaseException as error:  # noqa: BLE001  # any exception belongs to the job's caller
        return error
