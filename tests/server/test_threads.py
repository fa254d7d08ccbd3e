"""Blocking work of coroutines, in threads."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from model_registry.exceptions import DatabaseError
from model_registry.server.database.threads import Threads


async def test_answers_and_errors_reach_who_asked() -> None:
    threads = Threads(3, "test")

    def fail() -> None:
        raise KeyError("x")

    jobs = [threads.start(lambda number=number: number * 2) for number in range(200)]  # type: ignore[misc]
    assert await asyncio.gather(*(job.future for job in jobs)) == [2 * number for number in range(200)]
    with pytest.raises(KeyError, match="x"):
        await threads.start(fail).future
    threads.close()


async def test_as_many_threads_start_as_are_needed() -> None:
    threads = Threads(3, "many")

    def running() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "many"]

    for _ in range(5):
        await threads.start(time.time).future
        assert len(running()) == 1
    together = threading.Barrier(3)
    await asyncio.gather(*(threads.start(together.wait).future for _ in range(3)))
    assert len(running()) == 3
    assert threads.waiting == 0
    threads.close()
    assert not running()


async def test_what_is_taken_before_it_begins_is_never_done() -> None:
    threads, meeting, done = Threads(1, "test"), threading.Barrier(2), list[int]()
    first = threads.start(lambda: (meeting.wait(), meeting.wait()))
    second = threads.start(lambda: done.append(2))
    meeting.wait()
    assert threads.waiting == 1
    assert second.claim()
    second.settle(TimeoutError())
    second.settle(TimeoutError("again"))
    meeting.wait()
    await first.future
    assert not first.claim()
    with pytest.raises(TimeoutError) as raised:
        await second.future
    assert not raised.value.args
    threads.close()
    assert not done


async def test_an_answer_that_nobody_awaits_any_more_is_dropped() -> None:
    threads, go = Threads(1, "test"), threading.Event()
    job = threads.start(go.wait)
    job.future.cancel()
    go.set()
    assert await threads.start(lambda: 1).future == 1
    threads.close()
    with pytest.raises(DatabaseError, match="closed"):
        threads.start(lambda: 1)


def test_threads_outlive_a_loop_that_ends_before_its_answer() -> None:
    threads, go = Threads(1, "test"), threading.Event()

    async def leave() -> None:
        threads.start(go.wait)

    async def ask() -> int:
        return await threads.start(lambda: 1).future

    asyncio.run(leave())
    go.set()
    assert asyncio.run(ask()) == 1
    threads.close()
