"""Writers that move aliases at the same time: no move is lost, and none is silent.

The requests of the writers are let through one by one, in every order that there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_registry import AsyncModelRegistry
from model_registry.aliases.log import AliasLog, View
from model_registry.core import ModelRegistryAPIClient
from model_registry.exceptions import AliasConflictError
from model_registry.server.inprocess import InProcessRegistry
from model_registry.transport.calls import Transport
from model_registry.transport.in_process_backend import InProcessBackend
from model_registry.types import ModelVersion, RegisteredModel

VERSIONS = ["0.0", "1.0", "2.0"]


class Gate:
    """A backend that lets each request through when it is told to.

    Attributes:
        arrived: Set while a request waits, or the writer has ended.
        waiting: Method of the request that waits, and the sort of thing that it is about.
    """

    waiting = ("", "")

    def __init__(self, backend):
        self._backend = backend
        self._pass = asyncio.Semaphore(0)
        self.arrived = asyncio.Event()

    async def send(self, request):
        self.waiting = request.method, re.split(r"[/?]", request.target)[4].rstrip("s")
        self.arrived.set()
        await self._pass.acquire()
        return await self._backend.send(request)

    def let_one_through(self):
        self.arrived.clear()
        self._pass.release()

    async def close(self):
        pass


@dataclass
class Writer:
    """One client that makes one move in a task."""

    gate: Gate
    task: asyncio.Task
    alias: str
    version: str | None
    requests: int = 0
    killed: bool = False

    @property
    def ended(self):
        return self.task.done()

    async def step(self):
        """Let its next request through, and wait until it sends another or ends."""
        await self.gate.arrived.wait()
        if not self.ended:
            self.requests += 1
            self.gate.let_one_through()
            await self.gate.arrived.wait()

    async def kill(self):
        await self.gate.arrived.wait()
        self.killed = not self.ended
        self.task.cancel()
        await asyncio.wait([self.task])


@dataclass
class World:
    """A registry in memory with a new model for each story."""

    backend: InProcessBackend
    registry: AsyncModelRegistry
    models: itertools.count = field(default_factory=itertools.count)

    def client(self, backend, author):
        core = ModelRegistryAPIClient(self.registry.core.connection)
        core._transport = Transport(backend)
        from mr_openapi import ModelRegistryServiceApi

        core._api = ModelRegistryServiceApi(core._transport)
        client = self.registry._beside(core)
        client._author = author
        return client

    async def model(self):
        model = await self.registry.core.upsert_registered_model(
            RegisteredModel(f"m{next(self.models)}", custom_properties={"kept": 1})
        )
        for version in VERSIONS:
            await self.registry.core.upsert_model_version(ModelVersion(version), model.id)
        return model

    def writer(self, model, alias, version, author, *, force=False):
        gate = Gate(self.backend)
        client = self.client(gate, author)

        async def move():
            try:
                if version is None:
                    return await client.remove_alias(model.name, alias, force=force)
                return await client.set_alias(model.name, alias, version, force=force)
            finally:
                gate.arrived.set()
                await client.close()

        return Writer(gate, asyncio.create_task(move()), alias, version)

    def property_writer(self, model):
        """Somebody who sets a property, and reads and writes all of them for that."""
        gate = Gate(self.backend)
        client = self.client(gate, "eve")

        async def change():
            try:
                await client.set_properties(model.name, {"other": 2})
            finally:
                gate.arrived.set()
                await client.close()

        return Writer(gate, asyncio.create_task(change()), "", None)

    async def check(self, model, before, writers, *, complete=True):
        """See that the log has no gap, that the view is the log, and that each writer was told the truth.

        Args:
            model: The model.
            before: Number of moves before the writers came.
            writers: The writers.
            complete: Whether the view must be up to the log.
        """
        moves = await AliasLog(self.registry.core, model.name).all()
        assert [move.number for move in moves] == list(range(1, len(moves) + 1))
        for move in moves:
            last = [each.version for each in moves[: move.number - 1] if each.alias == move.alias]
            assert move.previous == (last[-1] if last else None)
        truth = View().after(moves)
        read = await self.registry.get_model(model.name)
        if complete:
            assert View.of(read) == truth
        assert read.custom_properties["kept"] == 1
        assert await self.registry.list_aliases(model.name) == truth.aliases
        made = []
        for writer in writers:
            if writer.killed:
                continue
            error = writer.task.exception()
            if error is None:
                move = writer.task.result()
                assert (move.alias, move.version) == (writer.alias, writer.version)
                if move.changed:
                    assert move in moves
                    made.append(move.number)
            else:
                assert isinstance(error, AliasConflictError)
                assert error.theirs in moves
                assert (error.theirs.alias, error.mine.alias) == (writer.alias, writer.alias)
                assert error.theirs.version != writer.version
        assert len(set(made)) == len(made)
        if not any(writer.killed for writer in writers):
            assert before + len(made) == len(moves)


@contextlib.asynccontextmanager
async def new_world():
    backend = InProcessBackend(InProcessRegistry(":memory:"), ":memory:")
    async with AsyncModelRegistry.local(author="nobody") as registry:
        world = World(backend, registry)
        world.registry = world.client(backend, "nobody")
        yield world
        await world.registry.close()
        await registry.close()


@pytest.fixture
async def world():
    async with new_world() as world:
        yield world


async def every_order(story):
    """Run a story with every sequence of choices between two writers.

    A story takes a function that chooses a writer, and calls it as long as both can go on.
    """
    prefix: list[int] = []
    runs = 0
    while True:
        made: list[int] = []

        def choose(made=made, prefix=tuple(prefix)):
            made.append(prefix[len(made)] if len(made) < len(prefix) else 0)
            return made[-1]

        await story(choose)
        runs += 1
        while made and made[-1] == 1:
            made.pop()
        if not made:
            return runs
        prefix = [*made[:-1], 1]


async def race(writers, choose):
    """Let two writers run, one request at a time.

    Where two requests next to each other have nothing to do with each other, one order of them is enough.
    """
    one, other = writers
    await one.gate.arrived.wait()
    await other.gate.arrived.wait()
    last_of_other = None
    while not (one.ended and other.ended):
        if one.ended or other.ended:
            chosen = other if one.ended else one
        elif last_of_other and commute(last_of_other, one.gate.waiting):
            chosen = other
        else:
            chosen = writers[choose()]
        last_of_other = other.gate.waiting if chosen is other else None
        await chosen.step()


def commute(request, another):
    return request[1] != another[1] or request[0] == another[0] == "GET"


@pytest.mark.parametrize(
    ("first", "second", "force"),
    [
        (("champion", "1.0"), ("champion", "2.0"), False),
        (("champion", "1.0"), ("production", "2.0"), False),
        (("champion", "1.0"), ("champion", "2.0"), True),
        (("champion", "1.0"), ("champion", "1.0"), False),
        (("champion", "1.0"), ("champion", None), False),
    ],
    ids=["same", "different", "forced", "equal", "removed"],
)
async def test_two_writers_in_every_order(world, first, second, force):
    outcomes = set()

    async def story(choose):
        model = await world.model()
        await world.registry.set_alias(model.name, "champion", "0.0")
        writers = [
            world.writer(model, *first, "ann", force=force),
            world.writer(model, *second, "bob", force=force),
        ]
        await race(writers, choose)
        await world.check(model, 1, writers)
        outcomes.add(tuple(type(each.task.exception()).__name__ for each in writers))

    runs = await every_order(story)
    assert runs > 20
    conflicts = {("NoneType", "AliasConflictError"), ("AliasConflictError", "NoneType")}
    expected = conflicts if first[0] == second[0] and first != second and not force else set()
    assert outcomes == expected | {("NoneType", "NoneType")}


@pytest.mark.parametrize("alias", ["champion", "production"])
async def test_a_writer_that_dies_is_helped(world, alias):
    """Whatever it had done: the next writer finds the move, or that there was none."""
    seen = set()
    for requests in itertools.count():
        model = await world.model()
        await world.registry.set_alias(model.name, "champion", "0.0")
        dead = world.writer(model, "champion", "1.0", "ann")
        for _ in range(requests):
            await dead.step()
        await dead.kill()
        moved = await world.registry.get_alias(model.name, "champion")  # before anybody helps
        helper = world.writer(model, alias, "2.0", "bob")
        while not helper.ended:
            await helper.step()
        await world.check(model, 1, [dead, helper])
        move = helper.task.result()
        assert move.previous == (moved.name if alias == "champion" else None)
        seen.add(moved.name)
        if not dead.killed:
            break
    assert seen == {"0.0", "1.0"}
    assert requests > 5


MOVES = st.tuples(
    st.sampled_from(["champion", "production"]), st.sampled_from([*VERSIONS, None]), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(MOVES, min_size=3, max_size=4),
    st.lists(st.integers(0, 4), min_size=10, max_size=60),
    st.dictionaries(st.integers(0, 3), st.integers(0, 10), max_size=2),
    st.booleans(),
)
def test_several_writers_in_any_order_some_of_which_die(moves, order, deaths, with_properties):
    async def story():
        async with new_world() as world:
            model = await world.model()
            writers = [
                world.writer(model, alias, version, f"writer {number}", force=force)
                for number, (alias, version, force) in enumerate(moves)
            ]
            others = [world.property_writer(model)] if with_properties else []
            everybody = [*writers, *others]
            for turn in itertools.chain(order, itertools.count()):
                going = [each for each in everybody if not each.ended]
                if not going:
                    break
                chosen = going[turn % len(going)]
                if deaths.get(everybody.index(chosen)) == chosen.requests:
                    await chosen.kill()
                else:
                    await chosen.step()
            died = any(writer.killed for writer in writers)
            await world.check(model, 0, writers, complete=not died and not others)
            before = len(await world.registry.alias_history(model))
            last = world.writer(model, "last", "1.0", "joe")
            while not last.ended:
                await last.step()
            await world.check(model, before, [last])

    asyncio.run(story())


@pytest.mark.parametrize("where", ["sqlite_url", "postgresql_url"])
@pytest.mark.parametrize("aliases", [1, 20])
async def test_twenty_writers(where, aliases, unique, request):
    url = request.getfixturevalue(where)
    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(AsyncModelRegistry(url, author=f"writer {number}", api="v1"))
            for number in range(20)
        ]
        registry = clients[0]
        model = await registry.core.upsert_registered_model(
            RegisteredModel(f"{unique}m", custom_properties={"kept": 1})
        )
        for number in range(20):
            await registry.core.upsert_model_version(ModelVersion(str(number)), model.id)
        told = await asyncio.gather(
            *[
                client.set_alias(model.name, f"alias{number % aliases}", str(number))
                for number, client in enumerate(clients)
            ],
            return_exceptions=True,
        )
        moves = await registry.alias_history(model)
        made = sorted(
            (each for each in told if not isinstance(each, Exception)), key=lambda each: each.number
        )
        assert made == moves
        assert all(isinstance(each, AliasConflictError) for each in told if isinstance(each, Exception))
        assert len(moves) == 20 if aliases == 20 else len(moves) >= 1
        read = await registry.get_model(id=model.id)
        assert View.of(read) == View().after(moves)
        assert read.custom_properties["kept"] == 1
