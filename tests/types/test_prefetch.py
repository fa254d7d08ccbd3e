"""Walks: page by page, the first item, some items, and pages that are fetched while the caller works."""

from __future__ import annotations

import asyncio
import gc
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.blocking import BlockingRunner
from model_registry.exceptions import InvalidArgumentError, RegistryTimeoutError, StoreError
from model_registry.types import ListOptions, Page, Pager
from model_registry.types.prefetch import prefetch_in_task


class Source:
    """A list that is given out page by page, and remembers for what it was asked."""

    def __init__(self, count, size=3):
        self.items = range(count)
        self.size = size
        self.calls = []
        self.ended = []
        self.error = None

    async def page(self, options):
        start = int(options.next_page_token or 0)
        self.calls.append(start)
        try:
            await asyncio.sleep(0)
            if start and self.error:
                raise self.error
            return self.page_now(options)
        finally:
            self.ended.append(start)

    def page_now(self, options):
        start = int(options.next_page_token or 0)
        end = start + (options.limit or self.size)
        return Page(self.items[start:end], str(end) if end < len(self.items) else None)


@pytest.fixture
def run():
    runner = BlockingRunner()
    yield runner
    runner.close()


def ahead(source):
    return Pager(source.page, prefetch=prefetch_in_task(source.page))


def blocking_ahead(source, run):
    return Pager(lambda o: run(source.page(o)), prefetch=lambda o: run.start(source.page(o)))


async def until(condition):
    while not condition():  # noqa: ASYNC110  # what it waits for knows of no event
        await asyncio.sleep(0)


async def test_pages_in_both_colours(run):
    source = Source(7)
    assert [(list(page), page.next_page_token) async for page in ahead(source).pages()] == [
        ([0, 1, 2], "3"),
        ([3, 4, 5], "6"),
        ([6], None),
    ]
    assert [list(page) for page in blocking_ahead(source, run).pages()] == [[0, 1, 2], [3, 4, 5], [6]]
    assert source.calls == [0, 3, 6] * 2


async def test_plain_lists_become_pages():
    def plain(options):
        options.next_page_token = "" if options.next_page_token else "2"
        return [1, 2]

    assert [page.next_page_token for page in Pager(plain).pages()] == ["2", None]


async def test_the_next_page_comes_while_the_caller_works():
    source = Source(7)
    seen = []
    async for page in ahead(source).pages():
        await until(lambda: len(source.ended) > len(seen) + 1 or not page.next_page_token)  # noqa: B023
        seen.append(list(page))
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]
    assert source.calls == [0, 3, 6]


def test_the_next_page_comes_while_a_blocking_caller_works(run):
    source = Source(4)
    pages = iter(blocking_ahead(source, run).pages())
    assert next(pages) == [0, 1, 2]
    while source.ended != [0, 3]:
        time.sleep(0.001)
    assert next(pages) == [3]
    assert list(pages) == []
    assert source.calls == [0, 3]


