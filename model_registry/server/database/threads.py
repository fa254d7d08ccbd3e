"""Threads that do blocking work while event loops go on."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from model_registry.exceptions import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")


class Job(Generic[Result]):
    """Work for a thread, and its answer for the event loop that asks.

    Args:
        work: The work.

    Attributes:
        work: The work.
        loop: The event loop.
        answer: What comes of it.
    """

    def __init__(self, work: Callable[..., Result]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Result] = self.loop.create_future()
        self._begun = threading.Lock()

    def begin(self) -> bool:
        """Whether it had not begun, and so is the caller's: to do it, or to leave it undone."""
        return self._begun.acquire(blocking=False)

    def settle(self, outcome: Result | BaseException) -> None:
        """Answer, within the loop, unless who waited has given up."""
        if self.answer.done():
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


def deliver(loop: asyncio.AbstractEventLoop, outcomes: Sequence[tuple[Job[Any], Any]]) -> None:
    """Have a loop settle jobs of its own, from any thread."""
    with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
        loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: Sequence[tuple[Job[Any], Any]]) -> None:
    for job, outcome in outcomes:
        job.settle(outcome)


class Threads:
    """Does jobs, in as many threads as are needed.

    The standard library's executor does the same, but takes twice as long to hand over a job and its answer,
    which together cost about as much as a short query.

    Args:
        most: How many threads there may be.
        name: What they are called.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return self._jobs.qsize()

    def start(self, work: Callable[[], Result]) -> Job[Result]:
        """Have a job done soon.

        Raises:
            DatabaseError: They were closed.
        """
        job = Job(work)
        with self._lock:
            if self._is_closed:
                raise DatabaseError("the registry was closed")
            if self._idle:
                self._idle -= 1
            elif len(self._threads) < self._most:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._jobs.put(job)
        return job

    def close(self) -> None:
        """Wait until all jobs are done, and end the threads."""
        with self._lock:
            self._is_closed = True
            for _ in self._threads:
                self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            is_ours = job.begin()
            outcome = _outcome(job) if is_ours else None
            with self._lock:
                self._idle += 1  # before the answer: who gets that may have the next job
            if is_ours:
                deliver(job.loop, [(job, outcome)])
            del job, outcome  # or they would live until the next ones


def _outcome(job: Job[Any]) -> object:
    try:
        return job.work()
    except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to who waits
        return error
