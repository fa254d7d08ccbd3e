"""A cache with a limit in bytes."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Value = TypeVar("Value")

_ENTRY_SHARE: Final = 64


class SizedCache(Generic[Value]):
    """Values by key. The least recently used ones leave the cache when it is full.

    A value larger than a 64th of the cache is not stored: few callers share it, and it would take the place
    of many others.

    Args:
        limit: Maximum sum of the sizes of all values, in bytes.
        seconds: How long a value is valid.
    """

    def __init__(self, limit: int, *, seconds: float = math.inf) -> None:
        self._limit = limit
        self._seconds = seconds
        self._entries: OrderedDict[Hashable, tuple[Value, int, float]] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._entries)

    def get(self, key: Hashable, create: Callable[[], Value], size: int) -> Value:
        """Return the value of a key, created if the cache does not have it.

        Args:
            key: The key.
            create: Creates the value.
            size: Estimated size of key and value, in bytes.
        """
        found = self.find(key)
        if found is None:
            found = create()
            self.store(key, found, size)
        return found

    def find(self, key: Hashable) -> Value | None:
        """Return the value of a key, or None if the cache does not have it."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or time.monotonic() > entry[2]:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def store(self, key: Hashable, value: Value, size: int) -> None:
        """Store the value of a key. Key and value have the estimated size in bytes."""
        if size > self._limit // _ENTRY_SHARE:
            return
        with self._lock:
            replaced = self._entries.pop(key, None)
            self._entries[key] = value, size, time.monotonic() + self._seconds
            self.size += size - (replaced[1] if replaced else 0)
            while self.size > self._limit:
                _, (_, freed, _) = self._entries.popitem(last=False)
                self.size -= freed
