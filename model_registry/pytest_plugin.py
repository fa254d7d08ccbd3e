"""Fixtures for tests of programs that use a registry.

pytest knows them as soon as the package is installed. They need the extra `server`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry import AsyncModelRegistry, ModelRegistry


@pytest.fixture
def model_registry() -> Iterator[ModelRegistry]:
    """A `ModelRegistry` in memory, empty at the beginning of each test."""
    from model_registry import ModelRegistry

    with ModelRegistry.local(author="pytest") as registry:
        yield registry


@pytest.fixture
def async_model_registry() -> Iterator[AsyncModelRegistry]:
    """An `AsyncModelRegistry` in memory, empty at the beginning of each test.

    It works with pytest-asyncio, with anyio, and in tests that call `asyncio.run` themselves.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from model_registry import AsyncModelRegistry

    registry = AsyncModelRegistry.local(author="pytest")
    yield registry
    with ThreadPoolExecutor(1) as executor:  # this thread may have an event loop of its own
        executor.submit(lambda: asyncio.run(registry.close())).result()
