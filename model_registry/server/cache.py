"""A cache with a limit in bytes."""

from __future__ import annotations

import threading
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
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
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
        if size > self._limit // _ENTRY_SHARE:
            return create()
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
                return found[0]
        value = create()
        with self._lock:
            if key not in self._entries:
                self._entries[key] = value, size
                self.size += size
            while self.size > self._limit:
                _, (_, freed) = self._entries.popitem(last=False)
                self.size -= freed
        return value
