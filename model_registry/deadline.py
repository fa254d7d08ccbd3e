"""How long calls may take together."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_LIMIT: ContextVar[float | None] = ContextVar("model_registry_limit", default=None)
_BUDGET: ContextVar[Budget | None] = ContextVar("model_registry_budget", default=None)


@dataclass
class Budget:
    """Seconds that were spent waiting for a registry by calls that belong together.

    Time between the calls is the caller's own and does not count.

    Attributes:
        spent: Seconds so far.
    """

    spent: float = 0.0


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
def shared(budget: Budget) -> Generator[None]:
    """Count what calls within the block wait against one budget."""
    token = _BUDGET.set(budget)
    try:
        yield
    finally:
        _BUDGET.reset(token)


class Deadline:
    """The moment at which one call gives up.

    Args:
        seconds: The client's own bound.
    """

    def __init__(self, seconds: float) -> None:
        limit = _LIMIT.get()
        self.seconds = seconds if limit is None else limit
        self._budget = _BUDGET.get() or Budget()
        self._spent_before = self._budget.spent
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
        """Add what this call waited to the budget that it shares."""
        self._budget.spent = self._spent_before + self.elapsed
