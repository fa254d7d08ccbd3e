"""Threads that do blocking work while event loops go on."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from model_registry.exceptions import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Job(Generic[Result]):
    """Work on its way through a thread.

    Args:
        work: The work.

    Attributes:
        answer: What comes of it, for the event loop that asked.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._begun = threading.Lock()
        self.answer: asyncio.Future[Result] = self._loop.create_future()

    def begin(self) -> bool:
        """Whether it had not begun, and so is the caller's: to do it, or to leave it undone."""
        return self._begun.acquire(blocking=False)

    def fail(self, error: BaseException) -> None:
        """Answer with an error, within the loop, if there is no answer yet."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def run(self) -> Callable[[], None] | None:
        """Do it, in any thread, if nobody else does; what is returned gives the answer, within the loop."""
        if not self.begin():
            return None
        try:
            return functools.partial(self._succeed, self._work())
        except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to who waits
            return functools.partial(self.fail, error)

    def deliver(self, answer: Callable[[], None]) -> None:
        """Give the answer to the loop."""
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(answer)

    def _succeed(self, result: Result) -> None:
        if not self.answer.done():  # else who waited has given up
            self.answer.set_result(result)


class Threads:
    """Does jobs, in as many threads as are needed.

    The standard library's executor does the same, but takes three times as long to hand over a job and its
    answer, which is more than most jobs take themselves.

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
            answer = job.run()
            with self._lock:
                self._idle += 1  # before the answer: who gets that may have the next job
            if answer is not None:
                job.deliver(answer)
            del job, answer  # or they would live until the next ones
