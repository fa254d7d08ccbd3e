"""A stand-in for the reference server: what it does on the wire, peculiarities included, on state in memory.

It exists for tests only. `python -m tests.support.reference --port 0` starts it.
"""

from __future__ import annotations

from tests.support.reference.serving import ReferenceServer

__all__ = ["ReferenceServer"]
