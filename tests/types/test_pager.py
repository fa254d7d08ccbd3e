"""`Pager` over functions of every form."""

import functools
import importlib.util

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_registry.exceptions import InvalidArgumentError, MissingExtraError, UnexpectedResponseError
from model_registry.types import ListOptions, OrderByField, Page, Pager, RegisteredModel

SIZE = 3


class Source:
    """A list that is given out page by page, and counts how often."""

    def __init__(self, items, size=SIZE):
        self.items = list(items)
        self.size = size
        self.calls = []

    def page(self, options):
        self.calls.append(options)
        size = options.limit or self.size
        items = self.items if options.is_asc else self.items[::-1]
        start = int(options.next_page_token or 0)
        end = start + size
        return Page(items[start:end], str(end) if end < len(items) else None)

    async def page_later(self, options):
        return self.page(options)

    def optional(self, options=None):
        return self.page(options or ListOptions())

    def plain_list(self, options):
        """Moves its options on by itself, as page functions for the existing client do."""
        page = self.page(options)
        options.next_page_token = page.next_page_token or ""
        return list(page)

    async def plain_list_later(self, options):
        return self.plain_list(options)

    def __call__(self, options):
        return self.page(options)


class AsyncCallable(Source):
    async def __call__(self, options):
        return self.page(options)


def add(source, method, options):
    return getattr(source, method)(options)


BLOCKING = {
    "bound method": lambda s: s.page,
    "optional options": lambda s: s.optional,
    "lambda": lambda s: lambda o: s.page(o),
    "partial": lambda s: functools.partial(add, s, "page"),
    "object": lambda s: s,
    "plain lists": lambda s: s.plain_list,
}
ASYNC = {
    "bound method": lambda s: s.page_later,
    "lambda": lambda s: lambda o: s.page_later(o),
    "partial": lambda s: functools.partial(add, s, "page_later"),
    "object": lambda s: AsyncCallable(s.items),
    "plain lists": lambda s: s.plain_list_later,
}
blocking_forms = pytest.mark.parametrize("form", BLOCKING.values(), ids=BLOCKING.keys())
async_forms = pytest.mark.parametrize("form", ASYNC.values(), ids=ASYNC.keys())


@blocking_forms
def test_blocking(form):
    pager = Pager(form(Source(range(7))))
    assert list(pager) == list(range(7))
    assert list(pager) == list(range(7))
    assert [pager.next_page() for _ in range(4)] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert [next(pager.restart()), pager.next_item(), next(pager)] == [0, 1, 2]


@async_forms
async def test_async(form):
    pager = Pager(form(Source(range(7))))
    assert [x async for x in pager] == list(range(7))
    assert [x async for x in pager] == list(range(7))
    assert [await pager.next_page() for _ in range(4)] == [[0, 1, 2], [3, 4, 5], [6], []]
    assert [await anext(pager.restart()), await pager.next_item(), await anext(pager)] == [0, 1, 2]


async def test_async_walk_over_a_blocking_function():
    pager = Pager(Source(range(7)).page)
    assert [x async for x in pager] == list(range(7))
    assert await anext(pager) == 0


async def test_plain_lists_of_a_function_that_lists_with_its_options():
    """What the client leaves in the options is enough to go on."""
    source = Source(range(5))

    async def names(options):
        page = source.page(options)
        options.following_page_token = page.next_page_token
        return [str(item) for item in page]

    assert [x async for x in Pager(names)] == list("01234")


