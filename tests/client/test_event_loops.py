"""Asynchronous clients where no event loop of asyncio runs, and what their first call does to one."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import StoreError

ADVICE = "no event loop of asyncio runs. Use ModelRegistry.*trio.to_thread"


def without_loop(coroutine):
    """Run a coroutine as trio and other libraries do: without an event loop of asyncio."""
    try:
        with suppress(StopIteration):
            coroutine.send(None)
    finally:
        coroutine.close()


async def enter(registry):
    async with registry:
        pass


@pytest.mark.parametrize("where", [":memory:", "http://127.0.0.1:1"])
@pytest.mark.parametrize(
    "call",
    [
        enter,
        lambda registry: registry.find_model("fraud"),
        lambda registry: registry.register("fraud", "1"),
        lambda registry: registry.list_models().to_list(),
        lambda registry: registry.list_versions("fraud").first(),
        lambda registry: registry.dry_run().register("fraud", "1"),
        lambda registry: registry.core.get_registered_model_by_id("1"),
    ],
)
def test_15_22_no_event_loop_is_an_error_that_says_what_to_use(where, call):
    local = where == ":memory:"
    registry = AsyncModelRegistry.local(author="ann") if local else AsyncModelRegistry(where, author="ann")
    with pytest.raises(StoreError, match=ADVICE):
        without_loop(call(registry))
    without_loop(registry.close())


def test_15_22_a_thread_without_an_event_loop():
    registry = AsyncModelRegistry.local(author="ann")
    errors = []

    def call():
        try:
            without_loop(registry.get_model("fraud"))
        except StoreError as error:
            errors.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    without_loop(registry.close())
    assert "Use ModelRegistry" in errors[0]


def test_15_22_the_blocking_client_needs_no_event_loop():
    names = []

    def call():
        with ModelRegistry.local(author="ann") as registry:
            names.append(registry.register("fraud", "1").model.name)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert names == ["fraud"]


WATCH = """
import asyncio, sys, threading
from model_registry import AsyncModelRegistry

blocking = []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            blocking.append(name)

async def main():
    registry = AsyncModelRegistry.local(author="ann")
    sys.meta_path.insert(0, Watch())
    await CALL
    sys.meta_path.pop(0)
    await registry.close()

asyncio.run(main())
heavy = {"aiohttp", "aiosqlite", "alembic", "mr_openapi.api", "psycopg", "pydantic", "sqlalchemy"}
print(*sorted(heavy & set(blocking)))
"""


@pytest.mark.parametrize(
    "call",
    [
        "registry.find_model('fraud')",
        "registry.register('fraud', '1')",
        "registry.__aenter__()",
        "registry.dry_run().register('fraud', '1')",
        "registry.dry_run().dry_run().find_model('fraud')",
        "registry.list_models().to_list()",
        "registry.list_versions().first()",
        "registry.list_artifacts().to_list()",
        "registry.list_environments().to_list()",
        "registry.list_services().to_list()",
    ],
)
def test_15_22_the_first_call_imports_in_a_thread(call):
    code = WATCH.replace("CALL", call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
