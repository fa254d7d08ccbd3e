"""Many registrations at once."""

from __future__ import annotations

import asyncio
import pickle
import threading

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import BatchError, DuplicateError, InvalidArgumentError
from model_registry.types import FailedRegistration, RegistrationProgress


def items(unique, numbers):
    return [{"name": f"{unique}{number}", "version": "1.0", "uri": f"s3://m/{number}"} for number in numbers]


async def test_results_come_in_order_with_the_progress(registry, unique):
    progress = []
    done = await registry.register_many(items(unique, range(20)), progress=progress.append)
    assert [each.model.name for each in done] == [f"{unique}{number}" for number in range(20)]
    assert [each.artifact.uri for each in done] == [f"s3://m/{number}" for number in range(20)]
    assert progress == [RegistrationProgress(number, 0, 20) for number in range(1, 21)]
    assert await registry.register_many([]) == []


async def test_the_first_that_fails_is_told(registry, unique):
    given = items(unique, [0, 1, 0, 3, 4])
    with pytest.raises(BatchError) as caught:
        await registry.register_many(given, concurrency=1)
    error = caught.value
    assert str(error).startswith(f"Item 2 ({unique}0/1.0) could not be registered: version '1.0'")
    assert str(error).endswith("`done` of this error holds the results of 2 others.")
    assert isinstance(error.__cause__, DuplicateError)
    assert (error.index, sorted(error.done)) == (2, [0, 1])
    assert await registry.find_model(f"{unique}3") is None
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    for each in given:
        each["if_exists"] = "resume"
    done = await registry.register_many(given)
    assert [each.model.name for each in done] == [f"{unique}{number}" for number in [0, 1, 0, 3, 4]]


async def test_failures_are_collected_in_their_places(registry, unique):
    given = [*items(unique, [0, 1]), {"name": f"{unique}2"}, {"name": f"{unique}0", "version": "1.0"}]
    progress = []
    done = await registry.register_many(given, concurrency=1, on_error="collect", progress=progress.append)
    assert [type(each).__name__ for each in done] == ["Registration"] * 2 + ["FailedRegistration"] * 2
    failed = done[2]
    assert isinstance(failed, FailedRegistration)
    assert (failed.index, failed.item, failed.path) == (2, given[2], f"{unique}2/?")
    assert isinstance(failed.error, InvalidArgumentError)
    assert repr(done[3]) == f"FailedRegistration(3: {unique}0/1.0, DuplicateError)"
    assert progress[-1] == RegistrationProgress(2, 2, 4)


async def test_the_plan_of_many(registry, unique):
    async with registry.dry_run() as trial:
        assert len(await trial.register_many(items(unique, range(3)))) == 3
    assert sorted(change.kind for change in trial.plan) == sorted(
        ["RegisteredModel", "ModelVersion", "ModelArtifact"] * 3
    )
    assert await registry.find_model(f"{unique}0") is None
    async with registry.dry_run() as trial:
        with pytest.raises(BatchError):
            await trial.register_many(items(unique, [1, 1]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"on_error": "ignore"}, "on_error"),
        ({"progress": 1}, "progress"),
        ({"items": {"name": "m"}}, "items"),
        ({"items": "abc"}, "items"),
    ],
)
async def test_wrong_arguments_are_refused(arguments, message):
    async with AsyncModelRegistry.local() as registry:
        with pytest.raises(InvalidArgumentError, match=message):
            await registry.register_many(**{"items": [], **arguments})


async def test_few_items_are_held_at_a_time():
    taken = 0

    async def counted():
        nonlocal taken
        for each in items("m", range(100)):
            taken += 1
            yield each

    async with AsyncModelRegistry.local() as registry:
        ahead = []
        await registry.register_many(
            counted(), concurrency=4, progress=lambda now: ahead.append(taken - now.done)
        )
        assert max(ahead) <= 4
        assert taken == 100


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
async def test_an_iterable_that_fails_ends_the_registrations_on_their_way(kind):
    def failing():
        yield from items("m", range(10))
        raise kind("no more")

    with ModelRegistry.local() as blocking:
        with pytest.raises(kind, match="no more"):
            blocking.register_many(failing())
        assert len(list(blocking.get_registered_models())) == 10
    if kind is OSError:  # the other ends an event loop
        async with AsyncModelRegistry.local() as registry:
            with pytest.raises(OSError, match="no more"):
                await registry.register_many(failing())
            assert len([m async for m in registry.get_registered_models()]) == 10


async def test_a_cancelled_call_leaves_nothing_running():
    async with AsyncModelRegistry.local() as registry:
        begun = asyncio.Event()
        task = asyncio.create_task(
            registry.register_many(items("m", range(10_000)), progress=lambda _: begun.set())
        )
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_blocking_client_iterates_in_the_callers_thread():
    threads = set()
    with ModelRegistry.local(author="ann") as source, ModelRegistry.local() as registry:
        source.register_many(items("m", range(50)))

        def read(client):
            for number in range(50):
                threads.add(threading.current_thread())
                version = client.get_version(f"m{number}", "1.0")
                yield {"name": f"m{number}-copy", "version": version.name}

        assert len(registry.register_many(read(source))) == 50
        assert len(source.register_many(read(source))) == 50
        progress = []
        registry.register_many(items("n", range(3)), progress=progress.append)
        assert progress[-1] == RegistrationProgress(3, 0, 3)
    assert threads == {threading.current_thread()}


def test_a_blocking_client_with_a_runner_of_its_own():
    with ModelRegistry.local(async_runner=asyncio.run) as registry:
        assert len(registry.register_many(iter(items("m", range(3))))) == 3