@settings(max_examples=25)
@given(count=st.integers(0, 30), size=st.integers(1, 12), ascending=st.booleans())
async def test_every_item_once_in_order_with_the_fewest_calls(count, size, ascending):
    items = list(range(count))
    expected = items if ascending else items[::-1]
    for form in (*BLOCKING.values(), *ASYNC.values()):
        source = Source(items)
        function = form(source)
        calls = function.calls if isinstance(function, AsyncCallable) else source.calls
        pager = Pager(function, ListOptions(is_asc=ascending)).page_size(size)
        assert [item async for item in pager] == expected
        assert len(calls) == max(1, -(-count // size))


STEPS = st.lists(st.sampled_from(["page", "item"]), max_size=20)


@given(count=st.integers(0, 15), size=st.integers(1, 5), steps=STEPS)
def test_pages_and_items_taken_in_turns_skip_and_repeat_nothing(count, size, steps):
    pager = Pager(Source(range(count), size).page)
    taken = []
    for step in steps:
        if step == "page":
            taken += pager.next_page()
        else:
            try:
                taken.append(pager.next_item())
            except StopIteration:
                assert len(taken) == count
    assert taken == list(range(len(taken)))


@given(count=st.integers(0, 15), size=st.integers(1, 5), steps=STEPS)
async def test_the_same_async(count, size, steps):
    pager = Pager(Source(range(count), size).page_later)
    taken = []
    for step in steps:
        if step == "page":
            taken += await pager.next_page()
        else:
            try:
                taken.append(await pager.next_item())
            except StopAsyncIteration:
                assert len(taken) == count
    assert taken == list(range(len(taken)))


@given(pages=st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=12))
async def test_pages_of_any_sizes_even_empty_ones(pages):
    def page(options):
        number = int(options.next_page_token or 0)
        return Page(pages[number], str(number + 1) if number + 1 < len(pages) else None)

    items = [item for page in pages for item in page]
    assert list(Pager(page)) == items
    pager = Pager(page)
    for item in items:
        assert pager.next_item() == item
    with pytest.raises(StopIteration):
        pager.next_item()


async def test_thousands_of_empty_pages():
    def page(options):
        number = int(options.next_page_token or 0)
        return Page([], str(number + 1)) if number < 3000 else Page([number])

    async def page_later(options):
        return page(options)

    assert Pager(page).next_item() == 3000
    assert await Pager(page_later).next_item() == 3000


def test_no_call_after_the_last_page():
    source = Source(range(3))
    pager = Pager(source.page)
    assert list(pager) == [0, 1, 2]
    assert pager.next_page() == [0, 1, 2]
    assert pager.next_page() == []
    with pytest.raises(StopIteration):
        pager.next_item()
    assert len(source.calls) == 2


async def test_no_call_after_the_last_page_async():
    source = Source(range(3))
    pager = Pager(source.page_later)
    assert await pager.next_page() == [0, 1, 2]
    assert await pager.next_page() == []
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await pager.next_item()
    with pytest.raises(StopAsyncIteration):
        await anext(pager)
    assert len(source.calls) == 1


async def test_nested_walks():
    pager = Pager(Source(range(4)).page_later)
    assert [(a, b) async for a in pager async for b in pager] == [(a, b) for a in range(4) for b in range(4)]
    pager = Pager(Source(range(4)).page)
    assert [(a, b) for a in pager for b in pager] == [(a, b) for a in range(4) for b in range(4)]


def test_walks_leave_next_page_where_it_was():
    pager = Pager(Source(range(7)).page)
    assert pager.next_page() == [0, 1, 2]
    assert list(pager) == list(range(7))
    assert pager.next_page() == [3, 4, 5]


def test_a_walk_can_be_left_and_begun_anew():
    pager = Pager(Source(range(7)).page)
    for item in pager:
        if item == 4:
            break
    assert list(pager) == list(range(7))


def test_verbs_chain_and_begin_anew():
    source = Source(range(7))
    pager = Pager(source.page)
    pager.next_page()
    assert pager.order_by_creation_time().descending().limit(2).filter("name = 'x'") is pager
    assert pager.next_page() == [6, 5]
    asked = source.calls[-1]
    assert (asked.order_by, asked.is_asc, asked.limit, asked.filter_query, asked.next_page_token) == (
        OrderByField.CREATE_TIME,
        False,
        2,
        "name = 'x'",
        None,
    )
    assert pager.next_page() == [4, 3]
    assert pager.order_by_update_time().ascending().page_size(4).next_page() == [0, 1, 2, 3]
    assert source.calls[-1].order_by is OrderByField.LAST_UPDATE_TIME
    assert pager.order_by_id().next_page() == [0, 1, 2, 3]
    assert source.calls[-1].order_by is OrderByField.ID
    assert pager.next_page() == [4, 5, 6]
    assert pager.restart().next_page() == [0, 1, 2, 3]


def test_options_of_the_caller_are_left_alone():
    options = ListOptions(limit=2, next_page_token="3", filter_query="q")
    pager = Pager(Source(range(7)).plain_list, options)
    assert pager.descending().ascending().next_page() == [3, 4]
    assert list(pager) == [3, 4, 5, 6]
    assert pager.restart().next_page() == [3, 4]
    assert options == ListOptions(limit=2, next_page_token="3", filter_query="q")


def test_a_token_that_repeats_is_no_endless_walk():
    pager = Pager(lambda options: Page([1], "same"))
    with pytest.raises(UnexpectedResponseError, match="'same'"):
        list(pager)


def test_a_failed_page_can_be_asked_for_again():
    source = Source(range(5))
    broken = [True]

    def page(options):
        if options.next_page_token and broken.pop():
            raise ConnectionError
        return source.page(options)

    pager = Pager(page)
    assert pager.next_page() == [0, 1, 2]
    with pytest.raises(ConnectionError):
        pager.next_page()
    broken.append(False)
    assert pager.next_page() == [3, 4]


@pytest.mark.parametrize("walk", [list, next, lambda pager: list(iter(pager))], ids=["list", "next", "iter"])
async def test_a_blocking_walk_over_an_async_function_is_refused(walk):
    with pytest.raises(InvalidArgumentError, match="async for"):
        walk(Pager(Source(range(3)).page_later))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Pager(None), "page_fn"),
        (lambda: Pager([1]), "page_fn"),
        (lambda: Pager(len, {"limit": 2}), "options must be ListOptions"),
        (lambda: Pager(len).limit(0), "a whole number of 1 or more"),
        (lambda: Pager(len).page_size("5"), "a whole number of 1 or more"),
        (lambda: Pager(len).page_size(True), "a whole number of 1 or more"),
        (lambda: Pager(len).filter(5), "query must be a text"),
    ],
)
def test_wrong_arguments_are_refused(build, said):
    with pytest.raises(InvalidArgumentError, match=said):
        build()


