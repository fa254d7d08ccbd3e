"""Limits on how long calls may take."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Self

    from model_registry.types.options import Walk

_LIMIT: ContextVar[float | None] = ContextVar("model_registry_limit", default=None)
_WALK: ContextVar[Walk | None] = ContextVar("model_registry_walk", default=None)


@contextmanager
def time_limit(seconds: float) -> Generator[None]:
    """Limit the time of every call within the block, instead of the client's `total_timeout`.

    Args:
        seconds: Seconds that one call, with all its attempts, or one walk through a list may wait for the
            registry.

    Example:
        >>> from model_registry import time_limit
        >>> async def first_names(client: ModelRegistryAPIClient) -> list[str]:
        ...     with time_limit(5):
        ...         return [model.name for model in await client.get_registered_models()]
    """
    token = _LIMIT.set(seconds)
    try:
        yield
    finally:
        _LIMIT.reset(token)


@contextmanager
def part_of(walk: Walk | None) -> Generator[None]:
    """Count the time of calls within the block as part of a walk through a list.

    Time between the pages is the caller's own and does not count.
    """
    token = _WALK.set(walk)
    try:
        yield
    finally:
        _WALK.reset(token)


class Deadline:
    """The moment at which one call gives up. Its block adds the time of the call to the walk it is part of.

    Args:
        seconds: Seconds that the call may take, unless `time_limit` sets others.
    """

    def __init__(self, seconds: float) -> None:
        limit = _LIMIT.get()
        self.seconds = seconds if limit is None else limit
        self._walk = _WALK.get()
        self._spent_before = self._walk.spent if self._walk else 0.0
        self.started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds that are left; negative when it has passed."""
        return self.seconds - self._spent_before - self.elapsed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._walk:
            self._walk.spent = self._spent_before + self.elapsed
