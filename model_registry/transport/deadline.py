"""How long calls may take together."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from model_registry.types.options import Walk

_LIMIT: ContextVar[float | None] = ContextVar("model_registry_limit", default=None)
_WALK: ContextVar[Walk | None] = ContextVar("model_registry_walk", default=None)


@contextmanager
def time_limit(seconds: float) -> Generator[None]:
    """Bound every call within the block, attempts and waits included, in place of the client's own bound.

    Args:
        seconds: Seconds that one call, or one walk through a list, may wait for the registry.

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
    """Count what calls within the block wait as part of a walk.

    Time between its pages is the caller's own and does not count.
    """
    token = _WALK.set(walk)
    try:
        yield
    finally:
        _WALK.reset(token)


class Deadline:
    """The moment at which one call gives up.

    Args:
        seconds: The client's own bound.
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

    def close(self) -> None:
        """Add what this call waited to the walk that it is part of."""
        if self._walk:
            self._walk.spent = self._spent_before + self.elapsed
