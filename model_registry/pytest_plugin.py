"""For tests of programs that use a registry: a fixture with one of their own.

Installing the package with its extra `server` makes the fixture known to pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry import ModelRegistry


@pytest.fixture
def model_registry() -> Iterator[ModelRegistry]:
    """A `ModelRegistry` in memory, empty at the beginning of each test.

    Tests of asynchronous code make theirs with `async with AsyncModelRegistry.local() as registry`.
    """
    from model_registry import ModelRegistry

    with ModelRegistry.local(author="pytest") as registry:
        yield registry