@pytest.mark.parametrize("page", [None, 5, "abc"])
async def test_a_function_that_returns_no_page_is_told(page):
    with pytest.raises(InvalidArgumentError, match="page"):
        list(Pager(lambda options: page))

    async def later(options):
        return page

    with pytest.raises(InvalidArgumentError, match="page"):
        await Pager(later).next_page()


def test_15_14_pagers_become_dictionaries_and_tables():
    models = [
        RegisteredModel("a", id="1", custom_properties={"auc": 0.9, "owner": "x"}),
        RegisteredModel("b", id="2", owner="ann"),
    ]
    pager = Pager(lambda options: Page(models))
    rows = pager.to_dicts()
    assert [list(row)[:2] for row in rows] == [["id", "name"], ["id", "name"]]
    assert (rows[0]["auc"], rows[0]["owner"], rows[0]["custom_properties.owner"]) == (0.9, None, "x")
    assert len(pager.to_dicts(1)) == 1
    assert "<td>ann</td>" in pager._repr_html_()
    with pytest.raises(InvalidArgumentError, match="limit"):
        pager.to_dicts(0)


async def test_15_14_asynchronous_pagers_become_dictionaries():
    async def fetch(options):
        return Page([RegisteredModel("a")])

    pager = Pager(fetch)
    assert (await pager.to_dicts())[0]["name"] == "a"
    assert "use `async for`" in pager._repr_html_()


def test_15_14_pandas_is_used_where_it_is_installed():
    pager = Pager(lambda options: Page([RegisteredModel("a", custom_properties={"auc": 0.9})]))
    if importlib.util.find_spec("pandas") is None:
        with pytest.raises(MissingExtraError, match="pip install pandas"):
            pager.to_pandas()
    else:
        frame = pager.to_pandas()
        assert (frame["name"][0], frame["auc"][0]) == ("a", 0.9)
        assert "readme" not in frame
