"""Registrations step by step: round trips, races, and calls that break off half-way."""

from __future__ import annotations

import asyncio
import contextlib
import pickle

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    IncompleteRegistrationError,
    RequestError,
    ServerError,
)
from model_registry.types import DocArtifact, Metric
from tests.support.fault_proxy import Fault, FaultProxy, receive_response, sometimes
from tests.support.servers import Proxy, receive

AT_ONCE = 8
ARTIFACTS = (DocArtifact(name="card", uri="https://example.org"), Metric(name="auc", value=0.9))


@pytest.mark.parametrize(
    ("first", "second", "round_trips"),
    [
        (None, {}, 3),
        (None, {"artifacts": ARTIFACTS}, 5),
        ({"version": "0.9"}, {}, 4),
        ({}, {"if_exists": "return"}, 5),
        ({}, {"if_exists": "resume"}, 5),
        ({"uri": None}, {"if_exists": "resume"}, 6),
    ],
    ids=[
        "nothing is there",
        "further artifacts",
        "the model is there",
        "returned",
        "resumed",
        "completed",
    ],
)
async def test_round_trips(sqlite_url, unique, first, second, round_trips):
    common = {"name": f"{unique}m", "version": "1.0", "uri": "s3://models/1"}
    with Proxy(sqlite_url) as proxy:
        async with AsyncModelRegistry(proxy.url, api="v1") as registry:
            if first is not None:
                await registry.register(**{**common, **first})
            before = len(proxy.requests)
            await registry.register(**{**common, **second})
            assert len(proxy.requests) - before == round_trips


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("if_exists", ["error", "return", "resume"])
async def test_of_many_who_register_the_same_at_once_one_makes_it(request, unique, database, if_exists):
    url = request.getfixturevalue(f"{database}_url")
    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(AsyncModelRegistry(url, author="ann")) for _ in range(AT_ONCE)
        ]
        for name in [f"{unique}{number}" for number in range(8)]:
            results = await asyncio.gather(
                *(
                    client.register(name, "1.0", "s3://models/1", artifacts=ARTIFACTS, if_exists=if_exists)
                    for client in clients
                ),
                return_exceptions=True,
            )
            done = [each for each in results if not isinstance(each, BaseException)]
            failed = [each for each in results if isinstance(each, BaseException)]
            assert [each.is_new for each in done].count(True) == 1
            if if_exists == "error":
                assert len(done) == 1
                assert {type(each) for each in failed} == {DuplicateError}
            else:
                assert failed == []
                assert len({each.version.id for each in done}) == 1
            there = await clients[0].register(name, "1.0", if_exists="return")
            assert sorted(each.name for each in there.artifacts) == sorted([name, "card", "auc"])


@pytest.mark.parametrize(
    ("breaks", "created", "has_version"),
    [
        ("/versions", ["model"], False),
        ("/artifacts", ["model", "version"], True),
    ],
)
async def test_what_breaks_off_says_what_was_done_and_is_resumed(
    sqlite_url, unique, breaks, created, has_version
):
    arguments = {"name": f"{unique}m", "version": "1.0", "uri": "s3://models/1", "artifacts": ARTIFACTS}

    def choose(request):
        is_broken = request.method == "POST" and request.target.endswith(breaks)
        return Fault.UNAVAILABLE if is_broken else Fault.NONE

    with FaultProxy(sqlite_url, choose) as proxy:
        async with AsyncModelRegistry(proxy.url, retries=0) as registry:
            with pytest.raises(IncompleteRegistrationError) as caught:
                await registry.register(**arguments)
    error = caught.value
    assert [each.split(" ")[0] for each in error.created] == created
    assert f"{unique}m/1.0 stopped after {' and '.join(error.created)} had been created: " in str(error)
    assert "Register it again with if_exists='resume' to complete it." in str(error)
    assert isinstance(error.__cause__, RequestError)
    assert error.model.name == f"{unique}m"
    assert (error.version is not None) == has_version
    assert error.artifacts == ()
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.model, copied.created) == (str(error), error.model, error.created)
    async with AsyncModelRegistry(sqlite_url) as registry:
        done = await registry.register(**arguments, if_exists="resume")
        assert done.model == error.model
        assert len(done.artifacts) == 3


async def test_each_of_many_happens_exactly_once_over_a_network_that_breaks(sqlite_url, unique):
    given = [
        {"name": f"{unique}{number}", "version": "1.0", "uri": f"s3://{number}", "artifacts": ARTIFACTS}
        for number in range(100)
    ]
    with FaultProxy(sqlite_url, sometimes(0.2, seed=7)) as proxy:
        async with AsyncModelRegistry(proxy.url, retries=12) as registry:
            done = await registry.register_many(given, concurrency=AT_ONCE)
    assert all(proxy.happened[fault] for fault in Fault), "every fault took part"
    async with AsyncModelRegistry(sqlite_url) as registry:
        for each in done:
            assert each.is_new
            there = await registry.register(each.model.name, "1.0", if_exists="return")
            assert (there.model, there.version) == (each.model, each.version)
            assert sorted(one.id for one in there.artifacts) == sorted(one.id for one in each.artifacts)


async def test_what_breaks_off_before_anything_is_done_is_told_as_it_is(sqlite_url, unique):
    with FaultProxy(sqlite_url, lambda _: Fault.UNAVAILABLE) as proxy:
        async with AsyncModelRegistry(proxy.url, retries=0) as registry:
            with pytest.raises(ServerError):
                await registry.register(f"{unique}m", "1.0")


class Overtaken(Proxy):
    """Lets another act before a request goes on."""

    def __init__(self, url, act):
        super().__init__(url)
        self._act = act

    async def handle(self, reader, writer):
        answers, onward = await asyncio.open_connection(*self._behind)
        while (request := await receive(reader)) is not None:
            await self._act(request)
            onward.write(request.raw)
            await onward.drain()
            writer.write(await receive_response(answers))
            await writer.drain()
        onward.transport.abort()


@pytest.mark.parametrize("uri", ["s3://models/1", "s3://models/2"])
async def test_an_artifact_that_another_made_in_between_is_taken_when_it_is_the_same(sqlite_url, unique, uri):
    async def act(request):
        if request.method == "POST" and request.target.endswith("/artifacts"):
            async with AsyncModelRegistry(sqlite_url) as other:
                await other.register(f"{unique}m", "1.0", uri, if_exists="resume")

    with Overtaken(sqlite_url, act) as proxy:
        async with AsyncModelRegistry(proxy.url) as registry:
            if uri == "s3://models/1":
                done = await registry.register(f"{unique}m", "1.0", "s3://models/1")
                assert (done.is_new, done.artifact.uri) == (True, uri)
                return
            with pytest.raises(IncompleteRegistrationError, match="'s3://models/2' in the reg") as caught:
                await registry.register(f"{unique}m", "1.0", "s3://models/1")
            assert isinstance(caught.value.__cause__, ConflictError)