@given(count=st.integers(0, 20), size=st.integers(1, 6), limit=st.integers(1, 25))
async def test_every_item_once_however_it_is_asked_for(count, size, limit):
    source = Source(count)
    pager = ahead(source).page_size(size)
    assert [item async for item in pager] == list(range(count))
    assert await pager.to_list() == list(range(count))
    calls = len(source.calls)
    assert await pager.to_list(limit) == list(range(count))[:limit]
    assert len(source.calls) - calls == max(1, -(-min(limit, count) // size))
    assert await pager.first() == (0 if count else None)
    blocking = Pager(source.page_now).page_size(size)
    assert blocking.to_list(limit) == list(range(count))[:limit]
    assert blocking.to_list() == list(blocking)
    assert blocking.first() == (0 if count else None)


async def test_the_first_item_is_all_that_is_asked_for():
    asked = []

    async def page(options):
        asked.append(options.limit)
        return Page(range(options.limit), str(len(asked)))

    pager = Pager(page, prefetch=prefetch_in_task(page)).page_size(50)
    assert await pager.first() == 0
    assert asked == [1]
    assert await pager.to_list(60) == [*range(50), *range(10)]
    assert asked == [1, 50, 10]


async def test_the_first_of_pages_that_begin_empty():
    pages = {None: Page([], "a"), "a": Page([], "b"), "b": Page([5])}
    assert Pager(lambda options: pages[options.next_page_token]).first() == 5

    async def later(options):
        return pages[options.next_page_token]

    assert await Pager(later).first() == 5


async def test_a_walk_goes_on_another_time():
    source = Source(7)
    pager = ahead(source)
    await pager.next_page()
    token = pager.next_page_token
    assert await Pager(source.page, ListOptions(next_page_token=token)).to_list() == [3, 4, 5, 6]
    await pager.next_page()
    await pager.next_page()
    assert pager.next_page_token is None


async def test_what_comes_is_cancelled_when_the_walk_is_left():
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def page(options):
        if not options.next_page_token:
            return Page([1, 2], "2")
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async for _ in Pager(page, prefetch=prefetch_in_task(page)):
        await started.wait()
        break
    gc.collect()
    await cancelled.wait()


def test_what_comes_is_cancelled_when_a_blocking_walk_is_left(run):
    ended = []

    async def page(options):
        if not options.next_page_token:
            return Page([1, 2], "2")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    for _ in Pager(lambda o: run(page(o)), prefetch=lambda o: run.start(page(o))):
        break
    gc.collect()
    run(asyncio.sleep(0))
    while not ended:
        time.sleep(0.001)


async def test_an_error_of_a_page_ahead_surfaces_when_the_caller_gets_there(run):
    source = Source(7)
    source.error = StoreError("broken")
    items = aiter(ahead(source))
    assert [await anext(items) for _ in range(3)] == [0, 1, 2]
    await until(lambda: 3 in source.ended)
    with pytest.raises(StoreError, match="broken"):
        await anext(items)
    blocking = iter(blocking_ahead(source, run))
    assert [next(blocking) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(StoreError, match="broken"):
        next(blocking)


async def test_an_error_that_nobody_gets_to_is_not_complained_about():
    source = Source(7)
    source.error = StoreError("broken")
    said = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    async for _ in ahead(source):
        await until(lambda: 3 in source.ended)
        break
    await asyncio.sleep(0)
    gc.collect()
    assert said == []


async def test_a_page_ahead_that_ran_out_of_time_is_fetched_again(run):
    """The caller may have blocked the event loop meanwhile, and so taken that time."""
    source = Source(4)
    source.error = RegistryTimeoutError("too slow", method="GET", url="/", sent=False)
    items = aiter(ahead(source))
    assert await anext(items) == 0
    await until(lambda: 3 in source.ended)
    source.error = None
    assert [item async for item in items] == [1, 2, 3]
    assert source.calls == [0, 3, 3]
    source.error = RegistryTimeoutError("too slow", method="GET", url="/", sent=False)
    blocking = iter(blocking_ahead(source, run))
    assert next(blocking) == 0
    await until(lambda: source.ended == [0, 3, 3, 0, 3])
    source.error = None
    assert list(blocking) == [1, 2, 3]


async def test_a_walk_waits_for_the_registry_only_while_the_caller_does():
    spent = []

    async def page(options):
        spent.append(options.walk.spent)
        return Page([1], str(len(spent)) if len(spent) < 3 else None)

    async for _ in Pager(page, prefetch=prefetch_in_task(page)):
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251  # work of the caller
    assert max(spent) < 0.2


async def test_an_order_that_changes_during_a_walk_is_for_the_next_one():
    asked = []

    async def page(options):
        asked.append(options.is_asc)
        return Page([1], None if options.next_page_token else "2")

    pager = Pager(page)
    async for _ in pager:
        pager.descending()
    assert asked == [True, True]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of threads that are not copied
def test_a_walk_goes_on_after_a_fork(run):
    source = Source(7)
    items = iter(blocking_ahead(source, run))
    assert next(items) == 0
    child = os.fork()
    if child == 0:
        os._exit(0 if list(items) == [1, 2, 3, 4, 5, 6] else 1)
    assert list(items) == [1, 2, 3, 4, 5, 6]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "2"])
def test_wrong_limits_are_refused(limit):
    with pytest.raises(InvalidArgumentError, match="1 or more"):
        Pager(Source(3).page_now).to_list(limit)
